import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import {
  DEFAULT_VAD,
  type MediaAudio,
  type MediaEvent,
  type MediaListener,
  type MediaSession,
  type MediaSessionOptions,
  type RtpRemote,
} from '../../../src/media/media-engine.ts';

export const VAD_WEIGHTS_PATH = fileURLToPath(
  new URL('../../../build/silero-v6.bin', import.meta.url),
);

/** Each test file has its own range: files run one after the other, ports are quick to be free again. */
export function createEngine(portFirst = 41_000, portLast = 41_063): NativeMediaEngine {
  return NativeMediaEngine.create({
    host: '127.0.0.1',
    portFirst,
    portLast,
    threads: 1,
    vadWeightsPath: VAD_WEIGHTS_PATH,
  });
}

export function pcmuAt(port: number, more: Partial<RtpRemote> = {}): RtpRemote {
  return {
    address: '127.0.0.1',
    port,
    codec: 'PCMU',
    sampleRateHz: 8000,
    payloadType: 0,
    telephoneEventPayloadType: 101,
    rtcpMux: false,
    ptimeMs: 20,
    ...more,
  };
}

type EventOf<Type extends MediaEvent['type']> = Extract<MediaEvent, { type: Type }>;

/** A session that keeps what it hears. */
export class ListeningSession implements MediaListener {
  readonly events: MediaEvent[] = [];
  readonly audio: MediaAudio[] = [];
  readonly session: MediaSession;
  readonly #news = new EventEmitter();

  constructor(engine: NativeMediaEngine, options: Partial<MediaSessionOptions> = {}) {
    this.session = engine.openSession(
      { rtpTimeoutMs: 0, duckDb: -12, vad: DEFAULT_VAD, ...options },
      this,
    );
  }

  onAudio(audio: MediaAudio): void {
    this.audio.push({
      atMs: audio.atMs,
      sampleRateHz: audio.sampleRateHz,
      received: audio.received.slice(),
      sent: audio.sent.slice(),
    });
    this.#news.emit('audio');
  }

  onEvent(event: MediaEvent): void {
    this.events.push(event);
    this.#news.emit('event');
  }

  eventsOf<Type extends MediaEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** The first event of that type, now or when it comes. */
  async event<Type extends MediaEvent['type']>(type: Type): Promise<EventOf<Type>> {
    return (await this.eventCount(type, 1)).at(-1) as EventOf<Type>;
  }

  async eventCount<Type extends MediaEvent['type']>(
    type: Type,
    count: number,
  ): Promise<EventOf<Type>[]> {
    while (this.eventsOf(type).length < count) await once(this.#news, 'event');
    return this.eventsOf(type);
  }

  /** When `slots` slots have passed since the session was connected. */
  async slots(slots: number): Promise<void> {
    while (this.audio.length < slots) await once(this.#news, 'audio');
  }

  /** Everything sent so far, in order. */
  sent(): Int16Array {
    return concat(this.audio.map((audio) => audio.sent));
  }

  received(): Int16Array {
    return concat(this.audio.map((audio) => audio.received));
  }
}

function concat(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** `durationMs` of a tone at 8 kHz, loud. */
export function tone(
  frequencyHz: number,
  durationMs: number,
  sampleRateHz = 8_000,
): Int16Array<ArrayBuffer> {
  const samples = new Int16Array((durationMs * sampleRateHz) / 1_000);
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz;
  return samples.map((_, index) => Math.round(8_000 * Math.sin(step * index)));
}
