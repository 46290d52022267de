import { fileURLToPath } from 'node:url';
import { levelDbfs } from '../../../src/audio/level.ts';
import { readWav } from '../../../src/cli/demo/wav-file.ts';

const FRAME_SAMPLES = 160;
const QUIET_DBFS = -42;
/** Quiet frames in a row that stay: a plosive, not a pause. */
const MAX_QUIET_FRAMES = 2;
const CLIP_FRAMES = 60;

const RECORDINGS = ['question-1', 'question-2', 'interruption'];

/**
 * What the bench's callers say: 1.2 s of speech each, without a pause in it (the vendor's server would take one for the end of the speech), beginning and
 * ending with a loud packet, so that "the last packet of speech" has one meaning.
 */
export async function speechClips(): Promise<readonly Int16Array[]> {
  const clips = await Promise.all(
    RECORDINGS.map(async (name) => {
      const path = new URL(`../../../assets/demo/${name}.wav`, import.meta.url);
      const { channels } = await readWav(fileURLToPath(path));
      return cutClips(withoutPauses(channels[0] ?? new Int16Array()));
    }),
  );
  return clips.flat();
}

function withoutPauses(samples: Int16Array): Int16Array[] {
  const kept: Int16Array[] = [];
  let quiet = MAX_QUIET_FRAMES;
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
    const frame = samples.subarray(at, at + FRAME_SAMPLES);
    quiet = levelDbfs(frame) < QUIET_DBFS ? quiet + 1 : 0;
    if (quiet <= MAX_QUIET_FRAMES) kept.push(frame);
  }
  return kept;
}

function cutClips(frames: readonly Int16Array[]): Int16Array[] {
  const clips: Int16Array[] = [];
  for (let at = 0; at + CLIP_FRAMES / 2 < frames.length; at += CLIP_FRAMES) {
    clips.push(joined(trimmed(frames.slice(at, at + CLIP_FRAMES))));
  }
  return clips;
}

function trimmed(frames: readonly Int16Array[]): readonly Int16Array[] {
  const isLoud = (frame: Int16Array) => levelDbfs(frame) > QUIET_DBFS + 10;
  return frames.slice(frames.findIndex(isLoud), frames.findLastIndex(isLoud) + 1);
}

function joined(frames: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(frames.length * FRAME_SAMPLES);
  frames.forEach((frame, index) => {
    samples.set(frame, index * FRAME_SAMPLES);
  });
  return samples;
}
