import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { readStereoWav } from '../../support/wav.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { MU_LAW_SILENCE } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';
import { payloads } from './synthetic-voice.ts';

const SLOT = 160;

describe('a recording', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trunkline-recording-'));
    path = join(directory, 'call.wav');
    engine = createEngine(41_300, 41_331);
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    peer.aimAt(call.session.localPort);
    call.session.connect(pcmuAt(peer.port));
    await peer.received(1);
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
    await rm(directory, { recursive: true });
  });

  function play(samples: Int16Array, playoutId = 1): void {
    call.session.write(playoutId, samples, 8_000);
    call.session.finish(playoutId);
  }

  async function recorded() {
    return readStereoWav(await readFile(path));
  }

  test('has what was sent right, sample by sample, and left what a human heard of the peer, without a click', async () => {
    let at = 0;
    const voice = payloads(tone(300, 4_000));
    peer.answerWith(() => voice[at++ % voice.length] ?? MU_LAW_SILENCE);
    call.session.startRecording(path);
    play(tone(440, 1_500));
    await call.event('playout-ended');
    call.session.stopRecording();
    const ended = await call.event('recording-ended');

    expect(ended).toMatchObject({ reason: 'stopped', errno: 0, lostMs: 0 });
    const { right, left, sampleRateHz } = await recorded();
    expect(sampleRateHz).toBe(8_000);
    expect(right.length).toBe(ended.durationMs * 8);
    const begin = slotsOf(call.sent()).findIndex((_, slot) => isAt(right, call.sent(), slot));
    expect(begin).toBeGreaterThanOrEqual(0);
    for (const side of [left, right])
      expect(side.filter((sample) => sample !== 0).length).toBeGreaterThan(9_000);
    expect(largestStep(left)).toBeLessThanOrEqual(largestStep(call.received()) * 1.25);
  });

  test('that is paused has silence of that length, and nothing of what was said', async () => {
    call.session.startRecording(path);
    play(tone(440, 3_000));
    await call.slots(call.audio.length + 20);
    call.session.pauseRecording(true);
    await call.slots(call.audio.length + 30);
    call.session.pauseRecording(false);
    await call.slots(call.audio.length + 20);
    call.session.stopRecording();
    const { durationMs } = await call.event('recording-ended');

    const { right } = await recorded();
    expect(right.length).toBe(durationMs * 8);
    const silent = slotsOf(right).map((slot) => slot.every((sample) => sample === 0));
    const from = silent.indexOf(true, 3);
    const to = silent.indexOf(false, from);
    expect(to - from).toBeGreaterThanOrEqual(25);
    expect(silent.slice(3, from)).not.toContain(true);
    expect(silent.slice(to)).not.toContain(true);
  });

  test('ends with its session, whose last event it is then', async () => {
    call.session.startRecording(path);
    await call.slots(call.audio.length + 10);
    call.session.close();
    const { durationMs } = await call.event('recording-ended');
    await call.event('closed');

    expect(durationMs).toBeGreaterThanOrEqual(180);
    expect((await recorded()).left.length).toBe(durationMs * 8);
  });

  test('ends with its engine', async () => {
    call.session.startRecording(path);
    await call.slots(call.audio.length + 10);
    await engine.close();

    const { durationMs } = await call.event('recording-ended');
    expect((await recorded()).left.length).toBe(durationMs * 8);
  });

  test.each([
    ['a file that is there', 'EEXIST', () => writeFile(path, 'older')],
    ['a folder that is not', 'ENOENT', () => rm(directory, { recursive: true }).then(() => {})],
  ] as const)('to %s is none, and the call goes on', async (_what, code, prepare) => {
    await prepare();
    call.session.startRecording(path);
    const ended = await call.event('recording-ended');

    expect(ended).toMatchObject({
      reason: 'not-opened',
      errno: constants.errno[code],
      durationMs: 0,
    });
    play(tone(440, 100));
    expect(await call.event('playout-ended')).toMatchObject({ reason: 'completed', playedMs: 100 });
    if (code === 'EEXIST') expect(await readFile(path, 'utf8')).toBe('older');
    else await mkdir(directory);
  });

  test('before the session is connected is none', async () => {
    const early = new ListeningSession(engine);
    early.session.startRecording(path);

    expect(await early.event('recording-ended')).toMatchObject({
      reason: 'not-opened',
      errno: constants.errno.ENOTCONN,
    });
  });

  test('follows another one in the same session', async () => {
    call.session.startRecording(path);
    await call.slots(call.audio.length + 5);
    call.session.startRecording(join(directory, 'second.wav'));
    await call.slots(call.audio.length + 5);
    call.session.stopRecording();

    const [first, second] = await call.eventCount('recording-ended', 2);
    expect([first?.reason, second?.reason]).toEqual(['stopped', 'stopped']);
    expect((await stat(path)).size).toBeGreaterThan(44);
    expect((await stat(join(directory, 'second.wav'))).size).toBeGreaterThan(44);
  });
});

function slotsOf(samples: Int16Array): readonly Int16Array[] {
  return Array.from({ length: samples.length / SLOT }, (_, at) =>
    samples.subarray(at * SLOT, (at + 1) * SLOT),
  );
}

function largestStep(samples: Int16Array): number {
  let largest = 0;
  for (let index = 1; index < samples.length; index++) {
    largest = Math.max(largest, Math.abs((samples[index] ?? 0) - (samples[index - 1] ?? 0)));
  }
  return largest;
}

function isAt(part: Int16Array, whole: Int16Array, slot: number): boolean {
  return part.every((sample, at) => sample === whole[slot * SLOT + at]);
}
