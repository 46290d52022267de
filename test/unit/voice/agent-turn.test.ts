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
  let turnId = 0;
  const turn = new AgentTurn({
    kind,
    agent: turnAgent(),
    tools: [],
    takeTurnId: () => ++turnId,
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

  test('a model that fails before anything is written begins again under a new id', () => {
    const { turn, seen, feed } = create();
    turn.ask([{ role: 'user', content: 'Hi.' }], T0);
    feed(text('Yes. And'), { type: 'llm-error', turnId: 1, error: lost });

    expect(seen).toEqual([
      'llm-start 1 "Hi."',
      'tts-start 1.1 "Yes."',
      'tts-cancel 1',
      'llm-start 2 "Hi."',
    ]);
    expect([turn.turnId, turn.failure]).toEqual([2, undefined]);
  });

  test('two sentences that stall at once are one retry and one failure', () => {
    const { turn, seen, feed } = create();
    turn.ask([{ role: 'user', content: 'Hi.' }], T0);
    feed(text('One. Two. '), done);
    turn.handleTimeout(monotonicMs(3_000));

    expect(seen.slice(-3)).toEqual([
      'tts-start 1.3 "One."',
      'provider-error tts provider-timeout',
      'tts-cancel 1',
    ]);
    expect([turn.isOver, turn.failure?.provider]).toEqual([true, 'tts']);
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
