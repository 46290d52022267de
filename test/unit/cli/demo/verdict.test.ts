import { describe, expect, test } from 'vitest';
import type { CallObject, TurnView } from '../../../../src/cli/demo/call-object.ts';
import { faultsOfCall, faultsOfRecording } from '../../../../src/cli/demo/verdict.ts';

const REPLY: TurnView = { turn_id: 2, kind: 'reply', first_packet_out_ms: 8_200 };
const INTERRUPTED: TurnView = { ...REPLY, barge_in: { onset_ms: 9_000, outcome: 'flushed' } };

const GOOD: CallObject = {
  id: 'id',
  sip_call_id: 'sip',
  completed: true,
  duration: 0.5,
  started_at: '2026-01-31T12:00:00.000Z',
  end_reason: 'hangup',
  ended_by: 'caller',
  transcript: [{ id: 1, user: 'user', text: '[pressed 12#]', interrupted: false, created_at: '' }],
  turns: [{ ...REPLY, kind: 'greeting' }, REPLY, INTERRUPTED, REPLY, REPLY],
};

const LOUD = new Int16Array(8_000 * 30).fill(3_000);

function recording(...channels: readonly Int16Array[]) {
  return {
    sampleRateHz: 8_000,
    channels,
    durationMs: ((channels[0]?.length ?? 0) * 1_000) / 8_000,
  };
}

describe('faultsOfCall', () => {
  test('finds nothing in a call that went well', () => {
    expect(faultsOfCall(GOOD)).toEqual([]);
  });

  test.each<[string, Partial<CallObject>, string]>([
    ['a missing turn', { turns: GOOD.turns.slice(1) }, '4 turns instead of 5'],
    [
      'a turn that failed',
      { turns: [...GOOD.turns.slice(0, 4), { ...REPLY, error: 'provider-failed' }] },
      'turn 5 failed: provider-failed',
    ],
    [
      'a turn that was not heard',
      { turns: [...GOOD.turns.slice(0, 4), { turn_id: 6, kind: 'reply' }] },
      'turn 5 was not heard',
    ],
    [
      'an interruption without effect',
      { turns: GOOD.turns.map(() => REPLY) },
      'the interruption did not stop the agent',
    ],
    ['keys that did not arrive', { transcript: [] }, 'the keys 1 2 # did not arrive'],
    ['another ending', { ended_by: 'agent' }, 'the call was ended by agent'],
  ])('names %s', (_name, change, fault) => {
    expect(faultsOfCall({ ...GOOD, ...change })).toEqual([fault]);
  });
});

describe('faultsOfRecording', () => {
  test('finds nothing in a stereo recording of the length of the call with both sides in it', () => {
    expect(faultsOfRecording(recording(LOUD, LOUD), GOOD)).toEqual([]);
  });

  test('names a silent side', () => {
    const silent = new Int16Array(LOUD.length);
    expect(faultsOfRecording(recording(LOUD, silent), GOOD)).toEqual([
      'the agent is not heard in the recording',
    ]);
    expect(faultsOfRecording(recording(silent, LOUD), GOOD)).toEqual([
      'the caller is not heard in the recording',
    ]);
  });

  test('names a recording that is not stereo', () => {
    expect(faultsOfRecording(recording(LOUD), GOOD)).toContain('the recording is not stereo');
  });

  test('names a recording that is shorter than the call', () => {
    const short = LOUD.subarray(0, 8_000 * 20);
    expect(faultsOfRecording(recording(short, short), GOOD)).toEqual([
      'the recording and the call differ by 10.0 s',
    ]);
  });
});
