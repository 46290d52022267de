import { expect, test } from 'vitest';
import { monotonicMs } from '../../../../src/core/time.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import { CHALLENGE_MEMORY, ChallengeMemory } from '../../../../src/sip/proxy/challenge-memory.ts';

function challenge(nonce: string): Headers {
  return Headers.of(['WWW-Authenticate', `Digest realm="r", nonce="${nonce}", qop="auth"`]);
}

function credentials(nonce: string): Headers {
  return Headers.of(['Proxy-Authorization', `Digest cnonce="x", nonce="${nonce}"`]);
}

test('a retry goes to who challenged, once', () => {
  const memory = new ChallengeMemory();
  memory.remember(challenge('n'), 'sip:a', monotonicMs(0));
  expect(memory.take(credentials('m'), monotonicMs(10))).toBeUndefined();
  expect(memory.take(credentials('n'), monotonicMs(1_999))).toBe('sip:a');
  expect(memory.take(credentials('n'), monotonicMs(1_999))).toBeUndefined();
});

test('is forgotten after two seconds', () => {
  const memory = new ChallengeMemory();
  memory.remember(challenge('n'), 'sip:a', monotonicMs(0));
  expect(memory.nextDeadline()).toBe(2_000);
  memory.forgetExpired(monotonicMs(2_000));
  expect(memory.size).toBe(0);
  expect(memory.nextDeadline()).toBeUndefined();
});

test('has room for so many nonces, the oldest goes first', () => {
  const memory = new ChallengeMemory();
  for (let count = 0; count <= CHALLENGE_MEMORY.nonces; count++) {
    memory.remember(challenge(`n${count}`), `sip:${count}`, monotonicMs(0));
  }
  expect(memory.size).toBe(CHALLENGE_MEMORY.nonces);
  expect(memory.take(credentials('n0'), monotonicMs(1))).toBeUndefined();
  expect(memory.take(credentials('n1'), monotonicMs(1))).toBe('sip:1');
});
