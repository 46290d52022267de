import type { TrunklineError } from '../core/errors.ts';
import { assertNever } from '../core/invariant.ts';
import { after, type MonotonicMs } from '../core/time.ts';
import { earliest } from '../core/timer-table.ts';
import { AgentFloor, type EndedTurn } from './agent-floor.ts';
import type { AgentSpec } from './agent-spec.ts';
import type { AgentTurn, AgentTurnInput } from './agent-turn.ts';
import type { CallerTurn } from './caller-turn.ts';
import { Conversation } from './conversation.ts';
import { DigitCollector, type DigitEntry } from './digit-collector.ts';
import { END_CALL_TOOL } from './end-call-tool.ts';
import { type Endpoint, Endpointing } from './endpointing.ts';
import type { ToolDefinition } from './ports.ts';
import type { TurnInput, TurnOutput } from './turn-io.ts';

export interface TurnEngineOptions {
  readonly agent: AgentSpec;
  /** Besides `end_call`, which every agent has. */
  readonly tools?: readonly ToolDefinition[];
}

/** What a model is told that was cut off for nothing; it is no part of the conversation. */
const NOISE: CallerTurn = { text: '[a noise, no words: go on where you were interrupted]' };

export type TurnEngineState =
  | 'created'
  | 'listening'
  | 'thinking'
  | 'speaking'
  | 'paused'
  | 'flushing'
  | 'hanging-up'
  | 'stopped';

type RunningInput = Exclude<TurnInput, { readonly type: 'start' | 'stop' | 'held' | 'resumed' }>;
type SpeechInput = Extract<
  TurnInput,
  { readonly type: 'speech-started' | 'speech-confirmed' | 'speech-ended' }
>;

/**
 * Turn-taking of one call: who speaks, when, and what was heard. Policies are machines of their own ({@link Endpointing},
 * `BargeIn`, `SentenceQueue`, ...); this one only moves the floor between caller and agent.
 *
 * | state      | caller's endpoint | confirmed speech       | digit    | words    | first packet | turn over            | stop    |
 * | ---------- | ----------------- | ---------------------- | -------- | -------- | ------------ | -------------------- | ------- |
 * | created    | -                 | -                      | -        | -        | -            | -                    | stopped |
 * | listening  | thinking          | stay                   | stay     | stay     | -            | -                    | stopped |
 * | thinking   | hold              | listening, turn joined | the same | joined if new | speaking | listening, hanging-up | stopped |
 * | speaking   | hold              | paused                 | flushing | hold     | -            | listening, thinking, hanging-up | stopped |
 * | paused     | hold              | stay; in time flushing | flushing | flushing | -            | listening, thinking  | stopped |
 * | flushing   | hold              | stay                   | stay     | stay     | -            | listening, thinking  | stopped |
 * | hanging-up | -                 | -                      | -        | -        | -            | -                    | stopped |
 * | stopped    | -                 | -                      | -        | -        | -            | -                    | -       |
 *
 * A held endpoint is answered when the agent has finished. A greeting, a failure sentence and a resumed turn can be paused before
 * their first packet as well: there is no caller turn to go on with. From listening, a flushed turn is resumed once when the
 * speech that flushed it is dropped as noise: its rest is said, or the model asked for it that was still writing. Feed one input, then drain {@link pollOutput} to `undefined`.
 */
export class TurnEngine {
  readonly #agent: AgentSpec;
  readonly #outputs: TurnOutput[] = [];
  readonly #conversation: Conversation;
  readonly #endpointing: Endpointing;
  readonly #digits = new DigitCollector();
  readonly #floor: AgentFloor;
  #life: 'created' | 'running' | 'hanging-up' | 'stopped' = 'created';
  /** What the open turn answers; handed over to the conversation when its first packet is out. */
  #answered: Endpoint | undefined;
  /** A provider failed: the failure sentence is due as soon as the agent has the floor. */
  #unsaidFailure: TrunklineError | undefined;
  /** Was flushed by speech that has had no words so far. */
  #interrupted: AgentTurn | undefined;
  /** What the agent is to speak of as soon as it has the floor. */
  #note: CallerTurn | undefined;
  #isDeaf = false;
  #isHeld = false;
  /** End of the last speech of either side. */
  #quietSinceMs: MonotonicMs;

  constructor(options: TurnEngineOptions, now: MonotonicMs) {
    const { agent, tools = [] } = options;
    this.#agent = agent;
    this.#conversation = new Conversation(agent.instructions);
    this.#endpointing = new Endpointing(agent.endpointing, now);
    this.#floor = new AgentFloor({
      agent,
      tools: [END_CALL_TOOL, ...tools],
      emit: (output) => this.#emit(output),
    });
    this.#quietSinceMs = now;
  }

  get state(): TurnEngineState {
    if (this.#life !== 'running') return this.#life;
    if (this.#floor.isFlushing) return 'flushing';
    if (this.#floor.turn === undefined) return 'listening';
    if (this.#floor.isPaused) return 'paused';
    return this.#floor.turn.isHeard ? 'speaking' : 'thinking';
  }

  handleInput(input: TurnInput, now: MonotonicMs): void {
    if (input.type === 'stop') this.#stop();
    else if (input.type === 'start') this.#start(now);
    else if (input.type === 'held' || input.type === 'resumed') {
      this.#isHeld = input.type === 'held';
      this.#quiet(now);
    } else if (this.#life === 'running' && this.#floor.isCurrent(input)) this.#handle(input, now);
    this.#advance(now);
  }

  handleTimeout(now: MonotonicMs): void {
    if (this.#life !== 'running') return;
    this.#endpointing.handleTimeout(now);
    this.#digitsPressed(this.#digits.handleTimeout(now));
    this.#floor.handleTimeout(now);
    this.#advance(now);
    const silenceMs = this.#silenceDeadline();
    if (silenceMs !== undefined && silenceMs <= now) this.#hangUp('silence');
  }

  pollOutput(): TurnOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    if (this.#life !== 'running') return undefined;
    return earliest([
      this.#endpointing.deadline,
      this.#digits.deadline,
      this.#silenceDeadline(),
      ...this.#floor.deadlines,
    ]);
  }

  // Inputs -----------------------------------------------------------------------------------------

  #start(now: MonotonicMs): void {
    if (this.#life !== 'created') return;
    this.#life = 'running';
    this.#quietSinceMs = now;
    if (!this.#agent.bargeIn.enabled) this.#emit({ type: 'duck-on-speech', enabled: false });
    const greeting = this.#agent.firstSentence?.trim() ?? '';
    if (greeting !== '') this.#floor.begin('greeting').say(greeting, now);
  }

  #handle(input: RunningInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'speech-started':
      case 'speech-confirmed':
      case 'speech-ended':
        this.#handleSpeech(input, now);
        return;
      case 'stt-interim':
        this.#endpointing.interim(input.transcript);
        this.#handleWords(input.transcript.text, now);
        return;
      case 'stt-final':
        this.#endpointing.final(input.transcript, now);
        this.#handleWords(input.transcript.text, now);
        return;
      case 'stt-error':
        this.#handleSttError(input.error);
        return;
      case 'dtmf':
        this.#quiet(input.atMs);
        this.#digitsPressed(this.#digits.press(input.digit, input.atMs));
        this.#floor.digit(input.atMs, now);
        return;
      case 'ducked':
        this.#floor.ducked(input.atMs);
        return;
      case 'silenced':
        this.#floor.silenced(input.atMs);
        return;
      case 'underrun':
        return;
      case 'note':
        this.#note = { text: input.text };
        return;
      default:
        this.#handleAnswer(input, now);
    }
  }

  #handleSpeech(input: SpeechInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'speech-started':
        this.#endpointing.speechStarted();
        this.#floor.speechStarted(input.onsetMs);
        return;
      case 'speech-confirmed':
        this.#endpointing.speechConfirmed(input.onsetMs);
        this.#floor.speechConfirmed(input.onsetMs, now);
        return;
      case 'speech-ended':
        this.#endpointing.speechEnded(input.endMs, now);
        this.#floor.speechEnded(input.endMs, now);
        this.#quiet(input.endMs);
        return;
      default:
        assertNever(input);
    }
  }

  #handleWords(text: string, now: MonotonicMs): void {
    if (text.trim() !== '') this.#floor.words(now);
  }

  #handleSttError(error: TrunklineError): void {
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    this.#emit({ type: 'provider-error', provider: 'stt', error });
    if (this.#floor.turn?.kind !== 'failure') this.#unsaidFailure = error;
  }

  #handleAnswer(input: AgentTurnInput, now: MonotonicMs): void {
    this.#floor.handleAnswer(input, now);
    if (input.type === 'playout-ended') this.#quiet(input.atMs);
    if (this.#floor.turn?.isHeard) this.#commitAnswered();
  }

  #digitsPressed(entry: DigitEntry | undefined): void {
    if (entry) this.#endpointing.pressed(entry.digits, entry.endMs);
  }

  // Transitions ------------------------------------------------------------------------------------

  /** Takes every step that the inputs so far allow. */
  #advance(now: MonotonicMs): void {
    let isMoving = true;
    while (isMoving && this.#life === 'running') isMoving = this.#step(now);
  }

  #step(now: MonotonicMs): boolean {
    const ended = this.#floor.takeEnded();
    if (ended) this.#turnEnded(ended, now);
    else if (this.#isSuperseded()) this.#dropUnheard();
    else if (this.state === 'listening') return this.#takeFloor(now);
    else return false;
    return true;
  }

  /** The caller went on, or other words arrived, before the first packet of the answer was out. */
  #isSuperseded(): boolean {
    if (this.#answered === undefined) return false;
    return this.#digits.isCollecting || this.#endpointing.endpoint !== this.#answered;
  }

  #dropUnheard(): void {
    this.#answered = undefined;
    this.#floor.dropUnheard();
  }

  #takeFloor(now: MonotonicMs): boolean {
    if (this.#unsaidFailure) {
      this.#sayFailure(this.#unsaidFailure, now);
      return true;
    }
    if (this.#digits.isCollecting) return false;
    const { endpoint } = this.#endpointing;
    if (endpoint === undefined) return this.#speakOfNote(now) || this.#resume(now);
    this.#takeNote();
    this.#reply(endpoint, now);
    return true;
  }

  /** Nobody waits for an answer: the agent speaks first. */
  #speakOfNote(now: MonotonicMs): boolean {
    if (this.#isHeld || this.#note === undefined || this.#endpointing.isOpen) return false;
    this.#interrupted = undefined;
    const messages = this.#conversation.messages(this.#note);
    this.#takeNote();
    this.#floor.begin('reply').ask(messages, now);
    return true;
  }

  #takeNote(): void {
    if (this.#note !== undefined) this.#conversation.addCaller(this.#note);
    this.#note = undefined;
  }

  /** What interrupted the agent is over and was only a noise: nobody else is going to speak. */
  #resume(now: MonotonicMs): boolean {
    const turn = this.#interrupted;
    if (turn === undefined || this.#endpointing.isOpen) return false;
    this.#interrupted = undefined;
    if (turn.isCut) this.#floor.askToGoOn(turn, this.#conversation.messages(NOISE), now);
    else if (turn.unheard.length > 0) this.#floor.resume(turn, now);
    else if (turn.endsCall) this.#hangUp('agent-ended');
    else return false;
    return true;
  }

  #reply(endpoint: Endpoint, now: MonotonicMs): void {
    this.#answered = endpoint;
    this.#interrupted = undefined;
    const turn = this.#floor.begin('reply');
    turn.trace.endpointed(endpoint);
    turn.ask(this.#conversation.messages(endpoint.turn), now);
  }

  #sayFailure(error: TrunklineError, now: MonotonicMs): void {
    this.#unsaidFailure = undefined;
    const sentence = this.#agent.failureSentence.trim();
    if (sentence === '') {
      this.#endByPolicy();
      return;
    }
    const turn = this.#floor.begin('failure');
    turn.trace.failed(error.code);
    turn.say(sentence, now);
  }

  #turnEnded({ turn, heard, wasInterrupted }: EndedTurn, now: MonotonicMs): void {
    if (!turn.isHeard) this.#quiet(now);
    if (turn.kind === 'reply' && !wasInterrupted) this.#commitAnswered();
    this.#conversation.addAgent(heard);
    if (turn.kind === 'failure') this.#endByPolicy();
    else if (wasInterrupted) this.#interrupted = turn;
    else if (turn.endsCall) this.#hangUp('agent-ended');
    else if (turn.failure) this.#unsaidFailure = turn.failure.error;
  }

  /** What was said is answered by words that are being heard: it cannot go on any more. */
  #commitAnswered(): void {
    if (this.#answered === undefined) return;
    this.#answered = undefined;
    this.#commitCaller();
  }

  #commitCaller(): void {
    const turn = this.#endpointing.take();
    if (turn === undefined) return;
    this.#conversation.addCaller(turn);
    this.#emit({ type: 'transcript', speaker: 'caller', text: turn.text, interrupted: false });
  }

  // Endings ----------------------------------------------------------------------------------------

  #endByPolicy(): void {
    if (this.#agent.onProviderFailure === 'end-call') this.#hangUp('provider-failed');
  }

  #hangUp(reason: 'agent-ended' | 'silence' | 'provider-failed'): void {
    this.#close('hanging-up');
    this.#emit({ type: 'hang-up', reason });
  }

  #stop(): void {
    if (this.#life !== 'stopped') this.#close('stopped');
  }

  #close(life: 'hanging-up' | 'stopped'): void {
    this.#floor.stop();
    this.#commitCaller();
    this.#life = life;
  }

  // Silence ----------------------------------------------------------------------------------------

  #silenceDeadline(): MonotonicMs | undefined {
    if (this.#isHeld || this.state !== 'listening') return undefined;
    if (this.#endpointing.isOpen || this.#digits.isCollecting) return undefined;
    return after(this.#quietSinceMs, this.#agent.timeouts.silenceMs);
  }

  #quiet(sinceMs: MonotonicMs): void {
    if (sinceMs > this.#quietSinceMs) this.#quietSinceMs = sinceMs;
  }

  #emit(output: TurnOutput): void {
    this.#outputs.push(output);
  }
}
