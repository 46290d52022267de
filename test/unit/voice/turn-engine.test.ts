import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import type { AgentSpec } from '../../../src/voice/agent-spec.ts';
import { TurnEngine, type TurnEngineState } from '../../../src/voice/turn-engine.ts';
import type { TurnInput, TurnOutput } from '../../../src/voice/turn-io.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';

const T0 = monotonicMs(0);
const audio = { samples: new Int16Array(8_000), sampleRateHz: 8_000 };
const error = new TrunklineError('provider-rejected', 'scripted');

/** Playout 1 is the reply of every state below. */
const inputs = {
  start: { type: 'start' },
  confirmed: { type: 'speech-confirmed', atMs: T0, onsetMs: T0 },
  ended: { type: 'speech-ended', atMs: T0, onsetMs: T0, endMs: T0 },
  words: { type: 'stt-final', transcript: { text: 'Words.' } },
  digit: { type: 'dtmf', atMs: T0, digit: '#' },
  'llm done': { type: 'llm-event', turnId: 1, event: { type: 'done' } },
  'llm error': { type: 'llm-error', turnId: 1, error },
  'tts error': { type: 'tts-error', turnId: 1, sentenceId: 1, error },
  'tts audio': { type: 'tts-audio', turnId: 1, sentenceId: 1, audio },
  started: { type: 'playout-started', playoutId: 1, atMs: T0 },
  completed: {
    type: 'playout-ended',
    playoutId: 1,
    atMs: T0,
    reason: 'completed',
    playedMs: 1_000,
  },
  flushed: { type: 'playout-ended', playoutId: 1, atMs: T0, reason: 'flushed', playedMs: 500 },
  'stt error': { type: 'stt-error', error },
  stop: { type: 'stop' },
} as const satisfies Record<string, TurnInput>;

const asked: readonly TurnInput[] = [inputs.start, inputs.digit];
const text = { type: 'llm-event', turnId: 1, event: { type: 'text', delta: 'Yes. ' } } as const;
const more = { type: 'llm-event', turnId: 1, event: { type: 'text', delta: 'No.' } } as const;
const speaking = [...asked, text, more, inputs['tts audio'], inputs.started];

const reach: Readonly<Record<TurnEngineState, readonly TurnInput[]>> = {
  created: [],
  listening: [inputs.start],
  thinking: asked,
  speaking,
  paused: [...speaking, inputs.confirmed],
  flushing: [...speaking, inputs.confirmed, { type: 'stt-interim', transcript: { text: 'Wait' } }],
  'hanging-up': [inputs.start, inputs['stt error']],
  stopped: [inputs.start, inputs.stop],
};

function create(state: TurnEngineState, changes: Partial<AgentSpec> = {}): TurnEngine {
  const policy = { failureSentence: '', onProviderFailure: 'end-call' } as const;
  const agent = turnAgent(state === 'hanging-up' ? policy : changes);
  const engine = new TurnEngine({ agent }, T0);
  for (const input of reach[state]) engine.handleInput(input, T0);
  drain(engine);
  return engine;
}

function drain(engine: TurnEngine): readonly TurnOutput[] {
  const outputs: TurnOutput[] = [];
  for (let out = engine.pollOutput(); out; out = engine.pollOutput()) outputs.push(out);
  return outputs;
}

type Row = Readonly<Record<keyof typeof inputs, TurnEngineState>>;

function stays(state: TurnEngineState, except: Partial<Row> = {}): Row {
  const row = Object.fromEntries(Object.keys(inputs).map((name) => [name, state]));
  return { ...row, stop: 'stopped', ...except } as Row;
}

const table: Readonly<Record<TurnEngineState, Row>> = {
  created: stays('created', { start: 'listening' }),
  listening: stays('listening', { digit: 'thinking', 'stt error': 'thinking' }),
  thinking: stays('thinking', {
    confirmed: 'listening',
    'llm done': 'listening',
    'llm error': 'thinking',
  }),
  speaking: stays('speaking', {
    confirmed: 'paused',
    digit: 'flushing',
    completed: 'listening',
    flushed: 'listening',
  }),
  paused: stays('paused', {
    words: 'flushing',
    digit: 'flushing',
    completed: 'listening',
    flushed: 'listening',
  }),
  flushing: stays('flushing', { completed: 'listening', flushed: 'listening' }),
  'hanging-up': stays('hanging-up'),
  stopped: stays('stopped'),
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([input, next]) => ({ state, input, next })),
) as readonly { state: TurnEngineState; input: keyof typeof inputs; next: TurnEngineState }[];

describe('TurnEngine', () => {
  test.each(cells)('$state, given $input, is $next', ({ state, input, next }) => {
    const engine = create(state);
    expect(engine.state).toBe(state);
    engine.handleInput(inputs[input], T0);

    expect(engine.state).toBe(next);
  });

  test('a flush that is never reported is settled by the marks', () => {
    const engine = create('speaking');
    engine.handleInput({ type: 'tts-done', turnId: 1, sentenceId: 1 }, T0);
    engine.handleInput({ type: 'mark-reached', atMs: T0, playoutId: 1, markId: 1 }, T0);
    engine.handleInput(inputs.digit, T0);
    expect([engine.state, engine.pollTimeout()]).toEqual(['flushing', 200]);

    drain(engine);
    engine.handleTimeout(monotonicMs(200));
    const [heard, trace, next] = drain(engine);
    expect(heard).toMatchObject({ type: 'transcript', text: 'Yes.', interrupted: true });
    expect(trace).toMatchObject({ type: 'turn', trace: { bargeIn: { outcome: 'flushed' } } });
    expect(next).toMatchObject({ type: 'llm-start' });
  });

  test('a reply that ends while it is paused leaves no pause behind', () => {
    const engine = create('paused');
    engine.handleInput(inputs.completed, T0);

    expect(drain(engine)).toContainEqual({ type: 'playout-resume' });
  });

  test('the tools of the agent come after end_call', () => {
    const tool = { name: 'weather', description: '', parameters: {} };
    const engine = new TurnEngine({ agent: turnAgent(), tools: [tool] }, T0);
    for (const input of asked) engine.handleInput(input, T0);

    const start = drain(engine).find((output) => output.type === 'llm-start');
    expect(start?.request.tools.map(({ name }) => name)).toEqual(['end_call', 'weather']);
  });

  test('what the agent is to know it speaks of when it has the floor, once it can be heard', () => {
    const engine = create('listening');
    engine.handleInput({ type: 'held' }, T0);
    engine.handleInput({ type: 'note', text: '[they are busy]' }, T0);
    expect(drain(engine)).toEqual([]);
    engine.handleInput({ type: 'resumed' }, T0);

    const start = drain(engine).find((output) => output.type === 'llm-start');
    expect(start?.request.messages.at(-1)).toEqual({ role: 'user', content: '[they are busy]' });
  });

  test('a second flush does not wait for the silence of the first: each trace comes once', () => {
    const endpointing = { silenceMs: 500, minSilenceMs: 50, transcriptWaitMs: 2_000 };
    const engine = create('flushing', { endpointing });
    const turn3 = { turnId: 3, sentenceId: 1 };
    const inOrder: readonly TurnInput[] = [
      inputs.flushed,
      inputs.ended,
      inputs.words,
      { ...text, turnId: 3 },
      { ...more, turnId: 3 },
      { ...inputs['tts audio'], ...turn3 },
      { ...inputs.started, playoutId: 3 },
      inputs.digit,
      inputs.stop,
    ];
    for (const input of inOrder) engine.handleInput(input, monotonicMs(100));

    const traces = drain(engine).filter((output) => output.type === 'turn');
    expect(traces.map(({ trace }) => [trace.turnId, trace.bargeIn?.outcome])).toEqual([
      [1, 'flushed'],
      [3, 'flushed'],
    ]);
  });
});
