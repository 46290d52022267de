import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../../src/core/bytes.ts';
import { monotonicMs } from '../../../../src/core/time.ts';
import { buildResponse } from '../../../../src/sip/message/build-message.ts';
import { parseMessage } from '../../../../src/sip/message/parse-message.ts';
import type { SipRequest, SipResponse } from '../../../../src/sip/message/sip-message.ts';
import { DEFAULT_TIMERS } from '../../../../src/sip/transaction/timers.ts';
import type { TransactionOutput } from '../../../../src/sip/transaction/transaction-io.ts';
import { TransactionLayer } from '../../../../src/sip/transaction/transaction-layer.ts';

const T0 = monotonicMs(0);
const PEER = { transport: 'udp', host: '192.0.2.1', port: 5_060, connection: undefined } as const;

let layer: TransactionLayer;

beforeEach(() => {
  let serial = 0;
  layer = new TransactionLayer({
    timers: DEFAULT_TIMERS,
    createId: () => `t${++serial}`,
    maxServerTransactions: 4,
    readdress: (request) => request,
  });
});

function request(
  method: string,
  branch: string,
  edit: Readonly<Record<string, string>> = {},
): SipRequest {
  const lines = {
    Via: `SIP/2.0/UDP 192.0.2.1;branch=${branch}`,
    From: '<sip:a@b>;tag=f',
    To: '<sip:c@d>',
    'Call-ID': 'c',
    CSeq: `1 ${method}`,
    ...edit,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  const parsed = parseMessage(utf8Bytes(`${method} sip:c@d SIP/2.0\r\n${head.join('')}\r\n`));
  if (parsed.type !== 'request') throw new Error('the test wrote no request');
  return parsed;
}

function response(to: SipRequest, statusCode: number): SipResponse {
  return buildResponse(to, { statusCode, toTag: 't' });
}

function drain(): TransactionOutput[] {
  const outputs: TransactionOutput[] = [];
  for (let output = layer.pollOutput(); output; output = layer.pollOutput()) outputs.push(output);
  return outputs;
}

function types(): string[] {
  return drain().map((output) =>
    output.type === 'send'
      ? (bytesToByteString(output.bytes).split('\r\n', 1)[0] ?? '')
      : output.type,
  );
}

describe('server transactions', () => {
  test('a request with the same branch, sent-by and method is a repetition (RFC 3261 17.2.3)', () => {
    layer.receiveRequest(request('OPTIONS', 'z9hG4bKa'), PEER, T0);
    layer.receiveRequest(request('OPTIONS', 'z9hG4bKa'), PEER, T0);

    expect(types()).toEqual(['request']);
  });

  test.each([
    { From: '<sip:a@b>;tag=g' },
    { To: '<sip:x@y>' },
    { CSeq: '2 OPTIONS' },
    { Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa, SIP/2.0/UDP x;branch=z9hG4bKb' },
    { 'Record-Route': '<sip:x;lr>' },
    { Require: 'x' },
  ])('another request with the branch of an answered one fetches no answer: %j', (edit) => {
    const options = request('OPTIONS', 'z9hG4bKa');
    layer.receiveRequest(options, PEER, T0);
    layer.respond('t1', response(options, 200), T0);
    drain();
    layer.receiveRequest(request('OPTIONS', 'z9hG4bKa', edit), PEER, T0);
    expect(types()).toEqual([]);

    layer.receiveRequest(request('OPTIONS', 'z9hG4bKa'), PEER, T0);
    expect(types()).toEqual(['SIP/2.0 200 OK']);
  });

  test.each([
    [{ Via: 'SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa' }],
    [{ Via: 'SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKa' }],
    [{ Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb' }],
    [{ Via: 'SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKa' }],
    [{ 'Call-ID': 'other' }],
  ])('a request with %j is another one', (edit) => {
    layer.receiveRequest(request('OPTIONS', 'z9hG4bKa'), PEER, T0);
    layer.receiveRequest(request('OPTIONS', 'z9hG4bKa', edit), PEER, T0);

    expect(types()).toEqual(['request', 'request']);
  });

  test('without a usable branch Call-ID, CSeq and From tag decide (RFC 2543 10.1)', () => {
    layer.receiveRequest(request('OPTIONS', 'z9hG4bK'), PEER, T0);
    layer.receiveRequest(request('OPTIONS', 'z9hG4bK'), PEER, T0);
    layer.receiveRequest(request('OPTIONS', 'z9hG4bK', { 'Call-ID': 'd' }), PEER, T0);

    expect(types()).toEqual(['request', 'request']);
  });

  test.each(['z9hG4bKa', 'old'])(
    'the ACK of a refused INVITE with branch %s ends here',
    (branch) => {
      const invite = request('INVITE', branch);
      layer.receiveRequest(invite, PEER, T0);
      layer.respond('t1', response(invite, 486), T0);
      drain();
      layer.receiveRequest(request('ACK', branch, { To: '<sip:c@d>;tag=t' }), PEER, T0);

      expect(types()).toEqual([]);
      expect(layer.pollTimeout()).toBe(5_000);
    },
  );

  test('the ACK of a 2xx goes to the user', () => {
    const invite = request('INVITE', 'z9hG4bKa');
    layer.receiveRequest(invite, PEER, T0);
    layer.respond('t1', response(invite, 200), T0);
    drain();
    layer.receiveRequest(request('ACK', 'z9hG4bKb'), PEER, T0);

    expect(types()).toEqual(['ack']);
  });

  test.each(['z9hG4bKa', 'old'])(
    'a CANCEL with branch %s finds its INVITE (RFC 3261 9.2)',
    (branch) => {
      layer.receiveRequest(request('INVITE', branch), PEER, T0);
      layer.receiveRequest(request('CANCEL', branch), PEER, T0);

      expect(drain()[1]).toMatchObject({ type: 'cancel', invite: { id: 't1' } });
    },
  );

  test('are bounded in number', () => {
    for (const branch of ['1', '2', '3'])
      layer.receiveRequest(request('INFO', `z9hG4bK${branch}`), PEER, T0);

    expect(types()).toEqual(['request', 'request']);
    expect(layer.size).toBe(2);
  });

  test('a second final answer is not sent', () => {
    const info = request('INFO', 'z9hG4bKa');
    layer.receiveRequest(info, PEER, T0);
    expect(layer.respond('t1', response(info, 200), T0)).toBeDefined();
    expect(layer.respond('t1', response(info, 200), T0)).toBeUndefined();
    expect(layer.respond('unknown', response(info, 200), T0)).toBeUndefined();
  });
});

describe('calls in set-up are counted', () => {
  function received(method: string, branch: string, edit = {}): string {
    layer.receiveRequest(request(method, branch, edit), PEER, T0);
    const id = drain().flatMap((output) => (output.type === 'request' ? [output.record.id] : []));
    return id[0] ?? '';
  }

  test('from the INVITE to its final answer', () => {
    const id = received('INVITE', 'z9hG4bKa');
    const invite = layer.server(id)?.request ?? request('INVITE', 'z9hG4bKa');
    expect(layer.callsInSetUp).toBe(1);
    layer.respond(id, response(invite, 180), T0);
    expect(layer.callsInSetUp).toBe(1);
    layer.respond(id, response(invite, 200), T0);
    expect(layer.callsInSetUp).toBe(0);
  });

  test('until they are forgotten', () => {
    layer.forget(received('INVITE', 'z9hG4bKa'));

    expect(layer.callsInSetUp).toBe(0);
  });

  test('without what happens in a dialog, and without other methods', () => {
    received('INVITE', 'z9hG4bKa', { To: '<sip:c@d>;tag=t' });
    received('OPTIONS', 'z9hG4bKb');

    expect(layer.callsInSetUp).toBe(0);
  });
});

describe('client transactions', () => {
  test('a response belongs to the branch and method of its request (RFC 3261 17.1.3)', () => {
    const info = request('INFO', 'z9hG4bKmine');
    layer.send(info, PEER, T0);
    drain();

    expect(layer.receiveResponse(response(request('INFO', 'z9hG4bKother'), 200), PEER, T0)).toBe(
      false,
    );
    expect(layer.receiveResponse(response(request('BYE', 'z9hG4bKmine'), 200), PEER, T0)).toBe(
      false,
    );
    expect(layer.receiveResponse(response(info, 200), PEER, T0)).toBe(true);
    expect(types()).toEqual(['response']);
  });

  test('a refused INVITE is acknowledged on its own Via, again for each repetition (RFC 3261 17.1.1.3)', () => {
    const invite = request('INVITE', 'z9hG4bKmine', { Route: '<sip:p;lr>' });
    layer.send(invite, PEER, T0);
    drain();
    layer.receiveResponse(response(invite, 486), PEER, T0);
    const [, ack] = drain();
    layer.receiveResponse(response(invite, 486), PEER, T0);

    const text = ack?.type === 'send' ? bytesToByteString(ack.bytes) : '';
    expect(text).toMatch(
      /^ACK sip:c@d SIP\/2.0\r\nVia: SIP\/2.0\/UDP 192.0.2.1;branch=z9hG4bKmine\r\n/,
    );
    expect(text).toContain('Route: <sip:p;lr>\r\n');
    expect(text).toContain('To: <sip:c@d>;tag=t\r\n');
    expect(text).toContain('CSeq: 1 ACK\r\n');
    expect(types()).toEqual(['ACK sip:c@d SIP/2.0']);
  });

  test('a transport failure is reported with its reason and ends the transaction', () => {
    const { id } = layer.send(request('INVITE', 'z9hG4bKmine'), PEER, T0);
    drain();
    layer.handleTransportFailure(id, 'DNS Error', T0);

    expect(drain()).toMatchObject([
      { type: 'failed', cause: 'transport-error', record: { failureReason: 'DNS Error' } },
      { type: 'terminated', id },
    ]);
    expect(layer.size + layer.pendingTimers).toBe(0);
  });

  test('a late provisional response never takes the place of a final one', () => {
    const invite = request('INVITE', 'z9hG4bKmine');
    const record = layer.send(invite, PEER, T0);
    layer.receiveResponse(response(invite, 486), PEER, T0);
    layer.receiveResponse(response(invite, 180), PEER, T0);

    expect(record.isFinal).toBe(true);
    expect(layer.cancel(record.id, [], T0)).toBeUndefined();
  });

  test('what one address sends too much of is not answered, another one is heard', () => {
    for (const branch of ['1', '2', '3']) {
      layer.receiveRequest(request('OPTIONS', `z9hG4bK${branch}`), PEER, T0);
    }
    layer.receiveRequest(request('OPTIONS', 'z9hG4bK4'), { ...PEER, host: '192.0.2.2' }, T0);

    expect(types()).toEqual(['request', 'request', 'request']);
  });
});
