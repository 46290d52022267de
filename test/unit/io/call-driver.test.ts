import { describe, expect, test } from 'vitest';
import type { CallEvent } from '../../../src/call/call-event.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import { CallDriver, type CallDriverOptions } from '../../../src/io/call-driver.ts';
import { monotonicClock } from '../../../src/io/monotonic-clock.ts';
import { Recordings } from '../../../src/io/recordings.ts';
import { DEFAULT_VAD } from '../../../src/media/media-engine.ts';
import type { AgentSpec } from '../../../src/voice/agent-spec.ts';
import type { TurnOutput } from '../../../src/voice/turn-io.ts';
import { FakeMediaEngine } from '../../support/call/fake-media.ts';
import { FakeProviders } from '../../support/call/fake-providers.ts';
import { FakeIncomingCall, FakeSignaling } from '../../support/call/fake-signaling.ts';
import { FakeTurns } from '../../support/call/fake-turns.ts';
import { callSpec } from '../../support/call/specs.ts';
import { ROUTE } from '../../support/call/switchboard.ts';
import { settled, VirtualClock } from '../../support/call/virtual-clock.ts';

interface Rig {
  readonly driver: CallDriver;
  readonly media: FakeMediaEngine;
  readonly providers: FakeProviders;
  readonly turns: FakeTurns;
  readonly incoming: FakeIncomingCall;
}

function rig(changes: Partial<CallDriverOptions> = {}, turns = new FakeTurns()): Rig {
  const clock = new VirtualClock();
  const media = new FakeMediaEngine(clock);
  const providers = new FakeProviders();
  const incoming = new FakeIncomingCall();
  const driver = new CallDriver({
    spec: callSpec(),
    peer: { direction: 'inbound', incoming },
    media,
    session: { rtpTimeoutMs: 10_000, duckDb: -18, vad: DEFAULT_VAD },
    mediaAddress: '127.0.0.1',
    signaling: new FakeSignaling(),
    routeTo: () => undefined,
    providers,
    createTurns: () => turns,
    recording: new Recordings({ directory: '/nonexistent' }).of('call-1'),
    clock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    onEvent: () => {},
    onFinished: () => {},
    ...changes,
  });
  return { driver, media, providers, turns, incoming };
}

/** A turn engine that asks for `outputs` on a digit. */
async function asked(outputs: readonly TurnOutput[]): Promise<Rig> {
  const made = rig({}, new FakeTurns({ dtmf: outputs }));
  made.driver.start();
  await settled();
  return made;
}

function press({ media }: Rig): void {
  media.sessions[0]?.press('1');
}

const REQUEST = { messages: [], tools: [] };

describe('answers of the providers reach the turn engine', () => {
  test('a reply, event by event, by its turn', async () => {
    const made = await asked([{ type: 'llm-start', turnId: 4, request: REQUEST }]);

    press(made);
    await settled();

    expect(made.turns.heard.slice(2)).toEqual([
      { type: 'llm-event', turnId: 4, event: { type: 'text', delta: 'Well.' } },
      { type: 'llm-event', turnId: 4, event: { type: 'done' } },
    ]);
  });

  test('a reply that just ends is done', async () => {
    const made = await asked([{ type: 'llm-start', turnId: 4, request: REQUEST }]);
    made.providers.replies = [];

    press(made);
    await settled();

    expect(made.turns.heard.at(-1)).toMatchObject({ type: 'llm-event', event: { type: 'done' } });
  });

  test('a vendor’s own exception as provider-protocol, a TrunklineError as it is', async () => {
    const made = await asked([{ type: 'llm-start', turnId: 4, request: REQUEST }]);
    made.providers.llmFailure = new TypeError('undefined is not a chunk');
    press(made);
    await settled();
    made.providers.llmFailure = new TrunklineError('provider-overloaded', '429');
    press(made);
    await settled();

    const errors = made.turns.heard.flatMap((input) =>
      input.type === 'llm-error' ? [input.error.code] : [],
    );
    expect(errors).toEqual(['provider-protocol', 'provider-overloaded']);
  });

  test('the speech of a sentence, and its end', async () => {
    const request = { text: 'Well.', voice: 'slt' };
    const made = await asked([{ type: 'tts-start', turnId: 4, sentenceId: 2, request }]);

    press(made);
    await settled();

    expect(made.turns.heard.slice(2)).toMatchObject([
      { type: 'tts-audio', turnId: 4, sentenceId: 2 },
      { type: 'tts-done', turnId: 4, sentenceId: 2 },
    ]);
  });

  test('nothing of a request that was cancelled', async () => {
    const made = await asked([
      { type: 'llm-start', turnId: 4, request: REQUEST },
      { type: 'llm-cancel', turnId: 4 },
    ]);

    press(made);
    await settled();

    expect(made.turns.inputs).toEqual(['start', 'dtmf']);
    expect(made.providers.requestsOpen).toBe(0);
  });

  test('a recogniser that cannot be opened as an error of the recogniser', async () => {
    const made = rig();
    made.providers.stt.open = () => {
      throw new Error('no such host');
    };
    made.driver.start();
    await settled();

    expect(made.turns.inputs).toEqual(['start', 'stt-error']);
    expect(made.driver.state).toBe('answered');
  });
});

describe('a call driver', () => {
  test('carries out what is pending before what its listener asks meanwhile', async () => {
    const events: string[] = [];
    const onEvent = (event: CallEvent) => {
      events.push(event.type);
      if (event.type === 'answered') made.driver.tell({ type: 'stop' });
    };
    const made = rig({ onEvent });
    made.driver.start();
    await settled();

    expect(events).toEqual(['created', 'answered', 'ended', 'finished']);
    expect(made.media.sessions[0]?.remotes).toHaveLength(1);
    expect(made.incoming.established.byesSent).toBe(1);
  });

  test('ends the call when a port throws', async () => {
    const endings: string[] = [];
    const onEvent = (event: CallEvent) => {
      if (event.type === 'ended') endings.push(event.termination.reason);
    };
    const made = rig({ onEvent });
    made.incoming.ring = () => {
      throw new Error('socket closed');
    };
    made.driver.start();
    await settled();

    expect(endings).toEqual(['internal-error']);
    expect(made.driver.state).toBe('finished');
    expect(made.media.sessionsOpen).toBe(0);
  });

  test('wakes by the real clock', async () => {
    const signaling = new FakeSignaling();
    const { carrier, ...request } = ROUTE;
    await new Promise<void>((resolve) => {
      const { driver } = rig({
        spec: callSpec({ direction: 'outbound', ringTimeoutMs: 5 }),
        peer: { direction: 'outbound', signaling, request },
        carrier,
        clock: monotonicClock,
        onFinished: resolve,
      });
      driver.start();
    });

    expect(signaling.dialled.map((call) => call.cancels)).toEqual([1]);
  });
});

test('the background of the agent is heard from the first connection on, and none where it has none', async () => {
  const background = { sound: 'office', level: 'low' } as const;
  const spec = callSpec();
  const agents: readonly AgentSpec[] = [{ ...spec.agent, background }, spec.agent];
  for (const agent of agents) {
    const { driver, media } = rig({ spec: { ...spec, agent } });
    driver.start();
    await settled();
    expect(media.sessions[0]?.background).toEqual(agent.background);
  }
});
