import { describe, expect, test } from 'vitest';
import { pcmDurationMs } from '../../../../src/audio/pcm-frame.ts';
import { monotonicMs } from '../../../../src/core/time.ts';
import { SandboxStt } from '../../../../src/providers/sandbox/sandbox-stt.ts';
import type { SttTranscript } from '../../../../src/voice/ports.ts';
import { tone } from '../../../support/providers/level-watch.ts';

const FRAME_SAMPLES = 160;
const NOW = monotonicMs(0);

function open() {
  const finals: SttTranscript[] = [];
  const stream = new SandboxStt().open(
    { sampleRateHz: 8_000 },
    {
      onInterim: () => expect.fail('no words, no interim'),
      onFinal: (transcript) => finals.push(transcript),
      onError: () => expect.fail('nothing to fail'),
    },
  );
  const say = (samples: Int16Array) => {
    for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
      stream.write(samples.subarray(at, at + FRAME_SAMPLES));
    }
  };
  return { stream, finals, say };
}

const silence = (durationMs: number) => new Int16Array(durationMs * 8);

describe('the sandbox recogniser', () => {
  test('reports how long and how loud, not what', () => {
    const { stream, finals, say } = open();
    say(silence(1_000));
    say(tone(60, 8_000));
    stream.speechStarted(NOW);
    say(tone(1_340, 8_000));
    say(silence(300));
    stream.speechEnded(NOW);
    expect(finals).toHaveLength(1);
    expect(finals[0]?.text).toMatch(/^\[speech 1[.]5 s, -1[56] dBFS\]$/);
    const { audio } = finals[0] ?? {};
    // 1.4 s and a margin of 60 ms at both ends.
    expect(audio && pcmDurationMs(audio)).toBeCloseTo(1_520, -1);
  });

  test('a knock on the line is no speech', () => {
    const { stream, finals, say } = open();
    stream.speechStarted(NOW);
    say(tone(40, 8_000));
    say(silence(400));
    stream.speechEnded(NOW);
    expect(finals).toEqual([{ text: '' }]);
  });

  test('digital silence is no speech', () => {
    const { stream, finals, say } = open();
    stream.speechStarted(NOW);
    say(silence(2_000));
    stream.speechEnded(NOW);
    expect(finals).toEqual([{ text: '' }]);
  });

  test('keeps at most 15 seconds', () => {
    const { stream, finals, say } = open();
    stream.speechStarted(NOW);
    say(tone(20_000, 8_000));
    stream.speechEnded(NOW);
    const { audio } = finals[0] ?? {};
    expect(audio && pcmDurationMs(audio)).toBe(15_000);
  });

  test('each stretch of speech is its own', () => {
    const { stream, finals, say } = open();
    for (const durationMs of [500, 800]) {
      stream.speechStarted(NOW);
      say(tone(durationMs, 8_000));
      stream.speechEnded(NOW);
    }
    expect(finals.map((final) => final.audio && pcmDurationMs(final.audio))).toEqual([500, 800]);
  });

  test('the samples may be reused after a write', () => {
    const { stream, finals } = open();
    const reused = tone(400, 8_000);
    stream.speechStarted(NOW);
    stream.write(reused);
    reused.fill(0);
    stream.speechEnded(NOW);
    expect(finals[0]?.text).toContain('[speech');
  });

  test('an end without a start, and anything after close, says nothing', () => {
    const { stream, finals, say } = open();
    stream.speechEnded(NOW);
    stream.speechStarted(NOW);
    say(tone(500, 8_000));
    stream.close();
    stream.close();
    stream.speechEnded(NOW);
    stream.speechStarted(NOW);
    stream.speechEnded(NOW);
    expect(finals).toEqual([]);
  });
});
