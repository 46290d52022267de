import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BACKGROUND_LEVELS_DBFS,
  type BackgroundSound,
} from '../../../src/audio/background-sound.ts';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { createEngine, ListeningSession, pcmuAt } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';

function levelDbfs(samples: Int16Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return 10 * Math.log10(power / 32_768 ** 2 + 1e-12);
}

describe('background sound', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;

  beforeEach(async () => {
    engine = createEngine();
    peer = await PacketPeer.open();
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  /** The loop is made when it is asked for the first time: until then it is silent. */
  async function hear(call: ListeningSession, background: BackgroundSound, slots: number) {
    call.session.setBackground(background);
    call.session.connect(pcmuAt(peer.port));
    while (call.audio.at(-1)?.sent.every((sample) => sample === 0) ?? true) {
      await call.slots(call.audio.length + 1);
    }
    const begin = call.sent().length;
    await call.slots(call.audio.length + slots);
    return call.sent().subarray(begin);
  }

  it.each(['low', 'medium', 'high'] as const)('is heard at its %s level', async (level) => {
    const heard = await hear(new ListeningSession(engine), { sound: 'call_center', level }, 150);
    expect(Math.abs(levelDbfs(heard) - BACKGROUND_LEVELS_DBFS[level])).toBeLessThan(4);
  });

  it('begins at another place in each call', async () => {
    const background = { sound: 'call_center', level: 'high' } as const;
    const one = await hear(new ListeningSession(engine), background, 10);
    const other = await hear(new ListeningSession(engine), background, 10);
    expect(one).not.toEqual(other);
  });

  it('goes away, and speech is then what was written', async () => {
    const call = new ListeningSession(engine);
    await hear(call, { sound: 'keyboard', level: 'high' }, 2);
    call.session.setBackground(undefined);
    await call.slots(call.audio.length + 4);
    const begin = call.sent().length;
    await call.slots(call.audio.length + 10);
    expect(
      call
        .sent()
        .subarray(begin)
        .every((sample) => sample === 0),
    ).toBe(true);
  });

  it('lies under what is said', async () => {
    const call = new ListeningSession(engine);
    await hear(call, { sound: 'call_center', level: 'low' }, 1);
    call.session.write(1, new Int16Array(8_000).fill(12_000), 8_000);
    const started = await call.event('playout-started');
    await call.slots(call.audio.length + 6);
    const spoken = call.audio.slice(call.audio.findIndex(({ atMs }) => atMs === started.atMs) + 2);
    const strays = spoken.flatMap(({ sent }) => Array.from(sent, (sample) => sample - 12_000));
    expect(strays.every((stray) => Math.abs(stray) < 2_000)).toBe(true);
    expect(strays.some((stray) => stray !== 0)).toBe(true);
  });
});
