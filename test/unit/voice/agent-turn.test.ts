import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { AgentTurn, type AgentTurnInput } from '../../../src/voice/agent-turn.ts';
import { describeOutput } from '../../support/voice/describe-output.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';

const T0 = monotonicMs(0);
const SECOND = { samples: new Int16Array(8_000), sampleRateHz: 8_000 };

function create(kind: 'greeting' | 'reply' = 'reply') {
  const seen: string[] = [];
  const turn = new AgentTurn({
    kind,
    agent: turnAgent(),
    tools: [],
    turnId: 1,
    emit: (output) => seen.push(describeOutput(output)),
  });
  const feed = (...inputs: readonly AgentTurnInput[]) => {
    for (const input of inputs) turn.handleInput(input, T0);
  };
  return { turn, seen, feed };
}

const text = (delta: string): AgentTurnInput => ({
  type: 'llm-event',
  turnId: 1,
  event: { type: 'text', delta },
});
const done: AgentTurnInput = { type: 'llm-event', turnId: 1, event: { type: 'done' } };
const lost = new TrunklineError('provider-unreachable', 'scripted');

describe('AgentTurn', () => {
  test('is over when the playout of its last sentence has ended', () => {
    const { turn, feed } = create('greeting');
    turn.say('Hello.', T0);
    feed({ type: 'tts-audio', turnId: 1, sentenceId: 1, audio: SECOND });
    feed({ type: 'tts-done', turnId: 1, sentenceId: 1 });
    expect([turn.isOver, turn.isPlayoutOpen]).toEqual([false, true]);

    feed({ type: 'playout-ended', atMs: T0, playoutId: 1, reason: 'completed', playedMs: 1_000 });
    expect([turn.isOver, turn.isPlayoutOpen, turn.heardText()]).toEqual([true, false, 'Hello.']);
  });

  test('that says nothing is over without a playout', () => {
    const { turn, feed } = create();
    turn.ask([], T0);
    feed(done);

    expect(turn.isOver).toBe(true);
  });

  test('a model that fails is not asked again; what it has completed is still said', () => {
    const { turn, seen, feed } = create();
    turn.ask([{ role: 'user', content: 'Hi.' }], T0);
    feed(text('Yes. And'), { type: 'llm-error', turnId: 1, error: lost });

    expect(seen).toEqual([
      'llm-start 1 "Hi."',
      'tts-start 1.1 "Yes."',
      'provider-error llm provider-unreachable',
    ]);
    expect([turn.failure?.provider, turn.isOver]).toEqual(['llm', false]);
  });

  test('two sentences that stall at once are one failure, and not asked for again', () => {
    const { turn, seen, feed } = create();
    turn.ask([{ role: 'user', content: 'Hi.' }], T0);
    feed(text('One. Two. '), done);
    turn.handleTimeout(monotonicMs(3_249));
    expect(turn.failure).toBeUndefined();
    turn.handleTimeout(monotonicMs(3_250));

    expect(seen.slice(-3)).toEqual([
      'tts-start 1.2 "Two."',
      'provider-error tts provider-timeout',
      'tts-cancel 1',
    ]);
    expect([turn.isOver, turn.failure?.provider]).toEqual([true, 'tts']);
  });

  test('resumed, begins with the first sentence not heard to its end, and only once', () => {
    const { turn, feed } = create();
    turn.ask([], T0);
    feed(text('One. Two. '), {
      type: 'llm-event',
      turnId: 1,
      event: { type: 'audio', audio: SECOND, text: 'Tune.' },
    });
    for (const sentenceId of [1, 2]) {
      feed({ type: 'tts-audio', turnId: 1, sentenceId, audio: SECOND });
      feed({ type: 'tts-done', turnId: 1, sentenceId });
    }
    feed(
      { type: 'mark-reached', atMs: T0, playoutId: 1, markId: 1 },
      { type: 'playout-ended', atMs: T0, playoutId: 1, reason: 'flushed', playedMs: 1_500 },
    );
    expect(turn.unheard).toEqual([{ text: 'Two.' }, { text: 'Tune.', audio: SECOND }]);

    const again = create();
    again.turn.resume(turn, T0);
    expect(again.seen).toEqual(['tts-start 1.1 "Two."']);
    expect([again.turn.isAnswer, again.turn.unheard]).toEqual([false, []]);
  });

  test('resumed, keeps what became of the first: the end of the call, the failure', () => {
    const ending = create();
    ending.turn.ask([], T0);
    const call = { id: 'x', name: 'end_call', arguments: { farewell: 'Bye.' } };
    ending.feed({ type: 'llm-event', turnId: 1, event: { type: 'tool-call', call } }, done);
    const failed = create();
    failed.turn.ask([], T0);
    failed.feed({ type: 'llm-error', turnId: 1, error: lost });
    const [first, second] = [create(), create()];
    first.turn.resume(ending.turn, T0);
    second.turn.resume(failed.turn, T0);

    expect([first.turn.endsCall, first.turn.failure]).toEqual([true, undefined]);
    expect([second.turn.endsCall, second.turn.failure?.error]).toEqual([false, lost]);
  });

  test('a playout that the media engine ends early ends the requests', () => {
    const { turn, seen, feed } = create();
    turn.ask([{ role: 'user', content: 'Hi.' }], T0);
    feed(text('One. Two. '), { type: 'tts-audio', turnId: 1, sentenceId: 1, audio: SECOND });
    feed({ type: 'playout-ended', atMs: T0, playoutId: 1, reason: 'flushed', playedMs: 20 });

    expect(seen.slice(-2)).toEqual(['llm-cancel 1', 'tts-cancel 1']);
    expect([turn.isOver, turn.deadlines]).toEqual([true, [undefined, undefined]]);
  });

  test('reports of a playout that was never begun are not believed', () => {
    const { turn, feed } = create();
    turn.ask([], T0);
    feed({ type: 'playout-started', atMs: T0, playoutId: 1 });
    feed({ type: 'playout-ended', atMs: T0, playoutId: 1, reason: 'completed', playedMs: 9 });

    expect([turn.isHeard, turn.isOver]).toEqual([false, false]);
  });
});
