import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import {
  DEFAULT_VAD,
  type MediaAudio,
  type MediaEvent,
  type MediaListener,
  type MediaSession,
} from '../../../src/media/media-engine.ts';
import type { LineAnswer, LineQuestion, LineResult } from './line-process.ts';

/** The engine in a process of its own: for each line a session that hears the caller, bridged with one whose peer is the listener. */
const WEIGHTS = fileURLToPath(new URL('../../../build/silero-v6.bin', import.meta.url));
const PORTS = { portFirst: 10_000, portLast: 10_999 };

const engine = NativeMediaEngine.create({
  host: '127.0.0.1',
  ...PORTS,
  threads: 1,
  vadWeightsPath: WEIGHTS,
});
const lines: { readonly heard: Leg; readonly played: Leg }[] = [];

class Leg implements MediaListener {
  readonly session: MediaSession;
  readonly closed = Promise.withResolvers<MediaEvent & { type: 'closed' }>();
  /** What was received, as the recogniser gets it, and when it was handed up: position in samples, time. */
  readonly slots: Int16Array[] = [];
  readonly handedUp: number[] = [];
  #samples = 0;
  readonly speechStartedMs: number[] = [];
  startMs: number | undefined;

  constructor(port: number, beside?: MediaSession) {
    const options = { rtpTimeoutMs: 0, duckDb: 0, vad: DEFAULT_VAD };
    this.session = engine.openSession(beside ? { ...options, beside } : options, this);
    this.session.connect({
      address: '127.0.0.1',
      port,
      codec: 'PCMU',
      sampleRateHz: 8_000,
      payloadType: 0,
      rtcpMux: false,
      ptimeMs: 20,
    });
  }

  onAudio({ atMs, received }: MediaAudio): void {
    this.startMs ??= atMs;
    if (received.length === 0) return;
    this.slots.push(received.slice());
    this.handedUp.push(this.#samples, atMs);
    this.#samples += received.length;
  }

  onEvent(event: MediaEvent): void {
    if (event.type === 'speech-started') this.speechStartedMs.push(event.atMs);
    if (event.type === 'closed') this.closed.resolve(event);
  }
}

process.on('message', (question: LineQuestion) => {
  void answer(question).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => void engine.close());

async function answer(question: LineQuestion): Promise<LineAnswer> {
  if (question.type === 'open') {
    const heard = new Leg(question.relayPort);
    const played = new Leg(question.listenerPort, heard.session);
    heard.session.bridge(played.session, 'nobody');
    lines.push({ heard, played });
    return { enginePort: heard.session.localPort };
  }
  return { results: await Promise.all(lines.map((_, index) => finish(index, question.folder))) };
}

/** LINE.heard is what the analysis path gave, one slot after the other; LINE.times when. */
async function finish(index: number, folder: string): Promise<LineResult> {
  const line = lines[index];
  if (line === undefined) throw new Error(`there is no line ${index}`);
  const { heard, played } = line;
  heard.session.close();
  played.session.close();
  const { stats } = await heard.closed.promise;
  await writeFile(join(folder, `${index}.heard`), Buffer.concat(heard.slots.map(bytesOf)));
  await writeFile(join(folder, `${index}.times`), Float64Array.from(heard.handedUp));
  return { startMs: heard.startMs ?? 0, stats, speechStartedMs: heard.speechStartedMs };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
