import { expect, test } from 'vitest';
import { NetworkWatch } from '../../../src/carriers/network-watch.ts';
import { VirtualTiming } from '../../support/carriers/virtual-timing.ts';

test('another address is told once', async () => {
  const timing = new VirtualTiming();
  let addresses = '192.0.2.1/24';
  let changes = 0;
  const watch = new NetworkWatch(
    timing,
    () => {
      changes += 1;
    },
    () => addresses,
  );
  await timing.advance(20_000);
  expect(changes).toBe(0);
  addresses = '198.51.100.1/24';
  await timing.advance(20_000);
  watch.close();

  expect(changes).toBe(1);
  expect(timing.pending).toBe(0);
});

test('this machine has addresses', () => {
  new NetworkWatch(new VirtualTiming(), () => undefined).close();
});
