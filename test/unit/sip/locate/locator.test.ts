import { describe, expect, test } from 'vitest';
import type { Transport } from '../../../../src/sip/endpoint.ts';
import type { DnsRecords } from '../../../../src/sip/locate/dns-record.ts';
import type { LocationTarget } from '../../../../src/sip/locate/location-target.ts';
import { LOCATOR_LIMITS, Locator } from '../../../../src/sip/locate/locator.ts';

type Zone = Readonly<Record<string, readonly unknown[] | 'fails'>>;

interface Outcome {
  /** `TYPE name`, in the order in which they were asked. */
  readonly asked: readonly string[];
  /** `transport address:port`, or nothing when the location failed. */
  readonly found: readonly string[];
}

const HOST = 'carrier.test';

/** Runs a locator against a zone of `TYPE name` to records. */
function locate(target: Partial<LocationTarget>, zone: Zone): Outcome {
  const asked: string[] = [];
  const found: string[] = [];
  const locator = new Locator(
    { host: HOST, port: undefined, transport: undefined, isSecure: false, ...target },
    { transports: ['udp', 'tcp'], families: ['A', 'AAAA'], random: () => 0.5 },
  );
  for (let next = locator.pollOutput(); next; next = locator.pollOutput()) {
    if (next.type === 'located') {
      found.push(...next.addresses.map((at) => `${at.transport} ${at.host}:${at.port}`));
    } else if (next.type === 'query') {
      const { query } = next;
      const key = `${query.type} ${query.name}`;
      asked.push(key);
      const records = zone[key] ?? [];
      if (records === 'fails') locator.handleInput({ type: 'failure', query });
      else {
        const answer = { type: query.type, records } as unknown as DnsRecords;
        locator.handleInput({ type: 'answer', query, answer });
      }
    }
  }
  return { asked, found };
}

function srv(target: string, priority = 1, port = 5_060, weight = 0) {
  return { target, priority, weight, port };
}

function naptr(service: string, replacement: string, order = 1, preference = 1) {
  return { order, preference, flags: 's', service, regexp: '', replacement };
}

describe('what is asked', () => {
  test('nothing, for an address (RFC 3263 4.2)', () => {
    expect(locate({ host: '192.0.2.1' }, {})).toEqual({
      asked: [],
      found: ['udp 192.0.2.1:5060'],
    });
    expect(locate({ host: '2001:db8::1', port: 5_070, transport: 'tcp' }, {})).toEqual({
      asked: [],
      found: ['tcp 2001:db8::1:5070'],
    });
  });

  test('addresses only, when a port is given (RFC 3263 4.2)', () => {
    const zone = { [`A ${HOST}`]: ['192.0.2.1'], [`AAAA ${HOST}`]: ['2001:db8::1'] };
    expect(locate({ port: 5_080 }, zone)).toEqual({
      asked: [`A ${HOST}`, `AAAA ${HOST}`],
      found: ['udp 192.0.2.1:5080', 'udp 2001:db8::1:5080'],
    });
  });

  test('no NAPTR, when the transport is given (RFC 3263 4.1)', () => {
    const zone = {
      [`SRV _sip._tcp.${HOST}`]: [srv('a.test', 1, 5_070)],
      'A a.test': ['192.0.2.1'],
    };
    expect(locate({ transport: 'tcp' }, zone)).toEqual({
      asked: [`SRV _sip._tcp.${HOST}`, 'A a.test', 'AAAA a.test'],
      found: ['tcp 192.0.2.1:5070'],
    });
  });

  test('NAPTR, then SRV, then addresses (RFC 3263 4.1)', () => {
    const zone = {
      [`NAPTR ${HOST}`]: [naptr('SIP+D2U', '_u.test', 2), naptr('SIP+D2T', '_t.test', 1)],
      'SRV _u.test': [srv('u.test')],
      'SRV _t.test': [srv('t.test', 1, 5_070)],
      'A u.test': ['192.0.2.1'],
      'A t.test': ['192.0.2.2'],
    };
    const { found } = locate({}, zone);
    expect(found).toEqual(['tcp 192.0.2.2:5070', 'udp 192.0.2.1:5060']);
  });

  test('the SRV of each transport, without NAPTR (RFC 3263 4.1)', () => {
    const zone = { [`SRV _sip._tcp.${HOST}`]: [srv('t.test')], 'A t.test': ['192.0.2.2'] };
    const { asked, found } = locate({}, zone);
    expect(asked.slice(0, 3)).toEqual([
      `NAPTR ${HOST}`,
      `SRV _sip._udp.${HOST}`,
      `SRV _sip._tcp.${HOST}`,
    ]);
    expect(found).toEqual(['tcp 192.0.2.2:5060']);
  });

  test('each name once, however many records name it', () => {
    const zone = {
      [`SRV _sip._udp.${HOST}`]: [srv('a.test', 1, 5_060), srv('a.test', 2, 5_070)],
      'A a.test': ['192.0.2.1'],
    };
    const { asked, found } = locate({ transport: 'udp' }, zone);
    expect(asked.filter((each) => each === 'A a.test')).toHaveLength(1);
    expect(found).toEqual(['udp 192.0.2.1:5060', 'udp 192.0.2.1:5070']);
  });
});

describe('the order', () => {
  test('is that of the priorities, and all addresses of a target stand together (RFC 3263 4.3)', () => {
    const zone = {
      [`SRV _sip._udp.${HOST}`]: [srv('b.test', 20), srv('a.test', 10)],
      'A a.test': ['192.0.2.1', '192.0.2.2'],
      'A b.test': ['192.0.2.3'],
    };
    expect(locate({ transport: 'udp' }, zone).found).toEqual([
      'udp 192.0.2.1:5060',
      'udp 192.0.2.2:5060',
      'udp 192.0.2.3:5060',
    ]);
  });
});

describe('what DNS does not answer counts as absent', () => {
  const address = { [`A ${HOST}`]: ['192.0.2.1'] };

  test.each<[string, Zone]>([
    ['NAPTR', { ...address, [`NAPTR ${HOST}`]: 'fails' }],
    ['SRV', { ...address, [`SRV _sip._udp.${HOST}`]: 'fails' }],
    ['AAAA', { ...address, [`AAAA ${HOST}`]: 'fails' }],
    ['a NAPTR that is of no use', { ...address, [`NAPTR ${HOST}`]: [naptr('SIPS+D2T', 'x.test')] }],
    [
      'a NAPTR with a rule',
      { ...address, [`NAPTR ${HOST}`]: [{ ...naptr('SIP+D2U', 'x.test'), regexp: '!.*!x!' }] },
    ],
  ])('%s', (_what, zone) => {
    expect(locate({}, zone).found).toEqual(['udp 192.0.2.1:5060']);
  });

  test('and without any address there is nowhere to go', () => {
    expect(locate({}, {}).found).toEqual([]);
    expect(locate({ port: 5_060 }, { [`A ${HOST}`]: 'fails' }).found).toEqual([]);
  });
});

test('a target that is the root says that there is no such service (RFC 2782)', () => {
  const zone = { [`SRV _sip._udp.${HOST}`]: [srv('.')], [`A ${HOST}`]: ['192.0.2.1'] };
  expect(locate({ transport: 'udp' }, zone).found).toEqual([]);
});

test('a sips URI goes nowhere without TLS (RFC 3263 4.1)', () => {
  expect(locate({ isSecure: true }, { [`A ${HOST}`]: ['192.0.2.1'] })).toEqual({
    asked: [],
    found: [],
  });
});

test('an answer without an end is cut', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => srv(`t${at}.test`, at));
  const zone = {
    [`SRV _sip._udp.${HOST}`]: many,
    ...Object.fromEntries(
      many.map(({ target }, at) => [
        `A ${target}`,
        Array.from({ length: 50 }, (_, host) => `10.${at % 200}.0.${host}`),
      ]),
    ),
  };
  const { asked, found } = locate({ transport: 'udp' }, zone);
  expect(asked.length).toBeLessThanOrEqual(1 + 2 * LOCATOR_LIMITS.records);
  expect(found).toHaveLength(LOCATOR_LIMITS.addresses);
});

test('an answer that nobody asked for changes nothing', () => {
  const transports: readonly Transport[] = ['udp'];
  const locator = new Locator(
    { host: HOST, port: 5_060, transport: 'udp', isSecure: false },
    { transports, families: ['A'], random: () => 0 },
  );
  locator.pollOutput();
  const query = { name: 'other.test', type: 'A' } as const;
  locator.handleInput({ type: 'answer', query, answer: { type: 'A', records: ['192.0.2.9'] } });
  expect(locator.pollOutput()).toBeUndefined();
});
