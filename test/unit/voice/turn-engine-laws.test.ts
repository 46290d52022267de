import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import type { LlmEvent } from '../../../src/voice/ports.ts';
import { TurnEngine } from '../../../src/voice/turn-engine.ts';
import type { TurnInput } from '../../../src/voice/turn-io.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';
import { TurnInvariants } from '../../support/voice/turn-invariants.ts';
import { says, type TtsOutcome, VirtualCall } from '../../support/voice/virtual-call.ts';

/** An input that may be nonsense at its time; `turnsBack` is how old the turn is that it belongs to. */
type Move =
  | { readonly waitMs: number }
  | { readonly turnsBack: number; readonly make: (turnId: number, atMs: number) => TurnInput };

const audio = { samples: new Int16Array(800), sampleRateHz: 8_000 };
const errors = [
  new TrunklineError('provider-unreachable', 'scripted'),
  new TrunklineError('provider-rejected', 'scripted'),
];

const llmEvent = fc.oneof(
  fc.constantFrom('Yes. ', 'No, and ', '1. ', 'More. And more. ').map((delta) => ({
    type: 'text' as const,
    delta,
  })),
  fc.constantFrom('end_call', 'weather').map((name) => ({
    type: 'tool-call' as const,
    call: { id: 'x', name, arguments: {} },
  })),
  fc.constant({ type: 'audio' as const, audio, text: 'Tune.' }),
  fc.constant({ type: 'done' as const }),
) satisfies fc.Arbitrary<LlmEvent>;

type Make = (turnId: number, atMs: number) => TurnInput;

const media = fc.constantFrom<Make>(
  (_, at) => ({ type: 'speech-started', atMs: monotonicMs(at), onsetMs: monotonicMs(at - 30) }),
  (_, at) => ({ type: 'speech-confirmed', atMs: monotonicMs(at), onsetMs: monotonicMs(at - 60) }),
  (_, at) => ({
    type: 'speech-ended',
    atMs: monotonicMs(at),
    onsetMs: monotonicMs(at - 500),
    endMs: monotonicMs(at - 100),
  }),
  (_, at) => ({ type: 'dtmf', atMs: monotonicMs(at), digit: '5' }),
  (_, at) => ({ type: 'dtmf', atMs: monotonicMs(at), digit: '#' }),
  () => ({ type: 'note', text: '[news]' }),
  (_, at) => ({ type: 'ducked', atMs: monotonicMs(at) }),
  (_, at) => ({ type: 'silenced', atMs: monotonicMs(at) }),
  () => ({ type: 'stt-interim', transcript: { text: 'maybe' } }),
  () => ({ type: 'stt-final', transcript: { text: 'Words.' } }),
  () => ({ type: 'stt-final', transcript: { text: '' } }),
  () => ({ type: 'start' }),
);

const playout = fc.constantFrom<Make>(
  (playoutId, at) => ({ type: 'playout-started', atMs: monotonicMs(at), playoutId }),
  (playoutId, at) => ({ type: 'mark-reached', atMs: monotonicMs(at), playoutId, markId: 1 }),
  (playoutId, at) => ({
    type: 'playout-ended',
    atMs: monotonicMs(at),
    playoutId,
    reason: 'completed',
    playedMs: 100,
  }),
  (playoutId, at) => ({
    type: 'playout-ended',
    atMs: monotonicMs(at),
    playoutId,
    reason: 'flushed',
    playedMs: 40,
  }),
);

const provider: fc.Arbitrary<Make> = fc.oneof(
  {
    weight: 4,
    arbitrary: llmEvent.map(
      (event): Make =>
        (turnId) => ({ type: 'llm-event', turnId, event }),
    ),
  },
  fc.constantFrom(...errors).map(
    (error): Make =>
      (turnId) => ({ type: 'llm-error', turnId, error }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(...errors)).map(
    ([sentenceId, error]): Make =>
      (turnId) => ({ type: 'tts-error', turnId, sentenceId, error }),
  ),
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 3 }).map(
      (sentenceId): Make =>
        (turnId) => ({ type: 'tts-audio', turnId, sentenceId, audio }),
    ),
  },
  fc.integer({ min: 1, max: 3 }).map(
    (sentenceId): Make =>
      (turnId) => ({ type: 'tts-done', turnId, sentenceId }),
  ),
  fc.constantFrom(...errors).map(
    (error): Make =>
      () => ({ type: 'stt-error', error }),
  ),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(5, 50, 250, 600, 2_500, 6_000).map((waitMs) => ({ waitMs })),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      turnsBack: fc.constantFrom(0, 0, 0, 0, 1, 2),
      make: fc.oneof(media, playout, provider),
    }),
  },
);

function now(make: Make): Move {
  return { turnsBack: 0, make };
}

/** The moves by which an agent comes to be heard: rare by chance, but most of the law is about what follows. */
const HEARD: readonly Move[] = [
  now((_, at) => ({ type: 'dtmf', atMs: monotonicMs(at), digit: '#' })),
  now((turnId) => ({
    type: 'llm-event',
    turnId,
    event: { type: 'text', delta: 'Yes. And so on. ' },
  })),
  now((turnId) => ({ type: 'tts-audio', turnId, sentenceId: 1, audio })),
  now((playoutId, at) => ({ type: 'playout-started', atMs: monotonicMs(at), playoutId })),
];

const moves = fc
  .array(fc.oneof({ weight: 9, arbitrary: move.map((one) => [one]) }, fc.constant(HEARD)), {
    size: 'max',
    maxLength: 80,
  })
  .map((parts) => parts.flat());

/** Plays moves against an engine, keeps its timers, checks its invariants after each. */
class Play {
  readonly #engine: TurnEngine;
  readonly #laws = new TurnInvariants();
  #nowMs = 0;
  #turnId = 1;
  #outputs = 0;

  constructor(engine: TurnEngine) {
    this.#engine = engine;
  }

  get outputs(): number {
    return this.#outputs;
  }

  take(next: Move): void {
    if ('waitMs' in next) this.#wait(next.waitMs);
    else this.tell(next.make(this.#turnId - next.turnsBack, this.#nowMs));
  }

  tell(input: TurnInput): void {
    this.#laws.handleInput(input);
    this.#engine.handleInput(input, monotonicMs(this.#nowMs));
    this.#drain();
  }

  #wait(waitMs: number): void {
    const untilMs = this.#nowMs + waitMs;
    for (let at = this.#engine.pollTimeout(); at !== undefined && at <= untilMs; ) {
      this.#nowMs = Math.max(this.#nowMs, at);
      this.#engine.handleTimeout(monotonicMs(this.#nowMs));
      this.#drain();
      at = this.#engine.pollTimeout();
      if (at !== undefined) expect(at).toBeGreaterThan(this.#nowMs);
    }
    this.#nowMs = untilMs;
  }

  #drain(): void {
    for (let out = this.#engine.pollOutput(); out; out = this.#engine.pollOutput()) {
      this.#laws.handleOutput(out);
      this.#outputs += 1;
      if ('turnId' in out) this.#turnId = out.turnId;
    }
    this.#laws.drained(this.#engine.pollTimeout());
  }
}

describe('TurnEngine, whatever comes in whatever order', () => {
  test('serves no turn that is over, leaves nothing open, and is silent after the stop', () => {
    const agents = fc.record({
      firstSentence: fc.constantFrom('', 'Hello there.'),
      onProviderFailure: fc.constantFrom('continue' as const, 'end-call' as const),
      bargeIn: fc.record({
        enabled: fc.boolean(),
        flushAfterMs: fc.constant(400),
        resumeAfterMs: fc.constant(800),
      }),
    });
    fc.assert(
      fc.property(agents, moves, fc.array(move), (agent, before, after) => {
        const play = new Play(new TurnEngine({ agent: turnAgent(agent) }, monotonicMs(0)));
        play.tell({ type: 'start' });
        for (const next of before) play.take(next);
        play.tell({ type: 'stop' });
        const outputs = play.outputs;
        for (const next of after) play.take(next);

        expect(play.outputs).toBe(outputs);
      }),
      { numRuns: 500 },
    );
  });

  test('comes to rest: every call ends in silence or in a hang-up once nobody speaks', () => {
    const speech = fc.record({
      atMs: fc.nat(12_000),
      lastsMs: fc.constantFrom(30, 100, 350, 900),
      words: fc.constantFrom(undefined, '', 'Stop.'),
    });
    const outcome = fc.constantFrom<TtsOutcome>(
      'ok',
      'ok',
      'ok',
      'error',
      'rejected',
      'stall',
      'cut',
    );
    fc.assert(
      fc.property(
        fc.array(speech, { maxLength: 6 }),
        fc.array(fc.nat(12_000), { maxLength: 2 }),
        fc.array(outcome, { minLength: 1, maxLength: 8 }),
        (speeches, digits, outcomes) => {
          const call = new VirtualCall({
            agent: { firstSentence: 'Hello there, how are you?' },
            llm: (_, nth) => says(`Answer number ${nth} is rather long. It has two sentences.`),
            tts: (_, nth) => outcomes[nth % outcomes.length] ?? 'ok',
          });
          let freeFromMs = 0;
          for (const { atMs, lastsMs, words } of speeches) {
            const fromMs = Math.max(atMs, freeFromMs);
            call.speech(fromMs, fromMs + lastsMs, words);
            freeFromMs = fromMs + lastsMs + 100;
          }
          for (const atMs of digits) call.digit(atMs, '5');
          call.run(300_000);

          expect(call.timeline.at(-1)).toMatch(/hang-up/);
        },
      ),
      { numRuns: 150 },
    );
  });
});
