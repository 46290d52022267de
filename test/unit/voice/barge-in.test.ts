import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { DEFAULT_BARGE_IN } from '../../../src/voice/agent-spec.ts';
import { BargeIn } from '../../../src/voice/barge-in.ts';

const at = monotonicMs;

function reach(state: 'clear' | 'ducked' | 'paused-speech' | 'paused-quiet'): BargeIn {
  const bargeIn = new BargeIn(DEFAULT_BARGE_IN);
  if (state !== 'clear') bargeIn.speechStarted(at(0));
  if (state.startsWith('paused')) bargeIn.speechConfirmed(at(0));
  if (state === 'paused-quiet') bargeIn.speechEnded(at(200));
  return bargeIn;
}

const inputs = {
  started: (bargeIn: BargeIn) => bargeIn.speechStarted(at(300)),
  confirmed: (bargeIn: BargeIn) => bargeIn.speechConfirmed(at(300)),
  ended: (bargeIn: BargeIn) => bargeIn.speechEnded(at(350)),
  words: (bargeIn: BargeIn) => bargeIn.words(at(350)),
  digit: (bargeIn: BargeIn) => bargeIn.digit(at(350)),
  over: (bargeIn: BargeIn) => bargeIn.playoutEnded(),
} as const;

describe('BargeIn', () => {
  test.each([
    ['clear', 'started', undefined, undefined],
    ['clear', 'confirmed', 'pause', 700],
    ['clear', 'ended', undefined, undefined],
    ['clear', 'words', undefined, undefined],
    ['clear', 'digit', 'flush', undefined],
    ['clear', 'over', undefined, undefined],
    ['ducked', 'started', undefined, undefined],
    ['ducked', 'confirmed', 'pause', 700],
    ['ducked', 'ended', 'release', undefined],
    ['ducked', 'words', undefined, undefined],
    ['ducked', 'digit', 'flush', undefined],
    ['ducked', 'over', 'release', undefined],
    ['paused-speech', 'started', undefined, 400],
    ['paused-speech', 'confirmed', undefined, 400],
    ['paused-speech', 'ended', undefined, 1_150],
    ['paused-speech', 'words', 'flush', undefined],
    ['paused-speech', 'digit', 'flush', undefined],
    ['paused-speech', 'over', 'resume', undefined],
    ['paused-quiet', 'started', undefined, undefined],
    ['paused-quiet', 'confirmed', undefined, 700],
    ['paused-quiet', 'ended', undefined, 1_000],
    ['paused-quiet', 'words', 'flush', undefined],
    ['paused-quiet', 'digit', 'flush', undefined],
    ['paused-quiet', 'over', 'resume', undefined],
  ] as const)('%s, %s: %s', (state, input, action, deadline) => {
    const bargeIn = reach(state);

    expect(inputs[input](bargeIn)).toBe(action);
    expect(bargeIn.deadline).toBe(deadline);
  });

  test('speech of flushAfterMs flushes, silence of resumeAfterMs resumes', () => {
    const speaking = reach('paused-speech');
    expect(speaking.handleTimeout(at(399))).toBeUndefined();
    expect(speaking.handleTimeout(at(400))).toBe('flush');

    const quiet = reach('paused-quiet');
    expect(quiet.handleTimeout(at(999))).toBeUndefined();
    expect(quiet.handleTimeout(at(1_000))).toBe('resume');
    expect(quiet.trace).toEqual({ onsetMs: 0, outcome: 'resumed' });
  });

  test('a click after a resumed interruption leaves the trace of that one', () => {
    const bargeIn = reach('paused-quiet');
    bargeIn.handleTimeout(at(1_000));
    bargeIn.speechStarted(at(2_000));
    bargeIn.ducked(at(2_032));
    bargeIn.speechEnded(at(2_040));

    expect(bargeIn.trace).toEqual({ onsetMs: 0, outcome: 'resumed' });
  });

  test('the first stamp of each kind counts, silence also after the flush', () => {
    const bargeIn = reach('ducked');
    bargeIn.ducked(at(40));
    bargeIn.ducked(at(60));
    bargeIn.digit(at(100));
    bargeIn.silenced(at(120));
    bargeIn.silenced(at(140));

    expect(bargeIn.trace).toEqual({ onsetMs: 0, duckedMs: 40, stoppedMs: 120, outcome: 'flushed' });
  });
});
