import { expect, test } from 'vitest';
import { after, monotonicMs } from '../../../../src/core/time.ts';
import { DEAD_ADDRESS_LIMITS, DeadAddresses } from '../../../../src/sip/locate/dead-addresses.ts';

const T0 = monotonicMs(0);

function address(host: string) {
  return { transport: 'udp', host, port: 5_060 } as const;
}

test('what did not answer is tried last, for a while (RFC 3263 4.3)', () => {
  const dead = new DeadAddresses();
  const all = [address('a'), address('b'), address('c')];
  dead.add(address('a'), T0);
  expect(dead.sort(all, T0).map(({ host }) => host)).toEqual(['b', 'c', 'a']);
  expect(dead.sort(all, after(T0, DEAD_ADDRESS_LIMITS.rememberMs))).toEqual(all);
});

test('the memory is bounded', () => {
  const dead = new DeadAddresses();
  for (let at = 0; at < 2 * DEAD_ADDRESS_LIMITS.entries; at++) dead.add(address(`${at}`), T0);
  expect(dead.size).toBe(DEAD_ADDRESS_LIMITS.entries);
});
