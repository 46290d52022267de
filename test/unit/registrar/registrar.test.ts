import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Flow } from '../../../src/registrar/binding.ts';
import type { RegisterRequest } from '../../../src/registrar/register-request.ts';
import { Registrar } from '../../../src/registrar/registrar.ts';

const ALICE = { id: 'a', username: 'alice', maxContacts: 3 };
const FLOW: Flow = { transport: 'udp', address: '192.0.2.7', port: 5_060 };
const SECOND = 1_000;

let registrar: Registrar;
let sequence: number;

beforeEach(() => {
  registrar = new Registrar();
  sequence = 0;
});

function request(edit: Partial<RegisterRequest> = {}): RegisterRequest {
  sequence++;
  return {
    to: '<sip:alice@pbx.example>',
    callId: 'c',
    cseq: `${sequence} REGISTER`,
    contact: '<sip:alice@192.0.2.7>',
    expires: '120',
    path: undefined,
    supported: undefined,
    require: undefined,
    via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
    flow: FLOW,
    ...edit,
  };
}

function register(edit: Partial<RegisterRequest> = {}, nowMs = 0) {
  return registrar.register(ALICE, request(edit), nowMs);
}

function contacts(nowMs = 0): readonly string[] {
  return registrar.bindingsOf('a', nowMs).map(({ contact }) => contact);
}

test('a Contact is bound for as long as it asks (RFC 3261 section 10.3)', () => {
  const answer = register();
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.headers['Contact']).toBe('<sip:alice@192.0.2.7>;expires=120');
  expect(answer.headers['Date']).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
  expect(contacts(120 * SECOND - 1)).toHaveLength(1);
  expect(contacts(120 * SECOND)).toHaveLength(0);
});

test('all Contacts are answered with the time that is left (RFC 3261 section 10.3 step 8)', () => {
  register();
  const answer = register({ contact: '<sip:alice@192.0.2.8>;q=0.5' }, 20 * SECOND);
  expect(answer.headers['Contact']).toBe(
    '<sip:alice@192.0.2.7>;expires=100, <sip:alice@192.0.2.8>;expires=120;q=0.5',
  );
});

test('without a Contact nothing changes (RFC 3261 section 10.2.3)', () => {
  register();
  expect(register({ contact: undefined }).headers['Contact']).toContain('192.0.2.7');
});

test('nobody registers for somebody else (RFC 3261 section 10.3 step 4)', () => {
  expect(register({ to: '<sip:bob@pbx.example>' }).status).toBe(403);
  expect(register({ to: '"alice" <sip:alic%65@other.example>' }).status).toBe(200);
  expect(contacts()).toHaveLength(1);
});

describe('Expires (RFC 3261 sections 10.2.1.1 and 10.3 step 7)', () => {
  test('below a minute is refused with the least that is granted', () => {
    expect(register({ expires: '59' })).toEqual({ status: 423, headers: { 'Min-Expires': '60' } });
    expect(contacts()).toHaveLength(0);
  });

  test('above an hour is lowered', () => {
    expect(register({ expires: '86400' }).headers['Contact']).toContain(';expires=3600');
  });

  test.each([undefined, 'soon', '-1', ''])('%s is an hour', (expires) => {
    expect(register({ expires }).headers['Contact']).toContain(';expires=3600');
  });

  test('of the Contact counts for more than the header', () => {
    const contact = '<sip:alice@192.0.2.7>;expires=90';
    expect(register({ contact }).headers['Contact']).toContain(';expires=90');
  });

  test('0 takes the Contact back, whatever its case', () => {
    register();
    register({ contact: '<sip:alice@192.0.2.7>;expires=0' });
    expect(contacts()).toHaveLength(0);
  });
});

describe('the Contact * (RFC 3261 section 10.2.2)', () => {
  test('takes everything back with Expires 0', () => {
    register();
    register({ contact: '<sip:alice@192.0.2.8>' });
    expect(register({ contact: '*', expires: '0' }).headers).not.toHaveProperty('Contact');
    expect(contacts()).toHaveLength(0);
  });

  test.each(['60', undefined])('is refused with Expires %s', (expires) => {
    register();
    expect(register({ contact: '*', expires }).status).toBe(400);
    expect(contacts()).toHaveLength(1);
  });
});

describe('order (RFC 3261 section 10.3 steps 6 and 7)', () => {
  test('an earlier request of the same client that comes late changes nothing', () => {
    register({ cseq: '7 REGISTER' });
    expect(register({ cseq: '7 REGISTER', expires: '0' }).status).toBe(500);
    expect(register({ cseq: '6 REGISTER', contact: '*', expires: '0' }).status).toBe(500);
    expect(contacts()).toHaveLength(1);
  });

  test('a client that was started anew counts anew', () => {
    register({ cseq: '7 REGISTER' });
    expect(register({ cseq: '1 REGISTER', callId: 'other' }).status).toBe(200);
    expect(contacts()).toHaveLength(1);
  });

  test('a request is carried out as a whole or not at all', () => {
    register({ cseq: '7 REGISTER' });
    const contact = '<sip:alice@192.0.2.9>, <sip:alice@192.0.2.7>';
    expect(register({ cseq: '6 REGISTER', contact }).status).toBe(500);
    expect(contacts()).toEqual(['sip:alice@192.0.2.7']);
  });
});

describe('several devices', () => {
  test('are called in the order of q, the latest first among equals', () => {
    register({ contact: '<sip:a@192.0.2.1>;q=0.1' });
    register({ contact: '<sip:a@192.0.2.2>' });
    register({ contact: '<sip:a@192.0.2.3>' });
    expect(contacts()).toEqual(['sip:a@192.0.2.3', 'sip:a@192.0.2.2', 'sip:a@192.0.2.1']);
  });

  test('one too many takes the place of the one heard longest ago', () => {
    for (const host of [1, 2, 3, 4]) register({ contact: `<sip:a@192.0.2.${host}>` });
    expect(contacts()).toEqual(['sip:a@192.0.2.4', 'sip:a@192.0.2.3', 'sip:a@192.0.2.2']);
  });

  test('more in one request than a user may have are refused', () => {
    const contact = [1, 2, 3, 4].map((host) => `<sip:a@192.0.2.${host}>`).join(', ');
    expect(register({ contact }).status).toBe(403);
  });
});

test.each([
  'sip:alice@192.0.2.7;tag',
  '<tel:+4930123>',
  '<sip:alice@192.0.2.7?Route=x>',
  '<sip:alice@192.0.2.7\u0001>',
  `<sip:${'a'.repeat(600)}@192.0.2.7>`,
  'nonsense',
])('the Contact %s is refused or read, never both', (contact) => {
  const { status } = register({ contact });
  expect(contacts()).toHaveLength(status === 200 ? 1 : 0);
  expect([200, 400]).toContain(status);
});

test('what a REGISTER requires and nobody knows is named (RFC 3261 section 8.2.2.3)', () => {
  expect(register({ require: 'path, magic' })).toEqual({
    status: 420,
    headers: { Unsupported: 'magic' },
  });
});

test('Path is kept and echoed (RFC 3327 section 5.3)', () => {
  const path = '<sip:edge.example;lr>, <sip:192.0.2.1;lr>';
  expect(register({ path }).headers['Path']).toBe(path);
  const [binding] = registrar.bindingsOf('a', 0);
  expect(binding?.path).toEqual(['sip:edge.example;lr', 'sip:192.0.2.1;lr']);
  expect(register({ path: 'nonsense' }).status).toBe(400);
});

describe('flows (RFC 5626)', () => {
  const contact = (host: string, regId = 1) =>
    `<sip:alice@${host}>;+sip.instance="<urn:uuid:1>";reg-id=${regId}`;

  test('a device that comes over another address replaces its binding (section 6)', () => {
    register({ supported: 'outbound', contact: contact('192.0.2.7') });
    const answer = register({ supported: 'outbound', contact: contact('192.0.2.8') });
    expect(contacts()).toEqual(['sip:alice@192.0.2.8']);
    expect(answer.headers['Require']).toBe('outbound');
    expect(answer.headers['Contact']).toBe(
      '<sip:alice@192.0.2.8>;expires=120;+sip.instance="<urn:uuid:1>";reg-id=1',
    );
  });

  test('two flows of one device stand side by side', () => {
    register({ supported: 'outbound', contact: contact('192.0.2.7', 1) });
    register({ supported: 'outbound', contact: contact('192.0.2.8', 2) });
    expect(contacts()).toHaveLength(2);
  });

  test('without the option, or past a proxy that does not keep flows, they are plain Contacts', () => {
    const via = 'SIP/2.0/UDP 192.0.2.1, SIP/2.0/UDP 192.0.2.7';
    expect(register({ contact: contact('192.0.2.7') }).headers).not.toHaveProperty('Require');
    const past = { supported: 'outbound', via, contact: contact('192.0.2.8') };
    expect(register(past).headers).not.toHaveProperty('Require');
    const path = '<sip:edge.example;lr;ob>';
    expect(register({ ...past, path }).headers['Require']).toBe('outbound');
  });

  test('a connection that ends takes its browser along, a phone that listens stays (section 5.3)', () => {
    const ws: Flow = { transport: 'ws', address: '192.0.2.7', port: 40_000 };
    const tcp: Flow = { ...ws, transport: 'tcp', port: 40_001 };
    register({ contact: '<sip:x@abc.invalid;transport=ws>', flow: ws });
    register({ contact: '<sip:alice@192.0.2.7;transport=tcp>', flow: tcp });
    expect(registrar.dropFlow({ ...ws, port: 1 })).toEqual([]);
    expect(registrar.dropFlow(ws)).toEqual(['a']);
    expect(registrar.dropFlow(tcp)).toEqual([]);
    expect(contacts()).toEqual(['sip:alice@192.0.2.7;transport=tcp']);
  });
});

test('after a restart those are there who do not need their connection', () => {
  register({ flow: { ...FLOW, transport: 'wss' }, contact: '<sip:x@a.invalid>' });
  register({ contact: '<sip:alice@10.0.0.1>', flow: { ...FLOW, transport: 'tls' } });
  register();
  const again = new Registrar(new Map([['a', registrar.bindingsOf('a', 0)]]));
  expect(again.bindingsOf('a', 0).map(({ contact }) => contact)).toEqual(['sip:alice@192.0.2.7']);
});

test('whatever comes, nobody has more devices than allowed, and none that has expired', () => {
  const host = fc.integer({ min: 1, max: 9 });
  const step = fc.record({
    host,
    expires: fc.constantFrom('0', '60', '3600', 'x'),
    afterMs: fc.integer({ min: 0, max: 100_000 }),
    isAll: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      registrar = new Registrar();
      let nowMs = 0;
      for (const { host: last, expires, afterMs, isAll } of steps) {
        nowMs += afterMs;
        register({ contact: isAll ? '*' : `<sip:a@192.0.2.${last}>`, expires }, nowMs);
        const bindings = registrar.bindingsOf('a', nowMs);
        expect(bindings.length).toBeLessThanOrEqual(ALICE.maxContacts);
        for (const { expiresAtMs } of bindings) expect(expiresAtMs).toBeGreaterThan(nowMs);
      }
    }),
  );
});
