import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { encodeMuLaw } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';

describe('playout', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;

  beforeEach(async () => {
    engine = createEngine();
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  it('sends every sample once and in order, and says when marks were reached and how much was played', async () => {
    const samples = tone(440, 300);
    call.session.write(1, samples.subarray(0, 777), 8_000);
    call.session.mark(1, 5);
    call.session.write(1, samples.subarray(777), 8_000);
    call.session.mark(1, 6);
    call.session.finish(1);
    const ended = await call.event('playout-ended');
    const started = await call.event('playout-started');
    const [first, second] = await call.eventCount('mark-reached', 2);

    expect(ended).toMatchObject({ playoutId: 1, reason: 'completed', playedMs: 300 });
    const sent = call.sent();
    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    expect(sent.subarray(begin, begin + samples.length)).toEqual(samples);
    expect(first).toMatchObject({ playoutId: 1, markId: 5 });
    expect(second).toMatchObject({ playoutId: 1, markId: 6, atMs: ended.atMs });
    const firstMarkSlot = call.audio.findIndex((audio) => audio.atMs === first?.atMs);
    expect(firstMarkSlot - begin / 160).toBe(Math.floor((777 - 1) / 160));
  });

  it('puts on the wire exactly what it reports as sent', async () => {
    call.session.write(1, tone(440, 200), 8_000);
    call.session.finish(1);
    await call.event('playout-ended');
    await call.slots(20);
    const packets = await peer.received(20);
    packets.forEach((packet, index) => {
      expect(packet.payload).toEqual(
        Buffer.from(encodeMuLaw(call.audio[index]?.sent ?? tone(0, 0))),
      );
    });
  });

  it.each([16_000, 22_050, 24_000, 44_100, 48_000])(
    'plays %i Hz at its own pace',
    async (rateHz) => {
      const samples = tone(440, 200, rateHz);
      for (let begin = 0; begin < samples.length; begin += 500) {
        call.session.write(1, samples.subarray(begin, begin + 500), rateHz);
      }
      call.session.finish(1);
      expect((await call.event('playout-ended')).playedMs).toBe(200);
    },
  );

  it('copies the samples before write returns', async () => {
    const samples = new Int16Array(160).fill(1_000);
    call.session.write(1, samples, 8_000);
    samples.fill(-1);
    call.session.finish(1);
    await call.event('playout-ended');
    expect(call.sent().includes(1_000)).toBe(true);
    expect(call.sent().includes(-1)).toBe(false);
  });

  it('flushes with a fade of one slot: playouts end with what was heard, then silence', async () => {
    call.session.write(1, new Int16Array(16_000).fill(8_000), 8_000);
    call.session.write(2, new Int16Array(16_000).fill(8_000), 8_000);
    await call.event('playout-started');
    await call.slots(call.audio.length + 3);
    call.session.flush();
    const [first, second] = await call.eventCount('playout-ended', 2);
    const silenced = await call.event('silenced');

    expect(first).toMatchObject({ playoutId: 1, reason: 'flushed' });
    expect(second).toMatchObject({ playoutId: 2, reason: 'flushed', playedMs: 0 });
    const heard = call.sent().filter((sample) => sample !== 0).length;
    const played = (first?.playedMs ?? 0) * 8;
    // Where it fades in and out it is silence for a few samples.
    expect(heard).toBeLessThan(played);
    expect(heard).toBeGreaterThan(played - 20);
    expect(played % 160).toBe(0);
    const silentSlot = call.audio.find((audio) => audio.atMs === silenced.atMs);
    expect(silentSlot?.sent.every((sample) => sample === 0)).toBe(true);
  });

  it('pauses without losing a sample and goes on', async () => {
    const samples = new Int16Array(4_000).fill(8_000);
    call.session.write(1, samples, 8_000);
    call.session.finish(1);
    await call.event('playout-started');
    call.session.pause();
    const silenced = await call.event('silenced');
    await call.slots(call.audio.length + 5);
    call.session.resume();
    const ended = await call.event('playout-ended');

    expect(ended).toMatchObject({ reason: 'completed', playedMs: 500 });
    const from = call.audio.findIndex((audio) => audio.atMs === silenced.atMs);
    const during = call.audio.slice(from, from + 5);
    expect(during.every((audio) => audio.sent.every((sample) => sample === 0))).toBe(true);
  });

  it('plays bursts of a second, each well ahead of the last, without an underrun', async () => {
    const samples = tone(300, 3_000);
    call.session.write(1, samples.subarray(0, 8_000), 8_000);
    const started = await call.event('playout-started');
    call.session.write(1, samples.subarray(8_000, 16_000), 8_000);
    await call.slots(call.audio.length + 70);
    call.session.write(1, samples.subarray(16_000), 8_000);
    call.session.finish(1);
    const ended = await call.event('playout-ended');

    expect(call.eventsOf('underrun')).toHaveLength(0);
    expect(ended.playedMs).toBe(3_000);
    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    expect(call.sent().subarray(begin, begin + samples.length)).toEqual(samples);
  });

  it('plays a second of speech in 50 ms, then nothing for 300 ms, again and again, as one', async () => {
    const samples = tone(300, 2_400);
    let written = 0;
    const write = () => {
      call.session.write(1, samples.subarray(written, written + 2_700), 8_000);
      written += 2_700;
    };
    write();
    const started = await call.event('playout-started');
    for (let slot = 0; written < samples.length; slot++) {
      if (slot % 17 < 3) write();
      await call.slots(call.audio.length + 1);
    }
    call.session.finish(1);
    const ended = await call.event('playout-ended');
    expect(call.eventsOf('underrun')).toHaveLength(0);
    expect(ended.playedMs).toBe(2_400);
    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    expect(call.sent().subarray(begin, begin + samples.length)).toEqual(samples);
  });

  it('reports one underrun per dry spell, in which the sound fades, and goes on with the next sample', async () => {
    const samples = tone(300, 100);
    call.session.write(1, samples.subarray(0, 400), 8_000);
    const started = await call.event('playout-started');
    expect(await call.event('underrun')).toMatchObject({ playoutId: 1 });
    await call.slots(call.audio.length + 5);
    expect(call.eventsOf('underrun')).toHaveLength(1);
    call.session.write(1, samples.subarray(400), 8_000);
    call.session.finish(1);
    expect(await call.event('playout-ended')).toMatchObject({ reason: 'completed', playedMs: 100 });
    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    const sent = call.sent().subarray(begin);
    expect(sent.subarray(0, 400)).toEqual(samples.subarray(0, 400));
    expect(sent.subarray(560, 1_200).every((sample) => sample === 0)).toBe(true);
    expect(
      Array.from(sent)
        .join()
        .includes(Array.from(samples.subarray(400)).join()),
    ).toBe(true);
  });
});
