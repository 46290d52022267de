import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { SeededRandom } from '../../support/random/seeded-random.ts';
import { createEngine, ListeningSession, pcmuAt } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';
import { payloads } from './synthetic-voice.ts';

const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1_209, 1_336, 1_477, 1_633];
const LAYOUT = '123A456B789C*0#D';
const KEYS = '0123456789*#ABCD';

/** All tones together; none is silence. */
function chord(frequenciesHz: readonly number[], durationMs: number): number[] {
  return Array.from({ length: durationMs * 8 }, (_, index) =>
    frequenciesHz.reduce(
      (sum, hz) => sum + 5_000 * Math.sin((2 * Math.PI * hz * index) / 8_000),
      0,
    ),
  );
}

function key(digit: string, durationMs: number): number[] {
  const place = LAYOUT.indexOf(digit);
  const tones = [ROWS_HZ[Math.floor(place / 4)] ?? 0, COLUMNS_HZ[place % 4] ?? 0];
  return chord(tones, durationMs);
}

describe('hearing keys and tones', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;

  beforeEach(async () => {
    engine = createEngine(41_300, 41_363);
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    peer.aimAt(call.session.localPort);
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  /** A packet for each that comes, at the engine's pace. */
  async function say(
    samples: readonly number[],
    isLost: (packet: number) => boolean = () => false,
  ): Promise<void> {
    for (const [index, payload] of payloads(Int16Array.from(samples)).entries()) {
      await peer.received(peer.packets.length + 1);
      const place = { sequenceNumber: 100 + index, timestamp: 4_000 + 160 * index };
      if (!isLost(index)) peer.send({ payload, ...place });
    }
  }

  it('hears keys in the audio, with onset and duration, when it was asked to', async () => {
    call.session.setDetection({ inbandDtmf: true, tones: false });
    call.session.connect(pcmuAt(peer.port));
    await say([
      ...chord([], 100),
      ...key('5', 120),
      ...chord([], 100),
      ...key('#', 60),
      ...chord([], 120),
    ]);
    const [five, hash] = await call.eventCount('dtmf', 2);

    expect(five).toMatchObject({ digit: '5', source: 'inband' });
    expect(hash).toMatchObject({ digit: '#', source: 'inband' });
    expect(Math.abs((five?.durationMs ?? 0) - 120)).toBeLessThanOrEqual(20);
    expect(five?.onsetMs).toBeLessThan(five?.atMs ?? 0);
  });

  it('hears no keys in the audio when it was not asked to', async () => {
    call.session.connect(pcmuAt(peer.port));
    await say([...key('5', 120), ...chord([], 200)]);
    call.session.close();
    await call.event('closed');

    expect(call.eventsOf('dtmf')).toEqual([]);
  });

  it('hears all sixteen keys through G.711 with one packet in twenty lost', async () => {
    const random = new SeededRandom(4733);
    call.session.setDetection({ inbandDtmf: true, tones: false });
    call.session.connect(pcmuAt(peer.port));
    const samples = [...KEYS].flatMap((digit) => [...key(digit, 110), ...chord([], 90)]);
    await say([...samples, ...chord([], 100)], () => random.oneIn(20));
    const heard = await call.eventCount('dtmf', KEYS.length);

    expect(heard.map(({ digit }) => digit).join('')).toBe(KEYS);
  });

  it('tells ringback of early media a second after the ring', async () => {
    call.session.setDetection({ inbandDtmf: false, tones: true });
    call.session.connect(pcmuAt(peer.port));
    await say([...chord([440, 480], 2_000), ...chord([], 1_300)]);
    const ringback = await call.event('tone');

    expect(ringback).toMatchObject({ kind: 'ringback' });
    expect(Math.abs(ringback.durationMs - 2_000)).toBeLessThanOrEqual(60);
    expect(ringback.onsetMs).toBeLessThan(ringback.atMs - 2_000);
  });

  it('tells a busy tone once', async () => {
    call.session.setDetection({ inbandDtmf: false, tones: true });
    call.session.connect(pcmuAt(peer.port));
    const beat = [...chord([425], 500), ...chord([], 500)];
    await say([...beat, ...beat, ...beat]);
    call.session.close();
    await call.event('closed');

    expect(call.eventsOf('tone').map(({ kind }) => kind)).toEqual(['busy']);
  });
});
