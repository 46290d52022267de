import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = 'pocketsphinx_continuous';
const HALF_TAPS = 24;
/** Share of what follows a word that was never seen to follow it. */
const UNSEEN = 0.2;
const MAX_MS = 240_000;

const execute = promisify(execFile);

/** The free recogniser pocketsphinx, where it is installed, with a language model of the words that are said: it judges how well they can still be told apart. */
export class Recogniser {
  readonly #folder: string;
  readonly #transcript: readonly string[];
  readonly #modelPath: string;

  private constructor(folder: string, transcript: readonly string[], modelPath: string) {
    this.#folder = folder;
    this.#transcript = transcript;
    this.#modelPath = modelPath;
  }

  /** Undefined where the program is not installed. */
  static async open(
    folder: string,
    transcript: readonly string[],
  ): Promise<Recogniser | undefined> {
    try {
      await execute(PROGRAM, ['-h'], { timeout: MAX_MS });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    }
    const modelPath = join(folder, 'words.arpa');
    await writeFile(modelPath, bigramModel(transcript));
    return new Recogniser(folder, transcript, modelPath);
  }

  /** Of 8 kHz audio from -1 to 1, in percent. */
  async wordErrorRate(name: string, samples: Float32Array): Promise<number> {
    const path = join(this.#folder, `${name}.raw`);
    await writeFile(path, toPcm(doubled(samples)));
    const args = [
      '-infile',
      path,
      '-lm',
      this.#modelPath,
      '-fwdflat',
      'no',
      '-bestpath',
      'no',
      '-logfn',
      '/dev/null',
    ];
    const { stdout } = await execute(PROGRAM, args, { timeout: MAX_MS });
    const words = stdout.split(/\s+/).filter((word) => word !== '');
    return (100 * wordErrors(this.#transcript, words)) / this.#transcript.length;
  }
}

/** Insertions, deletions and substitutions that make one of the other (Levenshtein). */
export function wordErrors(said: readonly string[], heard: readonly string[]): number {
  let row = Array.from({ length: heard.length + 1 }, (_, index) => index);
  said.forEach((word, index) => {
    const next = [index + 1];
    heard.forEach((other, column) => {
      const substituted = (row[column] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(substituted, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    });
    row = next;
  });
  return row[heard.length] ?? 0;
}

/** Word pairs in the ARPA format, with back-off to single words. */
export function bigramModel(words: readonly string[]): string {
  const singles = count(['</s>', ...words]);
  const pairs = count(words.slice(1).map((word, index) => `${words[index]} ${word}`));
  const total = [...singles.values()].reduce((sum, times) => sum + times, 0);
  const backOff = Math.log10(UNSEEN).toFixed(4);
  const singleLines = [...singles].map(
    ([word, times]) => `${Math.log10(times / total).toFixed(4)} ${word} ${backOff}`,
  );
  const pairLines = [...pairs].map(([pair, times]) => {
    const before = singles.get(pair.split(' ')[0] ?? '') ?? 1;
    return `${Math.log10(((1 - UNSEEN) * times) / before).toFixed(4)} ${pair}`;
  });
  return [
    '\\data\\',
    `ngram 1=${singleLines.length + 1}`,
    `ngram 2=${pairLines.length}`,
    '',
    '\\1-grams:',
    `-99 <s> 0`,
    ...singleLines,
    '',
    '\\2-grams:',
    ...pairLines,
    '',
    '\\end\\',
    '',
  ].join('\n');
}

function count(items: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** 16 bits, as the recogniser takes a file without a header: at 16 kHz. */
function toPcm(samples: Float32Array): Uint8Array {
  const pcm = Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767);
  return new Uint8Array(pcm.buffer);
}

/** Twice the rate: what is between two samples by a windowed sinc. */
function doubled(samples: Float32Array): Float32Array {
  const weights = Array.from({ length: 2 * HALF_TAPS }, (_, index) => {
    const x = index - HALF_TAPS + 0.5;
    const hann = 0.5 + 0.5 * Math.cos((Math.PI * x) / HALF_TAPS);
    return (hann * Math.sin(Math.PI * x)) / (Math.PI * x);
  });
  const out = new Float32Array(2 * samples.length);
  for (let at = 0; at < samples.length; at++) {
    out[2 * at] = samples[at] ?? 0;
    let between = 0;
    for (let tap = 0; tap < weights.length; tap++)
      between += (weights[tap] ?? 0) * (samples[at + tap - HALF_TAPS + 1] ?? 0);
    out[2 * at + 1] = between;
  }
  return out;
}
