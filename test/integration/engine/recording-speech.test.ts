import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '../../../src/cli/caller/caller.ts';
import { loadClips } from '../../../src/cli/demo/clips.ts';
import { Recogniser } from '../../bench/media/recogniser.ts';
import { demoAgent, GREETING } from '../../support/engine/engine-config.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { readStereoWav } from '../../support/wav.ts';

const LIMIT_MS = 20_000;
/** The recogniser is as fast as people speak, on a machine that has nothing else to do. */
const LIMIT_OF_TEST_MS = 300_000;
/** In percent, of words: telephone audio and a free recogniser. */
const UNDERSTOOD = 50;
/** What the way through the telephone may cost beyond what the recogniser makes of the clips themselves; another voice than the one on its side costs 90. The caller is JavaScript: on a busy machine its packets jitter. */
const WORSE = 45;

/** The greeting takes less, what follows comes later. */
const GREETING_SAMPLES = 5 * 8_000;

const clips = await loadClips();
const folder = await mkdtemp(join(tmpdir(), 'trunkline-speech-'));
const callerWords = wordsOf(`${clips.firstQuestion.text} ${clips.secondQuestion.text}`);
const agentWords = wordsOf(GREETING);
const recogniser = await Recogniser.open(folder, callerWords);
let engine: RunningEngine;

beforeAll(async () => {
  engine = await RunningEngine.start({
    recordings: { format: 'wav' },
    agents: { demo: demoAgent({ record: true }) },
  });
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[a-z']+/g) ?? [];
}

function floats(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32_768);
}

/** The greeting, then two questions; the answer is not waited for. Returns the id of the call. */
async function recordedCall(): Promise<string> {
  const { remote, api } = engine;
  const caller = await Caller.call({ ...remote, toUser: 'demo', fromUser: '+4930555' });
  const spokenMs = await caller.hearsSpeech(0, LIMIT_MS);
  await caller.hearsMore(1_500, LIMIT_MS);
  await caller.hearsSilence(700, LIMIT_MS);
  expect(spokenMs).toBeGreaterThan(0);
  await caller.say(clips.firstQuestion.samples);
  await caller.say(clips.secondQuestion.samples);
  await caller.hangUp();
  const id = await api.newest();
  await api.ended(id);
  return id;
}

// A recogniser of others is the judge; apt-get install pocketsphinx pocketsphinx-en-us.
test.skipIf(recogniser === undefined)(
  'an independent recogniser understands each side of a recorded call, on its own side',
  async () => {
    const id = await recordedCall();
    const wav = readStereoWav(await readFile(join(engine.dataDir, 'recordings', `${id}.wav`)));
    const agentJudge = await Recogniser.open(await mkdtemp(join(folder, 'agent-')), agentWords);
    const greeting = floats(wav.right.subarray(0, GREETING_SAMPLES));
    expect(await agentJudge?.wordErrorRate('agent', greeting)).toBeLessThan(UNDERSTOOD);
    const { firstQuestion, secondQuestion } = clips;
    const said = Int16Array.from([...firstQuestion.samples, ...secondQuestion.samples]);
    const clean = (await recogniser?.wordErrorRate('said', floats(said))) ?? 0;
    expect(await recogniser?.wordErrorRate('caller', floats(wav.left))).toBeLessThan(clean + WORSE);
  },
  LIMIT_OF_TEST_MS,
);
