import { describe, expect, test } from 'vitest';
import { Call } from '../../../src/call/call.ts';
import type { CallEvent } from '../../../src/call/call-event.ts';
import type { CallSpec } from '../../../src/call/call-spec.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import { after, monotonicMs } from '../../../src/core/time.ts';
import { drain, INPUTS, type InputName, outputsOf } from '../../support/call/call-trace.ts';
import { FakeTurns } from '../../support/call/fake-turns.ts';
import { callSpec } from '../../support/call/specs.ts';

const T0 = monotonicMs(1_000);

function start(changes: Partial<CallSpec> = {}, turns = new FakeTurns()): Call {
  const spec = callSpec({ record: true, ...changes });
  return new Call({ spec, carrier: 'main', createTurns: () => turns }, T0);
}

function feed(call: Call, ...names: readonly InputName[]): void {
  for (const name of names) call.handleInput(INPUTS[name], T0);
}

function eventsOf(call: Call): CallEvent[] {
  return outputsOf(call).flatMap((output) => (output.type === 'event' ? [output.event] : []));
}

const SITUATIONS = {
  incoming: { direction: 'inbound', reach: [] },
  answering: { direction: 'inbound', reach: ['media-opened'] },
  queued: { direction: 'outbound', reach: [] },
  dialing: { direction: 'outbound', reach: ['media-opened'] },
  ringing: { direction: 'outbound', reach: ['media-opened', '180'] },
  answered: { direction: 'outbound', reach: ['media-opened', 'answered'] },
  withdrawing: { direction: 'outbound', reach: ['media-opened', 'stop'] },
  ended: { direction: 'outbound', reach: ['media-opened', 'answered', 'stop'] },
  finished: {
    direction: 'outbound',
    reach: ['media-opened', 'answered', 'BYE', 'media closed', 'recording-closed'],
  },
} as const satisfies Readonly<
  Record<string, { direction: CallSpec['direction']; reach: readonly InputName[] }>
>;

/** What every input does that does anything: the state it leads to, and the outputs. */
const REACTIONS: Readonly<
  Record<keyof typeof SITUATIONS, Readonly<Partial<Record<InputName, string>>>>
> = {
  incoming: {
    'media-opened': 'incoming answer stt-open',
    tone: 'incoming :tone',
    'media-unavailable': 'finished reject 503 providers-close :ended overloaded :finished finished',
    'offer-refused': 'ended reject 488 providers-close media-close :ended media-failed',
    '486': 'ended reject 500 providers-close :ended busy',
    'answer-failed': 'ended reject 500 providers-close :ended caller-cancelled',
    CANCEL: 'ended providers-close :ended caller-cancelled',
    stop: 'ended reject 480 providers-close :ended cancelled',
    cancel: 'ended reject 480 providers-close :ended cancelled',
    shutdown: 'ended reject 503 providers-close :ended server-shutdown',
    'internal-error': 'ended reject 500 providers-close :ended internal-error',
    'media closed': 'finished reject 500 providers-close :ended internal-error :finished finished',
  },
  answering: {
    answered: 'answered :answered media-connect media-detect recording-start',
    tone: 'incoming :tone',
    'answered without codec':
      'ended :answered hangup providers-close media-close :ended media-failed',
    'media-unavailable': 'ended providers-close media-close :ended overloaded',
    'offer-refused': 'ended providers-close media-close :ended media-failed',
    '486': 'ended providers-close media-close :ended busy',
    'answer-failed': 'ended providers-close media-close :ended caller-cancelled',
    CANCEL: 'ended providers-close media-close :ended caller-cancelled',
    stop: 'ended providers-close media-close :ended cancelled',
    cancel: 'ended providers-close media-close :ended cancelled',
    shutdown: 'ended providers-close media-close :ended server-shutdown',
    'internal-error': 'ended providers-close media-close :ended internal-error',
    'media closed': 'ended providers-close :ended internal-error',
  },
  queued: {
    'media-opened': 'dialing dial :dialing',
    tone: 'queued :tone',
    'media-unavailable': 'finished providers-close :ended overloaded :finished finished',
    'offer-refused': 'ended providers-close media-close :ended media-failed',
    '486': 'ended providers-close :ended busy',
    'answer-failed': 'ended providers-close :ended caller-cancelled',
    CANCEL: 'ended providers-close :ended caller-cancelled',
    stop: 'ended providers-close :ended cancelled',
    cancel: 'ended providers-close :ended cancelled',
    shutdown: 'ended providers-close :ended server-shutdown',
    'internal-error': 'ended providers-close :ended internal-error',
    'media closed': 'finished providers-close :ended internal-error :finished finished',
  },
  dialing: unanswered({ '180': 'ringing :ringing', tone: 'dialing :tone' }),
  ringing: unanswered({ tone: 'ringing :tone' }),
  answered: {
    'answered without codec': 'ended hangup providers-close media-close :ended media-failed',
    moved: 'answered media-connect',
    'peer holds': 'answered media-deafen media-mute :held playout-pause',
    hold: 'answered reoffer',
    held: 'answered media-deafen media-mute :held playout-pause',
    'hold refused': 'answered :hold-refused',
    press: 'answered send-digits',
    'INFO 5': 'answered :dtmf',
    tone: 'answered :tone',
    'peer replaced': 'answered :peer-replaced media-connect',
    'transfer blind': 'answered :transfer started refer',
    'transfer attended': 'answered :transfer started second-leg-dial',
    'transfer warm':
      'answered :transfer started announce second-leg-dial media-deafen playout-flush',
    'transfer bridge': 'answered :transfer started second-leg-dial',
    BYE: 'ended providers-close media-close :ended hangup',
    stop: 'ended hangup providers-close media-close :ended stopped',
    shutdown: 'ended hangup providers-close media-close :ended server-shutdown',
    'internal-error': 'ended hangup providers-close media-close :ended internal-error',
    'rtp-timeout': 'ended hangup providers-close media-close :ended rtp-timeout',
    dtmf: 'answered :dtmf',
    'media closed': 'ended recording-stop hangup providers-close :ended internal-error',
    'recording-failed': 'answered :provider-error',
  },
  // A 200 that crossed our CANCEL gets its BYE (RFC 3261 section 9.1).
  withdrawing: { answered: 'ended hangup', 'answered without codec': 'ended hangup' },
  ended: {
    'media closed': 'ended recording-stop',
    'recording-failed': 'ended :provider-error',
  },
  finished: {},
};

function unanswered(
  own: Readonly<Partial<Record<InputName, string>>>,
): Readonly<Partial<Record<InputName, string>>> {
  return {
    answered: 'answered :answered media-connect media-detect stt-open recording-start',
    'answered without codec':
      'ended :answered hangup providers-close media-close :ended media-failed',
    'media-unavailable': 'ended cancel providers-close media-close :ended overloaded',
    'offer-refused': 'ended cancel providers-close media-close :ended media-failed',
    '486': 'ended providers-close media-close :ended busy',
    'answer-failed': 'ended providers-close media-close :ended caller-cancelled',
    CANCEL: 'ended cancel providers-close media-close :ended caller-cancelled',
    stop: 'ended cancel providers-close media-close :ended cancelled',
    cancel: 'ended cancel providers-close media-close :ended cancelled',
    shutdown: 'ended cancel providers-close media-close :ended server-shutdown',
    'internal-error': 'ended cancel providers-close media-close :ended internal-error',
    'media closed': 'ended cancel providers-close :ended internal-error',
    ...own,
  };
}

describe.each(Object.keys(SITUATIONS) as (keyof typeof SITUATIONS)[])('a call that is %s', (at) => {
  const { direction, reach } = SITUATIONS[at];

  test.each(Object.keys(INPUTS) as InputName[])('given %s, does what the table says', (name) => {
    const call = start({ direction });
    feed(call, ...reach);
    const before = call.state;
    drain(call);

    feed(call, name);

    expect([call.state, ...drain(call)].join(' ')).toBe(REACTIONS[at][name] ?? before);
  });
});

describe('an incoming call', () => {
  test('rings while its media session is opened', () => {
    expect(drain(start())).toEqual([':created', 'ring', 'media-open']);
  });

  test('tells the turn engine of a recogniser that failed before the answer', () => {
    const turns = new FakeTurns();
    const call = start({}, turns);

    feed(call, 'media-opened', 'stt-error', 'answered', 'ACK');

    expect(turns.inputs).toEqual(['start', 'stt-error']);
  });
});

describe('an outgoing call', () => {
  test('opens its media session before it dials: the offer names the port', () => {
    const call = start({ direction: 'outbound' });

    expect(drain(call)).toEqual([':created', 'media-open']);
  });

  test('names the carrier when it dials', () => {
    const call = start({ direction: 'outbound' });
    feed(call, 'media-opened');

    expect(eventsOf(call)).toContainEqual({ type: 'dialing', atMs: T0, carrier: 'main' });
  });

  test('is cancelled when it rang for ringTimeoutMs', () => {
    const call = start({ direction: 'outbound', ringTimeoutMs: 20_000 });
    feed(call, 'media-opened', '180');
    drain(call);

    expect(call.pollTimeout()).toBe(after(T0, 20_000));
    call.handleTimeout(after(T0, 20_000));

    expect(drain(call)).toEqual(['cancel', 'providers-close', 'media-close', ':ended no-answer']);
  });

  test('keeps the final status and reason as they came', () => {
    const call = start({ direction: 'outbound' });
    feed(call, 'media-opened', '486');

    expect(eventsOf(call)).toContainEqual({
      type: 'ended',
      atMs: T0,
      termination: { reason: 'busy', by: 'network', sipStatus: 486, sipReason: 'Busy Here' },
    });
  });
});

describe('an answered call', () => {
  function answered(turns: FakeTurns, changes: Partial<CallSpec> = {}): Call {
    const call = start(changes, turns);
    feed(call, 'media-opened', 'answered', 'ACK');
    drain(call);
    return call;
  }

  test('ends after maxDurationMs, counted from the answer', () => {
    const call = answered(new FakeTurns());

    call.handleTimeout(after(T0, 600_000));

    expect(drain(call)).toContain(':ended max-duration');
  });

  test('wakes at the earlier of its own deadline and the turn engine’s', () => {
    const call = answered(new FakeTurns());

    expect(call.pollTimeout()).toBe(after(T0, 30_000));
  });

  test.each([
    { reason: 'agent-ended', by: 'agent' },
    { reason: 'silence', by: 'system' },
    { reason: 'provider-failed', by: 'system' },
  ] as const)('hangs up when the turn engine says $reason', ({ reason, by }) => {
    const call = answered(new FakeTurns({ dtmf: [{ type: 'hang-up', reason }] }));

    feed(call, 'dtmf');

    const ended = eventsOf(call).find((event) => event.type === 'ended');
    expect(ended?.termination).toEqual({ reason, by });
  });

  test('reports what the turn engine reports, and passes on what it asks for', () => {
    const error = new TrunklineError('provider-timeout', 'no first token');
    const call = answered(
      new FakeTurns({
        dtmf: [
          { type: 'playout-pause' },
          { type: 'transcript', speaker: 'caller', text: 'hi', interrupted: false },
          { type: 'turn', trace: { turnId: 1, kind: 'reply' } },
          { type: 'provider-error', provider: 'llm', error },
        ],
      }),
    );

    feed(call, 'dtmf');

    expect(drain(call)).toEqual([
      ':dtmf',
      'playout-pause',
      ':transcript',
      ':turn',
      ':provider-error',
    ]);
  });

  test('reports the last words of the turn engine before its end', () => {
    const call = answered(
      new FakeTurns({
        stop: [{ type: 'transcript', speaker: 'agent', text: 'I am', interrupted: true }],
      }),
    );

    feed(call, 'BYE');

    expect(drain(call)).toEqual([':transcript', 'providers-close', 'media-close', ':ended hangup']);
  });

  test('gives everything back even when the turn engine throws on its stop', () => {
    const turns = new FakeTurns();
    const call = answered(turns);
    turns.throwsOn = 'stop';

    expect(() => feed(call, 'stop')).toThrow('scripted fault');

    expect(drain(call)).toEqual(['hangup', 'providers-close', 'media-close', ':ended stopped']);
  });

  test('asks a turn engine that threw for nothing more', () => {
    const turns = new FakeTurns();
    const call = answered(turns);

    feed(call, 'internal-error');

    expect(turns.inputs).toEqual(['start']);
    expect(drain(call)).toContain(':ended internal-error');
  });

  test('hears nothing of the turn engine after its end', () => {
    const turns = new FakeTurns();
    const call = answered(turns);

    feed(call, 'BYE', 'dtmf', 'stt-error');

    expect(turns.inputs).toEqual(['start', 'stop']);
  });
});

describe('an ended call', () => {
  function ended(): Call {
    const call = start();
    feed(call, 'media-opened', 'answered');
    call.handleInput(INPUTS.stop, after(T0, 5_000));
    drain(call);
    return call;
  }

  test('finishes when dialog, media and recording are closed, with duration and recording', () => {
    const call = ended();

    feed(call, 'hung-up', 'media closed', 'recording-written', 'recording-closed');

    expect(eventsOf(call)).toContainEqual({
      type: 'finished',
      atMs: T0,
      durationMs: 5_000,
      recordingPath: '/rec/call-1.mp3',
      recordingMs: 4_000,
    });
    expect(call.pollTimeout()).toBeUndefined();
  });

  test('stops recording when the media session is closed: the last audio comes before that', () => {
    const call = ended();

    feed(call, 'hung-up');
    expect(drain(call)).toEqual([]);
    feed(call, 'media closed');
    expect(drain(call)).toEqual(['recording-stop']);
  });

  test('gives up on a far end and a media session that do not close', () => {
    const call = ended();

    call.handleTimeout(after(T0, 10_000));
    expect(drain(call)).toEqual(['recording-stop']);
    feed(call, 'recording-closed');

    expect(drain(call)).toEqual([':finished', 'finished']);
  });

  test('gives up on a recording that does not close', () => {
    const call = ended();
    call.handleTimeout(after(T0, 10_000));
    drain(call);

    call.handleTimeout(after(T0, 70_000));

    expect(drain(call)).toEqual([':finished', 'finished']);
    expect(call.pollTimeout()).toBeUndefined();
  });

  test('says nothing more once it has given up a recording, whatever becomes of it', () => {
    const call = ended();
    call.handleTimeout(after(T0, 10_000));
    call.handleTimeout(after(T0, 70_000));
    drain(call);

    feed(call, 'recording-written', 'recording-failed', 'recording-closed');

    expect(drain(call)).toEqual([]);
  });

  test('hangs up a dialog that comes about after it finished', () => {
    const call = start({ direction: 'outbound', record: false });
    feed(call, 'media-opened', 'stop');
    call.handleTimeout(after(T0, 5_000));
    expect(call.state).toBe('finished');
    drain(call);

    feed(call, 'answered');

    expect(drain(call)).toEqual(['hangup']);
  });

  test('closes a media session that comes about after its end', () => {
    const call = start({ direction: 'outbound' });
    feed(call, 'stop');
    drain(call);

    feed(call, 'media-opened');

    expect(drain(call)).toEqual(['media-close']);
  });
});
