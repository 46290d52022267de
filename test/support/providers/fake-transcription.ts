import type { WebSocket } from 'ws';
import { muLawDecodeFrame } from '../../../src/audio/g711.ts';
import { containsSpeech } from './level-watch.ts';
import { hrtimeMs, type Pacing } from './pacing.ts';
import type { SttFinalRecord } from './stt-record.ts';

/** What the server does with one commit. */
export type CommitAnswer =
  | { readonly type: 'final'; readonly text: string; readonly delayMs?: number }
  | { readonly type: 'failed' }
  /** As for an audio buffer with too little in it. */
  | { readonly type: 'refused' }
  | { readonly type: 'silent' }
  | { readonly type: 'drop' }
  | { readonly type: 'malformed' }
  | { readonly type: 'server-error' };

export interface FakeTranscriptionOptions {
  finalDelayMs: number;
  jitterMs: number;
  /** Called once per commit of the whole server. */
  answer: (commit: number) => CommitAnswer;
  /** Whether words are sent one by one before the final. */
  deltas: boolean;
  refuseSession: boolean;
}

export interface FakeTranscriptionLog {
  readonly finals: SttFinalRecord[];
  /** `session` of each `session.update`. */
  readonly sessions: Readonly<Record<string, unknown>>[];
  /** Audio of each commit, as it was decoded. */
  readonly committed: Int16Array[];
  appends: number;
  closed: number;
}

interface ClientEvent {
  readonly type: string;
  readonly event_id?: string;
  readonly audio?: string;
  readonly session?: Readonly<Record<string, unknown>>;
}

/** One connection of OpenAI's realtime transcription. */
export class FakeTranscriptionSession {
  readonly #socket: WebSocket;
  readonly #options: FakeTranscriptionOptions;
  readonly #pacing: Pacing;
  readonly #log: FakeTranscriptionLog;
  readonly #connection: number;
  readonly #changed: () => void;
  #audio: Int16Array[] = [];
  #lastSpeechAtMs: number | undefined;
  #items = 0;

  constructor(
    socket: WebSocket,
    server: {
      readonly options: FakeTranscriptionOptions;
      readonly pacing: Pacing;
      readonly log: FakeTranscriptionLog;
      readonly connection: number;
      readonly changed: () => void;
    },
  ) {
    this.#socket = socket;
    this.#options = server.options;
    this.#pacing = server.pacing;
    this.#log = server.log;
    this.#connection = server.connection;
    this.#changed = server.changed;
    this.#send({ type: 'session.created', session: { type: 'transcription' } });
    socket.on('message', (data: Buffer) => this.#handle(JSON.parse(data.toString('utf8'))));
    socket.on('close', () => {
      this.#log.closed += 1;
      this.#changed();
    });
  }

  #handle(event: ClientEvent): void {
    if (event.type === 'session.update') this.#handleSession(event);
    else if (event.type === 'input_audio_buffer.append') this.#handleAppend(event.audio ?? '');
    else if (event.type === 'input_audio_buffer.commit') this.#handleCommit(event.event_id ?? '');
    this.#changed();
  }

  #handleSession(event: ClientEvent): void {
    this.#log.sessions.push(event.session ?? {});
    if (this.#options.refuseSession) {
      this.#sendError('invalid_request_error', event.event_id ?? null);
      return;
    }
    this.#send({ type: 'session.updated', session: event.session });
  }

  #handleAppend(audio: string): void {
    this.#log.appends += 1;
    const samples = muLawDecodeFrame(Buffer.from(audio, 'base64'));
    if (containsSpeech(samples)) this.#lastSpeechAtMs = hrtimeMs();
    this.#audio.push(samples);
  }

  #handleCommit(eventId: string): void {
    const committedAtMs = hrtimeMs();
    const audio = Int16Array.from(this.#audio.flatMap((samples) => [...samples]));
    this.#audio = [];
    this.#log.committed.push(audio);
    const answer = this.#options.answer(this.#log.committed.length - 1);
    if (answer.type === 'drop') {
      this.#socket.terminate();
      return;
    }
    if (answer.type === 'refused') {
      this.#sendError('invalid_request_error', eventId);
      return;
    }
    this.#items += 1;
    const itemId = `item_${this.#connection}_${this.#items}`;
    this.#send({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
    if (answer.type === 'final') {
      const record = {
        connection: this.#connection,
        lastSpeechAtMs: this.#lastSpeechAtMs,
        committedAtMs,
        audioMs: audio.length / 8,
      };
      this.#answerLater(itemId, answer, record);
    } else this.#misbehave(itemId, answer.type);
  }

  #answerLater(
    itemId: string,
    answer: Extract<CommitAnswer, { type: 'final' }>,
    record: Omit<SttFinalRecord, 'finalSentAtMs' | 'text'>,
  ): void {
    const { finalDelayMs, jitterMs, deltas } = this.#options;
    const words = deltas ? (answer.text.match(/\s*\S+/g) ?? []) : [];
    for (const delta of words) this.#sendItem('delta', itemId, { delta });
    this.#pacing.later(answer.delayMs ?? this.#pacing.jittered(finalDelayMs, jitterMs), () => {
      this.#sendItem('completed', itemId, { transcript: answer.text });
      this.#log.finals.push({ ...record, finalSentAtMs: hrtimeMs(), text: answer.text });
      this.#changed();
    });
  }

  #misbehave(itemId: string, type: CommitAnswer['type']): void {
    if (type === 'failed') this.#sendItem('failed', itemId, { error: { type: 'server_error' } });
    if (type === 'malformed') this.#socket.send('{"type":"conversation.item');
    if (type === 'server-error') this.#sendError('server_error', null);
  }

  #sendItem(what: string, itemId: string, fields: object): void {
    const type = `conversation.item.input_audio_transcription.${what}`;
    this.#send({ type, item_id: itemId, content_index: 0, ...fields });
  }

  #sendError(type: string, eventId: string | null): void {
    this.#send({ type: 'error', error: { type, message: 'scripted', event_id: eventId } });
  }

  #send(event: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(event));
  }
}
