import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { header } from '../../../src/sip/message/headers.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';

const T0 = monotonicMs(0);
const SOURCE = { transport: 'udp', host: '192.0.2.9', port: 5_070, connection: undefined } as const;
const CHALLENGE = [header('WWW-Authenticate', 'Digest realm="r"')];

let ua: UserAgent;

beforeEach(() => {
  let serial = 0;
  ua = new UserAgent({
    addresses: ['192.0.2.100'],
    port: 5_060,
    timers: DEFAULT_TIMERS,
    createId: () => `id${++serial}`,
    createToken: () => `${++serial}`.padStart(24, 'a'),
    maxServerTransactions: 10,
  });
});

function request(method: string, toTag = '', user = 'callee'): Uint8Array {
  return utf8Bytes(
    [
      `${method} sip:${user}@192.0.2.100 SIP/2.0`,
      'Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKone',
      'Max-Forwards: 70',
      'From: <sip:a@b>;tag=f',
      `To: <sip:${user}@192.0.2.100>${toTag}`,
      'Call-ID: c',
      `CSeq: 1 ${method}`,
      'Contact: <sip:a@192.0.2.9:5070>',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
}

function sent(): readonly string[] {
  const all: string[] = [];
  for (let output = ua.pollOutput(); output; output = ua.pollOutput()) {
    if (output.type === 'send') all.push(bytesToByteString(output.bytes));
  }
  return all;
}

function challenge(bytes: Uint8Array): readonly string[] {
  ua.handleInput({ type: 'challenge', bytes, source: SOURCE, headers: CHALLENGE }, T0);
  return sent();
}

describe('a stranger is challenged', () => {
  test('with 401, and nothing is remembered (RFC 3261 8.2.7, 22.1)', () => {
    const [answer = ''] = challenge(request('INVITE'));
    expect(answer).toMatch(/^SIP\/2\.0 401 Unauthorized\r\n/);
    expect(answer).toContain('WWW-Authenticate: Digest realm="r"');
    expect(ua.stats).toMatchObject({ transactions: 0, dialogs: 0, pendingTimers: 0 });
  });

  test('in the same way every time: the To tag too', () => {
    expect(challenge(request('INVITE'))).toEqual(challenge(request('INVITE')));
  });

  test('in the same way whoever is called', () => {
    const [one = ''] = challenge(request('REGISTER', '', '100'));
    const [other = ''] = challenge(request('REGISTER', '', '999'));
    expect(one.replaceAll('100@', '999@')).toBe(other);
  });

  test.each(['junk', 'INVITE sip:a SIP/2.0\r\n\r\n'])('but not for %j', (text) => {
    expect(challenge(utf8Bytes(text))).toEqual([]);
  });

  test('but not for an ACK', () => {
    expect(challenge(request('ACK'))).toEqual([]);
  });
});

describe('under overload', () => {
  beforeEach(() => ua.handleInput({ type: 'overloaded', isOverloaded: true }, T0));

  function receive(bytes: Uint8Array): readonly string[] {
    ua.handleInput({ type: 'received', bytes, source: SOURCE }, T0);
    return sent();
  }

  test.each(['INVITE', 'OPTIONS'])('a new %s gets a 503 without memory (RFC 7339 5)', (method) => {
    const [answer = ''] = receive(request(method));
    expect(answer).toMatch(/^SIP\/2\.0 503 Service Unavailable\r\n/);
    expect(answer).toMatch(/\r\nRetry-After: [1-5]\r\n/);
    expect(ua.stats).toMatchObject({ transactions: 0, pendingTimers: 0, shed: 1 });
  });

  test.each(['INVITE', 'BYE', 'UPDATE'])('a %s in a dialog is served', (method) => {
    receive(request(method, ';tag=t'));
    expect(ua.stats.shed).toBe(0);
  });

  test.each(['CANCEL', 'REGISTER'])('%s is served', (method) => {
    receive(request(method));
    expect(ua.stats.shed).toBe(0);
  });

  test('the repetition of a call that was taken before is no new one', () => {
    ua.handleInput({ type: 'overloaded', isOverloaded: false }, T0);
    expect(receive(request('INVITE'))[0]).toMatch(/ 100 /);
    ua.handleInput({ type: 'overloaded', isOverloaded: true }, T0);
    expect(receive(request('INVITE'))[0]).toMatch(/ 100 /);
    expect(ua.stats.shed).toBe(0);
  });
});
