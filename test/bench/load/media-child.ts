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
import type { ClosedCalls, MediaAnswer, MediaQuestion } from './media-process.ts';
import { agentSpeech } from './speech-loop.ts';
import { TalkingAgents } from './talking-agents.ts';

/** The media engine in a process of its own, with the least that an application does with what it hears. */
const WEIGHTS = fileURLToPath(new URL('../../../build/silero-v6.bin', import.meta.url));
const PORTS = { portFirst: 10_000, portLast: 31_999 };
/** To a recogniser audio goes in pieces of 100 ms. */
const PIECE_SAMPLES = 800;
const DUCK_DB = -12;

let engine: NativeMediaEngine | undefined;
let agents: TalkingAgents | undefined;
const calls: Call[] = [];

class Call implements MediaListener {
  readonly session: MediaSession;
  readonly #closed = Promise.withResolvers<MediaEvent & { type: 'closed' }>();
  #piece = new Int16Array(PIECE_SAMPLES);
  #filled = 0;

  constructor(media: NativeMediaEngine) {
    this.session = media.openSession({ rtpTimeoutMs: 0, duckDb: DUCK_DB, vad: DEFAULT_VAD }, this);
  }

  onAudio({ received }: MediaAudio): void {
    const fits = received.subarray(0, PIECE_SAMPLES - this.#filled);
    this.#piece.set(fits, this.#filled);
    this.#filled += fits.length;
    if (this.#filled < PIECE_SAMPLES) return;
    // Here it would go to the recogniser, which keeps it.
    this.#piece = new Int16Array(PIECE_SAMPLES);
    this.#filled = 0;
  }

  onEvent(event: MediaEvent): void {
    if (event.type === 'speech-ended') this.session.release();
    if (event.type === 'closed') this.#closed.resolve(event);
  }

  async close(): Promise<MediaEvent & { type: 'closed' }> {
    this.session.close();
    return this.#closed.promise;
  }
}

process.on('message', (question: MediaQuestion) => {
  void answer(question).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => void engine?.close());

async function answer(question: MediaQuestion): Promise<MediaAnswer> {
  switch (question.type) {
    case 'start':
      engine = NativeMediaEngine.create({
        host: '127.0.0.1',
        ...PORTS,
        threads: question.threads,
        vadWeightsPath: WEIGHTS,
      });
      globalThis.gc?.();
      return {};
    case 'open':
      return { ports: await open(question) };
    case 'block':
      block(question.ms);
      return {};
    case 'close':
      return { closed: await close() };
    default:
      return question satisfies never;
  }
}

async function open(question: MediaQuestion & { type: 'open' }): Promise<readonly number[]> {
  const { count, remotePort, agentRateHz, recordIn } = question;
  const media = engine;
  if (media === undefined) throw new Error('open comes after start');
  for (let index = 0; index < count; index++) {
    const call = new Call(media);
    call.session.connect({
      address: '127.0.0.1',
      port: remotePort,
      codec: 'PCMU',
      sampleRateHz: 8_000,
      payloadType: 0,
      rtcpMux: false,
      ptimeMs: 20,
    });
    if (recordIn !== undefined) call.session.startRecording(join(recordIn, `${index}.wav`));
    calls.push(call);
  }
  const sessions = calls.map(({ session }) => session);
  const reply = await agentSpeech(TalkingAgents.REPLY_MS, agentRateHz);
  agents = new TalkingAgents(sessions, reply, agentRateHz);
  return sessions.map(({ localPort }) => localPort);
}

/** JavaScript does nothing else for so long. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function close(): Promise<ClosedCalls> {
  agents?.close();
  const events = await Promise.all(calls.splice(0).map((call) => call.close()));
  const sum = (of: (event: MediaEvent & { type: 'closed' }) => number) =>
    events.reduce((total, event) => total + of(event), 0);
  return {
    packetsReceived: sum(({ stats }) => stats.packetsReceived),
    packetsSent: sum(({ stats }) => stats.packetsSent),
    concealedMs: sum(({ stats }) => stats.concealedMs),
    audioSlotsLost: engine?.audioSlotsLost ?? 0,
  };
}
