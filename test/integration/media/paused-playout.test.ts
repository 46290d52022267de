import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';

/** The first 10 ms after a pause rise from silence. */
const FADE_SAMPLES = 160;

describe('a playout that is paused before its first sample', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;

  beforeEach(async () => {
    engine = createEngine();
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await call.slots(3);
    call.session.pause();
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  function write(playoutId: number, samples: Int16Array): void {
    call.session.write(playoutId, samples.subarray(0, 1_000), 8_000);
    call.session.mark(playoutId, 1);
    call.session.write(playoutId, samples.subarray(1_000), 8_000);
    call.session.finish(playoutId);
  }

  it('is held in silence and told of by nothing', async () => {
    write(1, tone(440, 300));
    await call.slots(call.audio.length + 10);

    expect(call.sent().every((sample) => sample === 0)).toBe(true);
    expect(call.events.map(({ type }) => type)).toEqual(['silenced']);
  });

  it.each([0, 8])('plays in full when it is resumed, %i slots later', async (slots) => {
    const samples = tone(440, 300);
    write(1, samples);
    await call.slots(call.audio.length + slots);
    call.session.resume();
    const ended = await call.event('playout-ended');
    const started = await call.event('playout-started');

    expect(ended).toMatchObject({ playoutId: 1, reason: 'completed', playedMs: 300 });
    expect(call.eventsOf('mark-reached')).toHaveLength(1);
    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    const heard = call.sent().subarray(begin, begin + samples.length);
    expect(heard.subarray(FADE_SAMPLES)).toEqual(samples.subarray(FADE_SAMPLES));
    const fade = heard.subarray(0, FADE_SAMPLES);
    expect(fade.every((sample, at) => Math.abs(sample) <= Math.abs(samples[at] ?? 0))).toBe(true);
  });

  it('resumed before it was written, plays in full and at full level', async () => {
    const samples = tone(440, 100);
    call.session.resume();
    await call.slots(call.audio.length + 2);
    write(1, samples);
    await call.event('playout-ended');
    const started = await call.event('playout-started');

    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    expect(call.sent().subarray(begin, begin + samples.length)).toEqual(samples);
  });

  it('flushed instead, was not heard at all, and the next one is', async () => {
    const samples = tone(440, 200);
    write(1, tone(300, 300));
    call.session.flush();
    expect(await call.event('playout-ended')).toMatchObject({ reason: 'flushed', playedMs: 0 });
    write(2, samples);
    const [, second] = await call.eventCount('playout-ended', 2);
    const started = await call.event('playout-started');

    expect(second).toMatchObject({ playoutId: 2, reason: 'completed', playedMs: 200 });
    expect(started.playoutId).toBe(2);
    const begin = call.audio.findIndex((audio) => audio.atMs === started.atMs) * 160;
    expect(call.sent().subarray(begin, begin + samples.length)).toEqual(samples);
  });
});
