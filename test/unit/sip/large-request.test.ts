import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';
import type { UserAgentOutput } from '../../../src/sip/user-agent-io.ts';

const TO = '192.0.2.1';
let ua: UserAgent;
let now: MonotonicMs;

beforeEach(() => {
  let serial = 0;
  now = monotonicMs(0);
  ua = new UserAgent({
    addresses: ['192.0.2.9'],
    port: 5_060,
    timers: DEFAULT_TIMERS,
    createId: () => `id${++serial}`,
    createToken: () => `token${++serial}`,
    maxServerTransactions: 100,
  });
});

function outputs(): readonly UserAgentOutput[] {
  const all: UserAgentOutput[] = [];
  for (let output = ua.pollOutput(); output; output = ua.pollOutput()) all.push(output);
  return all;
}

function sent(): readonly (readonly [transport: string, via: string])[] {
  return outputs().flatMap((output) => {
    if (output.type !== 'send') return [];
    const via = /^Via: SIP\/2\.0\/([A-Z]+) /m.exec(bytesToByteString(output.bytes))?.[1] ?? '';
    return [[output.to.transport, via] as const];
  });
}

function send(method: string, bodyBytes: number, uri = `sip:bob@${TO}`): string {
  const body = utf8Bytes('x'.repeat(bodyBytes));
  const result = ua.request({ method, uri, headers: [], body }, now);
  return 'transaction' in result ? result.transaction : '';
}

describe('a request over 1,300 bytes (RFC 3261 18.1.1)', () => {
  test('goes over TCP, and a smaller one over UDP', () => {
    send('MESSAGE', 100);
    expect(sent()).toEqual([['udp', 'UDP']]);
    send('MESSAGE', 1_300);
    expect(sent()).toEqual([['tcp', 'TCP']]);
  });

  test('stays on the transport that its URI names', () => {
    send('MESSAGE', 1_300, `sip:bob@${TO};transport=udp`);
    expect(sent()).toEqual([['udp', 'UDP']]);
  });

  test.each(['MESSAGE', 'INVITE'])('%s goes over UDP when there is no TCP', (method) => {
    const transaction = send(method, 1_300);
    expect(sent()).toEqual([['tcp', 'TCP']]);
    const failure = {
      type: 'transport-failed',
      transaction,
      reason: 'Connection Refused',
    } as const;
    ua.handleInput(failure, now);
    expect(sent()).toEqual([['udp', 'UDP']]);
    ua.handleInput(failure, now);
    const response = outputs().find((output) => output.type === 'response');
    expect(response).toMatchObject({
      transaction,
      response: { statusCode: 503, reason: 'Connection Refused' },
    });
  });

  test('is not sent again over UDP when TCP was there but nobody answered', () => {
    send('MESSAGE', 1_300);
    expect(sent()).toEqual([['tcp', 'TCP']]);
    now = monotonicMs(40_000);
    ua.handleTimeout(now);
    const all = outputs();
    expect(all.filter(({ type }) => type === 'send')).toEqual([]);
    expect(all.find(({ type }) => type === 'response')).toMatchObject({
      response: { statusCode: 408 },
    });
  });
});
