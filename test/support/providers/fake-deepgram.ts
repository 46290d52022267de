import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { containsSpeech } from './level-watch.ts';
import { hrtimeMs, Pacing } from './pacing.ts';
import type { HandshakeFault, SttFinalRecord } from './stt-record.ts';
import { closeWith, WebsocketDoor } from './websocket-door.ts';

export const FAKE_DEEPGRAM_KEY = 'dg-fake-0123456789abcdef';

/** What the server does when a stretch of speech ended. */
export type SpeechAnswer =
  | { readonly type: 'final'; readonly text: string }
  /** Several `is_final` results, the last of which ends the speech. */
  | { readonly type: 'segments'; readonly texts: readonly string[] }
  | { readonly type: 'silent' }
  | { readonly type: 'close'; readonly code: number }
  | { readonly type: 'malformed' };

export interface FakeDeepgramOptions {
  /**
   * `finalize`: the final comes so long after the client's Finalize. `silence`: the server hears the end of speech itself, by the
   * level of the audio, and the final comes so long after the last loud audio arrived.
   */
  finalOn: 'finalize' | 'silence';
  finalDelayMs: number;
  jitterMs: number;
  /** Called once per stretch of speech of the whole server. */
  answer: (speech: number) => SpeechAnswer;
  /** Sent once per stretch of speech, with the first loud audio. */
  interim: string | undefined;
}

export interface FakeDeepgramLog {
  readonly finals: SttFinalRecord[];
  /** Query of each connection. */
  readonly queries: Readonly<Record<string, string>>[];
  /** Types of the JSON messages received. */
  readonly messages: string[];
  audioMessages: number;
  audioBytes: number;
  closed: number;
}

/** A local server that speaks the wire protocol of Deepgram's live transcription. */
export class FakeDeepgram {
  readonly options: FakeDeepgramOptions = {
    finalOn: 'finalize',
    finalDelayMs: 0,
    jitterMs: 0,
    answer: () => ({ type: 'final', text: 'hello there' }),
    interim: undefined,
  };
  readonly handshakeFaults: HandshakeFault[] = [];
  readonly log: FakeDeepgramLog = {
    finals: [],
    queries: [],
    messages: [],
    audioMessages: 0,
    audioBytes: 0,
    closed: 0,
  };
  readonly #events = new EventEmitter();
  readonly #pacing: Pacing;
  readonly #door: WebsocketDoor;
  readonly #server: Server;
  #speeches = 0;
  #connections = 0;

  private constructor(seed: number) {
    this.#pacing = new Pacing(seed);
    this.#door = new WebsocketDoor(this.handshakeFaults, this.#changed);
    this.#server = createServer((_request, response) => response.writeHead(404).end());
    this.#events.setMaxListeners(0);
  }

  static async start(seed = 1): Promise<FakeDeepgram> {
    const server = new FakeDeepgram(seed);
    server.#listen();
    await once(server.#server, 'listening');
    return server;
  }

  get baseUrl(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  get openWebsockets(): number {
    return this.#door.openConnections;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Resolves as soon as what the server has seen satisfies the condition. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#events, 'changed');
  }

  async stop(): Promise<void> {
    this.#pacing.stop();
    this.#door.stop();
    this.#server.closeAllConnections();
    await new Promise((stopped) => this.#server.close(stopped));
  }

  readonly #changed = (): void => {
    this.#events.emit('changed');
  };

  #listen(): void {
    this.#server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', this.baseUrl);
      const authorized =
        request.headers.authorization === `Token ${FAKE_DEEPGRAM_KEY}` &&
        url.pathname === '/v1/listen';
      this.#door.upgrade([request, socket, head], authorized, (client) => {
        this.log.queries.push(Object.fromEntries(url.searchParams));
        new FakeDeepgramSession(client, {
          options: this.options,
          pacing: this.#pacing,
          log: this.log,
          connection: this.#connections,
          nextSpeech: () => this.#speeches++,
          changed: this.#changed,
        });
        this.#connections += 1;
      });
    });
    this.#server.listen(0, '127.0.0.1');
  }
}

interface SessionServer {
  readonly options: FakeDeepgramOptions;
  readonly pacing: Pacing;
  readonly log: FakeDeepgramLog;
  readonly connection: number;
  readonly nextSpeech: () => number;
  readonly changed: () => void;
}

const BYTES_PER_MS = 16;

class FakeDeepgramSession {
  readonly #socket: WebSocket;
  readonly #server: SessionServer;
  #silenceTimer: NodeJS.Timeout | undefined;
  #lastSpeechAtMs: number | undefined;
  #finalizedAtMs: number | undefined;
  #bytesSinceFinal = 0;
  #speaking = false;

  constructor(socket: WebSocket, server: SessionServer) {
    this.#socket = socket;
    this.#server = server;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#handleAudio(data);
      else this.#handleMessage(JSON.parse(data.toString('utf8')).type);
      server.changed();
    });
    socket.on('close', () => {
      server.pacing.cancel(this.#silenceTimer);
      server.log.closed += 1;
      server.changed();
    });
  }

  #handleAudio(data: Buffer): void {
    const { log, options } = this.#server;
    log.audioMessages += 1;
    log.audioBytes += data.length;
    this.#bytesSinceFinal += data.length;
    const samples = Int16Array.from({ length: data.length >> 1 }, (_, index) =>
      data.readInt16LE(index * 2),
    );
    if (!containsSpeech(samples)) return;
    this.#lastSpeechAtMs = hrtimeMs();
    if (!this.#speaking && options.interim !== undefined) this.#sendInterim(options.interim);
    this.#speaking = true;
    if (options.finalOn === 'silence') this.#finishLater();
  }

  #handleMessage(type: string): void {
    this.#server.log.messages.push(type);
    if (type === 'CloseStream') this.#socket.close(1000);
    if (type === 'Finalize') this.#handleFinalize();
  }

  #handleFinalize(): void {
    this.#finalizedAtMs = hrtimeMs();
    if (this.#server.options.finalOn === 'finalize') this.#finishLater();
    // The words went out when the silence was heard, or will when it is.
    else if (!this.#speaking) this.#sendFinal('', { fromFinalize: true });
  }

  /** Audio that comes meanwhile moves the end of speech. */
  #finishLater(): void {
    const { options, pacing } = this.#server;
    const delayMs = pacing.jittered(options.finalDelayMs, options.jitterMs);
    pacing.cancel(this.#silenceTimer);
    this.#silenceTimer = pacing.later(delayMs, () => this.#finish());
  }

  #finish(): void {
    this.#speaking = false;
    const answer = this.#server.options.answer(this.#server.nextSpeech());
    switch (answer.type) {
      case 'silent':
        return;
      case 'close':
        closeWith(this.#socket, answer.code);
        return;
      case 'malformed':
        this.#socket.send('{"type":"Results"');
        return;
      case 'final':
        this.#sendFinal(answer.text, { fromFinalize: this.#finalizedAtMs !== undefined });
        return;
      case 'segments':
        for (const text of answer.texts.slice(0, -1)) this.#sendSegment(text);
        this.#sendFinal(answer.texts.at(-1) ?? '', { fromFinalize: true });
    }
  }

  #sendInterim(text: string): void {
    this.#send(results(text, { is_final: false, speech_final: false }));
  }

  #sendSegment(text: string): void {
    this.#send(results(text, { is_final: true, speech_final: false }));
  }

  #sendFinal(text: string, { fromFinalize }: { readonly fromFinalize: boolean }): void {
    const flags = { is_final: true, speech_final: !fromFinalize, from_finalize: fromFinalize };
    this.#send(results(text, flags));
    this.#server.log.finals.push({
      connection: this.#server.connection,
      lastSpeechAtMs: this.#lastSpeechAtMs,
      committedAtMs: this.#finalizedAtMs,
      finalSentAtMs: hrtimeMs(),
      audioMs: this.#bytesSinceFinal / BYTES_PER_MS,
      text,
    });
    this.#bytesSinceFinal = 0;
    this.#finalizedAtMs = undefined;
    this.#server.changed();
  }

  #send(event: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(event));
  }
}

function results(transcript: string, flags: object): object {
  const alternatives = [{ transcript, confidence: transcript === '' ? 0 : 0.98, words: [] }];
  return { type: 'Results', channel_index: [0, 1], ...flags, channel: { alternatives } };
}
