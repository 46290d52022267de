import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import type { RtpCodec, RtpRemote, SessionRateHz } from '../../../src/media/media-engine.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';
import { toneMs } from './tone-ms.ts';

interface Case {
  readonly codec: RtpCodec;
  readonly sampleRateHz: SessionRateHz;
  readonly clockRateHz: number;
}

const CODECS: readonly Case[] = [
  { codec: 'PCMU', sampleRateHz: 8_000, clockRateHz: 8_000 },
  { codec: 'PCMA', sampleRateHz: 8_000, clockRateHz: 8_000 },
  { codec: 'G722', sampleRateHz: 16_000, clockRateHz: 8_000 },
  { codec: 'opus', sampleRateHz: 16_000, clockRateHz: 48_000 },
  { codec: 'opus', sampleRateHz: 8_000, clockRateHz: 48_000 },
  { codec: 'L16', sampleRateHz: 8_000, clockRateHz: 8_000 },
  { codec: 'L16', sampleRateHz: 16_000, clockRateHz: 16_000 },
];

const SPOKEN_MS = 500;
/** A busy machine brings a packet too late for its slot. */
const HEARD_MS = 300;

describe('codecs over real sockets', () => {
  let engine: NativeMediaEngine;
  /** What `mouth` sends goes in here and comes out there. */
  let wire: PacketPeer;
  let otherEnd: PacketPeer;
  let mouth: ListeningSession;
  let ear: ListeningSession;

  beforeEach(async () => {
    engine = createEngine();
    wire = await PacketPeer.open();
    mouth = new ListeningSession(engine);
    ear = new ListeningSession(engine);
    otherEnd = (await PacketPeer.open()).aimAt(ear.session.localPort);
    wire.passOn(otherEnd);
  });

  afterEach(async () => {
    await engine.close();
    wire.close();
    otherEnd.close();
  });

  /** What `mouth` says to `ear` through a wire that keeps a copy of every packet. */
  async function hears(said: Int16Array, rateHz: number, terms: Partial<RtpRemote>) {
    const agreed = { payloadType: 96, ...terms };
    ear.session.connect(pcmuAt(otherEnd.port, agreed));
    mouth.session.connect(pcmuAt(wire.port, agreed));
    mouth.session.write(1, said, rateHz);
    mouth.session.finish(1);
    await mouth.event('playout-ended');
    await ear.slots(ear.audio.length + 15);
    return ear.received();
  }

  it.each(CODECS)(
    '$codec at $sampleRateHz Hz: speech arrives, and the RTP clock runs at $clockRateHz Hz',
    async ({ clockRateHz, ...terms }) => {
      const heard = await hears(tone(1_000, SPOKEN_MS, 16_000), 16_000, terms);
      expect(toneMs(heard, terms.sampleRateHz, 1_000)).toBeGreaterThan(HEARD_MS);
      expect(ear.audio[0]?.sampleRateHz).toBe(terms.sampleRateHz);
      expect(timestampSteps(wire)).toEqual(new Set([clockRateHz / 50]));
    },
  );

  it.each(CODECS.filter(({ sampleRateHz }) => sampleRateHz === 16_000))(
    '$codec carries what is above 4 kHz',
    async (terms) => {
      const heard = await hears(tone(6_000, SPOKEN_MS, 48_000), 48_000, terms);
      expect(toneMs(heard, 16_000, 6_000)).toBeGreaterThan(HEARD_MS);
    },
  );

  it.each([
    { codec: 'opus', ptimeMs: 10 },
    { codec: 'opus', ptimeMs: 30 },
    { codec: 'opus', ptimeMs: 60 },
    { codec: 'G722', ptimeMs: 30 },
    { codec: 'L16', ptimeMs: 60 },
  ] as const)('$codec in packets of $ptimeMs ms', async ({ codec, ptimeMs }) => {
    const terms = { codec, ptimeMs, sampleRateHz: 16_000 } as const;
    const heard = await hears(tone(1_000, SPOKEN_MS, 16_000), 16_000, terms);
    expect(toneMs(heard, 16_000, 1_000)).toBeGreaterThan(HEARD_MS);
    const clockRateHz = CODECS.find(
      (each) => each.codec === codec && each.sampleRateHz === 16_000,
    )?.clockRateHz;
    expect(timestampSteps(wire)).toEqual(new Set([((clockRateHz ?? 0) * ptimeMs) / 1_000]));
    ear.session.close();
    expect((await ear.event('closed')).stats).toMatchObject({ packetsLost: 0, concealedMs: 0 });
  });

  it('keeps the rate of the session when a new agreement brings a codec of the other one', async () => {
    const wide = { codec: 'G722', sampleRateHz: 16_000, payloadType: 9 } as const;
    ear.session.connect(pcmuAt(otherEnd.port, wide));
    mouth.session.connect(pcmuAt(wire.port, wide));
    const heard = await hears(tone(1_000, SPOKEN_MS, 16_000), 16_000, { payloadType: 0 });
    expect(toneMs(heard, 16_000, 1_000)).toBeGreaterThan(HEARD_MS);
    expect(ear.audio.every(({ sampleRateHz }) => sampleRateHz === 16_000)).toBe(true);
    expect(wire.packets.at(-1)?.payload).toHaveLength(160);
  });

  it('hears a lost Opus packet from the next one', async () => {
    wire.loseEvery(5);
    const terms = { codec: 'opus', sampleRateHz: 16_000 } as const;
    const heard = await hears(voiced(1_000), 16_000, terms);
    ear.session.close();
    const { stats } = await ear.event('closed');
    expect(stats.packetsLost).toBeGreaterThan(5);
    expect(longestSilenceMs(heard, 16_000)).toBeLessThan(15);
  });
});

/** How far the timestamps of neighbours are apart. */
function timestampSteps(wire: PacketPeer): Set<number> {
  const stamps = wire.packets.map(({ timestamp }) => timestamp);
  return new Set(stamps.slice(1).map((stamp, index) => (stamp - (stamps[index] ?? 0)) >>> 0));
}

/** Within what was said: from its first to its last loud sample. */
function longestSilenceMs(samples: Int16Array, rateHz: number): number {
  const loud = [...samples.keys()].filter((index) => Math.abs(samples[index] ?? 0) > 500);
  const gaps = loud.slice(1).map((index, nth) => index - (loud[nth] ?? 0));
  return (Math.max(...gaps) * 1_000) / rateHz;
}

/** A voice on one note at 16 kHz: Opus has FEC for what it takes for speech. */
function voiced(durationMs: number): Int16Array {
  const samples = new Int16Array(durationMs * 16);
  const harmonics = [1, 2, 3, 4, 5, 6, 8, 12];
  return samples.map((_, index) => {
    const wobble = 1 + 0.01 * Math.sin(index / 1_000);
    const angle = (2 * Math.PI * 140 * wobble * index) / 16_000;
    return harmonics.reduce((sum, nth) => sum + (4_000 / nth) * Math.sin(nth * angle), 0);
  });
}
