import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import type { AgentAudience } from '../../../src/media/media-engine.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';

const [CALLER_HZ, TARGET_HZ, AGENT_HZ] = [500, 900, 1_700];
/** Slots before everything is in its stride, and those that are looked at. */
const [WARM_UP, LOOKED_AT] = [25, 50];

let engine: NativeMediaEngine;
beforeEach(() => {
  engine = createEngine();
});
afterEach(() => engine.close());

/** A peer that says a tone, a packet for each one it gets. */
async function speakingPeer(port: number, frequencyHz: number): Promise<PacketPeer> {
  const peer = (await PacketPeer.open()).aimAt(port);
  const voice = encodeMuLaw(tone(frequencyHz, 1_000));
  let at = 0;
  peer.answerWith(() => {
    const payload = voice.subarray(at, at + 160);
    at = (at + 160) % voice.length;
    return payload;
  });
  return peer;
}

/** Which of the three tones are in what `peer` got last. */
function tonesIn(peer: PacketPeer): readonly number[] {
  const packets = peer.packets.slice(-LOOKED_AT);
  const samples = packets.flatMap(({ payload }) => [...decodeMuLaw(payload)]);
  return [CALLER_HZ, TARGET_HZ, AGENT_HZ].filter((hz) => amplitude(samples, hz) > 2_000);
}

function amplitude(samples: readonly number[], frequencyHz: number, rateHz = 8_000): number {
  const step = (2 * Math.PI * frequencyHz) / rateHz;
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    real += sample * Math.cos(step * index);
    imaginary += sample * Math.sin(step * index);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

async function bridged() {
  const first = new ListeningSession(engine, { duckDb: 0 });
  const second = new ListeningSession(engine, { duckDb: 0, beside: first.session });
  const caller = await speakingPeer(first.session.localPort, CALLER_HZ);
  const target = await speakingPeer(second.session.localPort, TARGET_HZ);
  first.session.connect(pcmuAt(caller.port));
  second.session.connect(pcmuAt(target.port));
  first.session.write(1, tone(AGENT_HZ, 10_000), 8_000);
  const settle = async () => {
    const slots = first.audio.length + WARM_UP + LOOKED_AT;
    await first.slots(slots);
    await caller.received(caller.packets.length + 1);
    await target.received(target.packets.length + 1);
  };
  return { first, second, caller, target, settle };
}

describe('two sessions bridged in the engine', () => {
  test.each<[AgentAudience, readonly number[], readonly number[]]>([
    ['nobody', [TARGET_HZ], [CALLER_HZ]],
    ['own', [TARGET_HZ, AGENT_HZ], [CALLER_HZ]],
    ['other', [TARGET_HZ], [CALLER_HZ, AGENT_HZ]],
    ['both', [TARGET_HZ, AGENT_HZ], [CALLER_HZ, AGENT_HZ]],
  ])('with the agent heard by %s', async (audience, callerHears, targetHears) => {
    const { first, second, caller, target, settle } = await bridged();
    first.session.bridge(second.session, audience);
    await settle();

    expect(tonesIn(caller)).toEqual(callerHears);
    expect(tonesIn(target)).toEqual(targetHears);
    caller.close();
    target.close();
  });

  test('are apart again after unbridge, and when one of them closes', async () => {
    const { first, second, caller, target, settle } = await bridged();
    first.session.bridge(second.session, 'both');
    await settle();
    second.session.unbridge();
    await settle();
    expect(tonesIn(caller)).toEqual([AGENT_HZ]);
    expect(tonesIn(target)).toEqual([]);

    first.session.bridge(second.session, 'nobody');
    second.session.close();
    await second.event('closed');
    await first.slots(first.audio.length + WARM_UP + LOOKED_AT);
    expect(tonesIn(caller)).toEqual([AGENT_HZ]);
    caller.close();
    target.close();
  });

  test('a muted one is sent silence, and hears again afterwards', async () => {
    const { first, second, caller, target, settle } = await bridged();
    first.session.bridge(second.session, 'both');
    first.session.setMuted(true);
    await settle();
    expect(tonesIn(caller)).toEqual([]);
    expect(tonesIn(target)).toEqual([CALLER_HZ, AGENT_HZ]);

    first.session.setMuted(false);
    await settle();
    expect(tonesIn(caller)).toEqual([TARGET_HZ, AGENT_HZ]);
    caller.close();
    target.close();
  });

  test.each([
    { codec: 'G722', sampleRateHz: 16_000 },
    { codec: 'opus', sampleRateHz: 16_000 },
    { codec: 'L16', sampleRateHz: 16_000 },
    { codec: 'PCMA', ptimeMs: 30 },
  ] as const)('hear each other between PCMU and $codec', async (terms) => {
    const other = { payloadType: 96, ...terms };
    const first = new ListeningSession(engine);
    const second = new ListeningSession(engine, { beside: first.session });
    const caller = new ListeningSession(engine);
    const target = new ListeningSession(engine);
    first.session.connect(pcmuAt(caller.session.localPort));
    caller.session.connect(pcmuAt(first.session.localPort));
    second.session.connect(pcmuAt(target.session.localPort, other));
    target.session.connect(pcmuAt(second.session.localPort, other));
    first.session.bridge(second.session, 'nobody');
    caller.session.write(1, tone(CALLER_HZ, 3_000), 8_000);
    target.session.write(1, tone(TARGET_HZ, 3_000), 8_000);
    await first.slots(WARM_UP + LOOKED_AT);
    const [toCaller, toTarget] = [caller, target].map(heardLately);

    expect(toCaller?.hears(TARGET_HZ)).toBe(true);
    expect(toTarget?.hears(CALLER_HZ)).toBe(true);
    expect(toCaller?.hears(CALLER_HZ) || toTarget?.hears(TARGET_HZ)).toBe(false);
  });
});

function heardLately({ audio }: ListeningSession) {
  const slots = audio.slice(-WARM_UP);
  const rateHz = slots[0]?.sampleRateHz ?? 8_000;
  const samples = slots.flatMap(({ received }) => [...received]);
  return { hears: (frequencyHz: number) => amplitude(samples, frequencyHz, rateHz) > 2_000 };
}
