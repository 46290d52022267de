import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { DEFAULT_VAD } from '../../../src/media/media-engine.ts';
import { createEngine, ListeningSession, pcmuAt } from './listening-session.ts';
import { MU_LAW_SILENCE } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';
import { payloads, voice } from './synthetic-voice.ts';

function twiceAsMany(samples: Int16Array): Int16Array {
  return Int16Array.from({ length: 2 * samples.length }, (_, at) => {
    const before = samples[at >> 1] ?? 0;
    return at % 2 === 0 ? before : Math.round((before + (samples[(at + 1) >> 1] ?? before)) / 2);
  });
}

/** 20 ms at 16 kHz, silence where there are no samples. */
function bigEndian(samples: Int16Array): Uint8Array {
  const bytes = Buffer.alloc(640);
  samples.forEach((sample, at) => {
    bytes.writeInt16BE(sample, 2 * at);
  });
  return bytes;
}

const LEVEL = 8_000;
/** -12 dB. */
const DUCKED_LEVEL = Math.round(LEVEL * 10 ** (-12 / 20));

describe('the reflex on speech during playout', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;
  let say: Uint8Array[];

  beforeEach(async () => {
    engine = createEngine();
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    peer.aimAt(call.session.localPort);
    call.session.connect(pcmuAt(peer.port));
    say = [];
    peer.answerWith(() => say.shift() ?? MU_LAW_SILENCE);
    await call.slots(5);
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  function play(): void {
    call.session.write(1, new Int16Array(8 * 6_000).fill(LEVEL), 8_000);
  }

  function levelAt(atMs: number): number | undefined {
    return call.audio.find((audio) => audio.atMs === atMs)?.sent.at(-1);
  }

  it('attenuates the agent by duckDb, says when, and releases to full level', async () => {
    play();
    await call.event('playout-started');
    say = payloads(voice(1_500));
    const started = await call.event('speech-started');
    const ducked = await call.event('ducked');
    expect(started.onsetMs).toBeLessThanOrEqual(started.atMs);
    expect(ducked.atMs).toBeGreaterThanOrEqual(started.atMs);
    await call.slots(call.audio.length + 1);
    expect(levelAt(ducked.atMs)).toBe(DUCKED_LEVEL);
    await call.event('speech-confirmed');
    call.session.release();
    await call.slots(call.audio.length + 3);
    expect(call.audio.at(-1)?.sent.at(-1)).toBe(LEVEL);
    expect(call.eventsOf('ducked')).toHaveLength(1);
  });

  it('tells beginning, confirmation and end of speech on the media clock', async () => {
    say = payloads(voice(1_000));
    const started = await call.event('speech-started');
    const confirmed = await call.event('speech-confirmed');
    const ended = await call.event('speech-ended');
    expect(confirmed.onsetMs).toBe(started.onsetMs);
    expect(ended.onsetMs).toBe(started.onsetMs);
    expect(ended.endMs).toBeGreaterThan(started.onsetMs + 700);
    expect(ended.endMs).toBeLessThan(ended.atMs);
    expect(call.eventsOf('ducked')).toHaveLength(0);
  });

  it('leaves the agent alone when it is switched off', async () => {
    call.session.setDuckOnSpeech(false);
    play();
    await call.event('playout-started');
    say = payloads(voice(1_000));
    await call.event('speech-ended');
    expect(call.eventsOf('ducked')).toHaveLength(0);
  });

  it('takes other thresholds and another depth during the call', async () => {
    call.session.setVad({ duckDb: -6, vad: { ...DEFAULT_VAD, onThreshold: 1, offThreshold: 1 } });
    play();
    await call.event('playout-started');
    say = payloads(voice(600));
    await call.slots(call.audio.length + 45);
    expect(call.eventsOf('speech-started')).toHaveLength(0);
    expect(call.eventsOf('ducked')).toHaveLength(0);
    call.session.setVad({ duckDb: -6, vad: DEFAULT_VAD });
    say = payloads(voice(600));
    const ducked = await call.event('ducked');
    await call.slots(call.audio.length + 1);
    expect(levelAt(ducked.atMs)).toBe(Math.round(LEVEL * 10 ** (-6 / 20)));
  });

  it('ducks by a threshold of its own, before speech is certain or after', async () => {
    call.session.setVad({ duckDb: -12, vad: DEFAULT_VAD, reflex: { threshold: 0.5, frames: 8 } });
    play();
    await call.event('playout-started');
    say = payloads(voice(1_500));
    const started = await call.event('speech-started');
    const ducked = await call.event('ducked');
    expect(ducked.atMs - started.atMs).toBeGreaterThanOrEqual(150);
  });

  it('hears the speech of a wideband call with the network of 16 kHz', async () => {
    const wide = new ListeningSession(engine);
    const wideband = { codec: 'L16', sampleRateHz: 16_000, payloadType: 96 } as const;
    const far = await PacketPeer.open();
    far.aimAt(wide.session.localPort);
    wide.session.connect(pcmuAt(far.port, wideband));
    const speech = twiceAsMany(voice(1_000));
    let slot = 0;
    const send = () => {
      const payload = bigEndian(speech.subarray(slot * 320, slot * 320 + 320));
      far.send({ payload, payloadType: 96, timestamp: slot * 320 });
      slot += 1;
    };
    far.answerBy(send);
    const started = await wide.event('speech-started');
    const ended = await wide.event('speech-ended');
    expect(ended.endMs - started.onsetMs).toBeGreaterThan(600);
    expect(wide.audio[0]?.sampleRateHz).toBe(16_000);
    far.close();
  });

  it('ends the speech of a peer that stops sending', async () => {
    say = payloads(voice(800));
    await call.event('speech-confirmed');
    call.session.setDuckOnSpeech(true);
    peer.aimAt(9);
    const ended = await call.event('speech-ended');
    expect(ended.endMs).toBeLessThan(ended.atMs);
  });
});
