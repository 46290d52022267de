import { fileURLToPath } from 'node:url';
import { readWav } from './wav-file.ts';

/** Something the caller says: the recording, and its words for the screen. */
export interface Clip {
  readonly text: string;
  /** 8 kHz. */
  readonly samples: Int16Array;
}

export interface Clips {
  readonly firstQuestion: Clip;
  readonly secondQuestion: Clip;
  readonly interruption: Clip;
}

const FOLDER = new URL('../../../assets/demo/', import.meta.url);
const SAMPLE_RATE_HZ = 8_000;

/** The recorded questions; scripts/record-demo-questions.mjs says how they were made. */
export async function loadClips(): Promise<Clips> {
  return {
    firstQuestion: await load('question-1', 'Hello there, what can you do for me?'),
    secondQuestion: await load('question-2', 'Please tell me how a telephone works.'),
    interruption: await load('interruption', 'Wait, one more thing: are you a robot?'),
  };
}

async function load(name: string, text: string): Promise<Clip> {
  const path = fileURLToPath(new URL(`${name}.wav`, FOLDER));
  const { channels, sampleRateHz } = await readWav(path);
  const [samples] = channels;
  if (!samples || sampleRateHz !== SAMPLE_RATE_HZ) throw new Error(`${path} is not at 8 kHz`);
  return { text, samples };
}
