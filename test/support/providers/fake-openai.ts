import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ChatBody, chatEvents, type FakeReply } from './fake-chat.ts';
import {
  type FakeTranscriptionLog,
  type FakeTranscriptionOptions,
  FakeTranscriptionSession,
} from './fake-transcription.ts';
import { type AnswerPlan, sendAnswer } from './http-answer.ts';
import type { HttpExchange, HttpFault } from './http-fault.ts';
import { tone } from './level-watch.ts';
import { hrtimeMs, Pacing } from './pacing.ts';
import type { HandshakeFault } from './stt-record.ts';
import { WebsocketDoor } from './websocket-door.ts';

export const FAKE_OPENAI_KEY = 'sk-fake-0123456789abcdef';

interface StreamDelays {
  /** From the request to the first event or audio. */
  firstMs: number;
  /** Between the following ones. */
  partMs: number;
  jitterMs: number;
  writeBytes: number | undefined;
}

export interface FakeChatOptions extends StreamDelays {
  reply: (body: ChatBody) => FakeReply;
  /** Parameters that are answered with a 400, as a server does that does not know them. */
  refused: readonly string[];
}

export interface FakeSpeechOptions extends StreamDelays {
  /** 24 kHz. */
  audio: (text: string) => Int16Array;
  chunkBytes: number;
}

const SPEECH_RATE_HZ = 24_000;
const MS_PER_CHARACTER = 60;

/**
 * A local server that speaks OpenAI's wire protocol: chat completions as server-sent events, speech as raw audio, realtime
 * transcription over a websocket. Delays, jitter, piece sizes and faults are fields that may be changed at any time.
 */
export class FakeOpenAi {
  readonly chat: FakeChatOptions = {
    firstMs: 0,
    partMs: 0,
    jitterMs: 0,
    writeBytes: undefined,
    reply: () => ({ text: 'Hello there. How can I help you?' }),
    refused: [],
  };
  readonly speech: FakeSpeechOptions = {
    firstMs: 0,
    partMs: 0,
    jitterMs: 0,
    writeBytes: undefined,
    audio: (text) => tone(text.length * MS_PER_CHARACTER, SPEECH_RATE_HZ),
    chunkBytes: 4_800,
  };
  readonly transcription: FakeTranscriptionOptions = {
    finalDelayMs: 0,
    jitterMs: 0,
    answer: () => ({ type: 'final', text: 'hello there' }),
    deltas: true,
    refuseSession: false,
  };
  /** One is used up per request. */
  readonly chatFaults: (HttpFault | undefined)[] = [];
  readonly speechFaults: (HttpFault | undefined)[] = [];
  readonly handshakeFaults: HandshakeFault[] = [];
  readonly exchanges: HttpExchange[] = [];
  readonly transcriptionLog: FakeTranscriptionLog = {
    finals: [],
    sessions: [],
    committed: [],
    appends: 0,
    closed: 0,
  };
  readonly #events = new EventEmitter();
  readonly #pacing: Pacing;
  readonly #door: WebsocketDoor;
  readonly #server: Server;
  #connections = 0;
  /** When the head of a request was there: from then on the time is the vendor's. */
  readonly #arrivals = new WeakMap<IncomingMessage, number>();

  private constructor(seed: number) {
    this.#pacing = new Pacing(seed);
    this.#door = new WebsocketDoor(this.handshakeFaults, this.#changed);
    this.#server = createServer(this.#handleRequest);
    this.#events.setMaxListeners(0);
  }

  static async start(seed = 1): Promise<FakeOpenAi> {
    const server = new FakeOpenAi(seed);
    server.#listen();
    await once(server.#server, 'listening');
    return server;
  }

  get baseUrl(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/v1`;
  }

  get openWebsockets(): number {
    return this.#door.openConnections;
  }

  /** Websocket handshakes that were let in. */
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

  #listen(): void {
    this.#server.on('upgrade', (request, socket, head) => {
      this.#door.upgrade([request, socket, head], isAuthorized(request), (client) => {
        const connection = this.#connections;
        this.#connections += 1;
        new FakeTranscriptionSession(client, {
          options: this.transcription,
          pacing: this.#pacing,
          log: this.transcriptionLog,
          connection,
          changed: this.#changed,
        });
      });
    });
    this.#server.listen(0, '127.0.0.1');
  }

  readonly #changed = (): void => {
    this.#events.emit('changed');
  };

  readonly #handleRequest: RequestListener = (request, response) => {
    this.#arrivals.set(request, hrtimeMs());
    readJson(request).then(
      (body) => this.#route(request, response, body),
      () => response.destroy(),
    );
  };

  #route(request: IncomingMessage, response: ServerResponse, body: ChatBody): void {
    if (!isAuthorized(request)) {
      refuse(response, 401, {
        code: 'invalid_api_key',
        message: `Incorrect key ${FAKE_OPENAI_KEY}`,
      });
    } else if (request.url === '/v1/chat/completions') {
      this.#answerChat(response, body);
    } else if (request.url === '/v1/audio/speech') {
      this.#answer('speech', response, body, this.#speechPlan(body));
    } else {
      refuse(response, 404, { code: 'not_found', message: 'No such endpoint' });
    }
  }

  #answerChat(response: ServerResponse, body: ChatBody): void {
    const refused = this.chat.refused.find((parameter) => parameter in body);
    if (refused === undefined) {
      this.#answer('chat', response, body, this.#chatPlan(body));
      return;
    }
    refuse(response, 400, { param: refused, message: `Unsupported parameter: '${refused}'` });
  }

  #chatPlan(body: ChatBody): AnswerPlan {
    const { reply, firstMs, jitterMs, partMs, writeBytes } = this.chat;
    const parts = chatEvents(reply(body), 'stream_options' in body);
    return {
      contentType: 'text/event-stream',
      parts,
      firstPartMs: this.#pacing.jittered(firstMs, jitterMs),
      partMs,
      writeBytes,
      fault: this.chatFaults.shift(),
    };
  }

  #speechPlan(body: ChatBody): AnswerPlan {
    const { audio, firstMs, jitterMs, partMs, writeBytes, chunkBytes } = this.speech;
    const { input } = body;
    const samples = audio(String(input));
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    const count = Math.ceil(bytes.length / chunkBytes);
    const parts = Array.from({ length: count }, (_, index) =>
      bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
    );
    return {
      contentType: 'audio/pcm',
      parts,
      firstPartMs: this.#pacing.jittered(firstMs, jitterMs),
      partMs,
      writeBytes,
      fault: this.speechFaults.shift(),
    };
  }

  #answer(
    endpoint: HttpExchange['endpoint'],
    response: ServerResponse,
    body: ChatBody,
    plan: AnswerPlan,
  ): void {
    const exchange: HttpExchange = {
      endpoint,
      body,
      receivedAtMs: this.#arrivals.get(response.req) ?? hrtimeMs(),
      firstByteAtMs: undefined,
      endedAtMs: undefined,
      abortedAtMs: undefined,
      clientPort: response.req.socket.remotePort ?? 0,
    };
    this.exchanges.push(exchange);
    response.on('close', () => {
      if (response.writableFinished) exchange.endedAtMs = hrtimeMs();
      else exchange.abortedAtMs = hrtimeMs();
      this.#changed();
    });
    void sendAnswer(response, plan, this.#pacing, exchange).then(this.#changed);
    this.#changed();
  }
}

function isAuthorized(request: IncomingMessage): boolean {
  return request.headers.authorization === `Bearer ${FAKE_OPENAI_KEY}`;
}

function refuse(response: ServerResponse, status: number, error: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { type: 'invalid_request_error', ...error } }));
}

async function readJson(request: IncomingMessage): Promise<ChatBody> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
