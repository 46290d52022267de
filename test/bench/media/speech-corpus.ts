import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readWav } from '../../../src/cli/demo/wav-file.ts';

const SOUNDS = '/usr/share/asterisk/sounds/en';
const DEMO = fileURLToPath(new URL('../../../assets/demo', import.meta.url));
const PAUSE_SAMPLES = 4_000;
const PACKET_SAMPLES = 160;

/** Of the Debian package asterisk-core-sounds-en-wav: recorded human speech, with what is said in it as the recogniser's words. */
const PROMPTS: Readonly<Record<string, string>> = {
  'vm-options':
    'press one to record your unavailable message press two to record your busy message press three to record your name press four to record your temporary greeting press five to change your password press star to return to the main menu',
  'demo-echotest':
    'you are about to enter an echo test in this mode everything you say will be repeated back to you just as soon as it is received the purpose of this test is to give you an audible sense of the latency between you and the machine that is running the echo test application you may end the test by hanging up or by pressing the pound key',
  'dir-intro':
    "welcome to the directory please enter the first three letters of your party's last name using your touch tone keypad use the seven key for q and the nine key for z",
  'queue-periodic-announce':
    'all of our representatives are currently busy please stay on the line and your call will be answered by the next available representative',
  'priv-callee-options':
    "dial one if you wish this caller to reach you directly now and in the future dial two if you wish to send this caller to voicemail now and forevermore dial three to send this caller to the torture menus now and forevermore dial four to send this caller to a polite don't call menu now and forevermore dial five to allow this caller to come straight through to you in the future but just this once send them to voicemail",
  'vm-msginstruct':
    'to hear the next message press six to repeat this message press five to hear the previous message press four to delete or undelete this message press zero to quit voicemail press pound',
};
const DEMO_CLIPS = ['question-1', 'question-2', 'interruption'];

export interface SpeechCorpus {
  readonly name: string;
  /** 8 kHz, whole packets. */
  readonly samples: Int16Array;
  /** What is said, word for word; undefined when it is not human speech. */
  readonly transcript: readonly string[] | undefined;
}

/** Recorded human speech where it is installed, else the demo's synthetic callers; cut to `seconds`, or repeated. */
export async function speechCorpus(seconds: number): Promise<SpeechCorpus> {
  const human = await recordedPrompts();
  const parts = human ?? (await readAll(DEMO_CLIPS.map((name) => `${DEMO}/${name}.wav`)));
  const once = withPauses(parts);
  const length = Math.floor((seconds * 8_000) / PACKET_SAMPLES) * PACKET_SAMPLES;
  const isWhole = human !== undefined && once.length <= length;
  const samples = Int16Array.from(
    { length: isWhole ? once.length : length },
    (_, index) => once[index % once.length] ?? 0,
  );
  return {
    name: human === undefined ? 'synthetic' : 'recorded human',
    samples: samples.subarray(0, samples.length - (samples.length % PACKET_SAMPLES)),
    transcript: isWhole ? Object.values(PROMPTS).flatMap((text) => text.split(' ')) : undefined,
  };
}

async function recordedPrompts(): Promise<readonly Int16Array[] | undefined> {
  try {
    await readFile(`${SOUNDS}/vm-options.wav`);
  } catch {
    return undefined;
  }
  return readAll(Object.keys(PROMPTS).map((name) => `${SOUNDS}/${name}.wav`));
}

async function readAll(paths: readonly string[]): Promise<readonly Int16Array[]> {
  const wavs = await Promise.all(paths.map((path) => readWav(path)));
  return wavs.map(({ channels }) => channels[0] ?? new Int16Array());
}

function withPauses(parts: readonly Int16Array[]): Int16Array {
  const length = parts.reduce((sum, part) => sum + part.length + PAUSE_SAMPLES, 0);
  const whole = new Int16Array(length);
  let at = PAUSE_SAMPLES / 2;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length + PAUSE_SAMPLES;
  }
  return whole;
}
