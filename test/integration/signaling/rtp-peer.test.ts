import { afterEach, expect, test } from 'vitest';
import { type ReceivedPacket, rtpContinuity } from '../../support/rtp/rtp-continuity.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';

const open: RtpPeer[] = [];

async function peer(options?: Parameters<typeof RtpPeer.open>[0]): Promise<RtpPeer> {
  const one = await RtpPeer.open(options);
  open.push(one);
  return one;
}

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

test.each(['PCMU', 'PCMA'] as const)('two peers hear each other (%s)', async (law) => {
  const [alice, bob] = await Promise.all([peer({ law }), peer({ law, address: '127.0.0.2' })]);
  const ramp = Int16Array.from({ length: 800 }, (_, index) => index * 40 - 16_000);
  const spoken = alice.speak(ramp);
  alice.start(bob);
  await Promise.all([spoken, bob.heard(25), alice.heard(20)]);

  expect(bob.continuity()).toMatchObject({ ssrcChanges: 0, sequenceBreaks: 0, timestampBreaks: 0 });
  const heard = bob.audio().subarray(0, ramp.length);
  const worst = Math.max(...heard.map((sample, index) => Math.abs(sample - (ramp[index] ?? 0))));
  // Half of the largest step of either law.
  expect(worst).toBeLessThanOrEqual(512);
  expect(alice.received[0]).toMatchObject({ address: '127.0.0.2', port: bob.port, marker: true });
});

test("a late timer is made up for: the rate is the clock's", async () => {
  const [alice, bob] = await Promise.all([peer(), peer()]);
  alice.start(bob);
  const blockedUntilMs = performance.now() + 200;
  while (performance.now() < blockedUntilMs);
  await bob.heard(2);

  expect(alice.packetsSent).toBeGreaterThanOrEqual(11);
});

test('continuity counts what a stream may not do', () => {
  const packet = (change: Partial<ReceivedPacket>): ReceivedPacket => ({
    payloadType: 0,
    marker: false,
    sequenceNumber: 0xffff,
    timestamp: 0xffff_ff60,
    ssrc: 1,
    payload: new Uint8Array(160),
    atMs: 0,
    address: '127.0.0.1',
    port: 1,
    ...change,
  });

  expect(
    rtpContinuity([
      packet({}),
      // Both numbers wrap: nothing wrong.
      packet({ sequenceNumber: 0, timestamp: 0, atMs: 20 }),
      // One lost.
      packet({ sequenceNumber: 2, timestamp: 320, atMs: 60 }),
      packet({ sequenceNumber: 3, timestamp: 500, atMs: 80 }),
      packet({ sequenceNumber: 4, timestamp: 660, ssrc: 2, atMs: 100 }),
    ]),
  ).toEqual({
    packets: 5,
    packetsPerSecond: 40,
    longestGapMs: 40,
    ssrcChanges: 1,
    sequenceBreaks: 1,
    timestampBreaks: 1,
  });
  expect(rtpContinuity([])).toMatchObject({ packets: 0, packetsPerSecond: 0 });
});
