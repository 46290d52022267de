import { invariant } from '../core/invariant.ts';
import type { ListeningOptions } from '../media/media-engine.ts';
import type { NativeListening } from './native-addon.ts';

/** Checked, and whole: left to itself the reflex acts with the first frame of speech. */
export function nativeListening({ duckDb, vad, reflex }: ListeningOptions): NativeListening {
  const whole = reflex ?? { threshold: vad.onThreshold, frames: 1 };
  invariant(duckDb <= 0 && Number.isFinite(duckDb), 'duckDb is not positive');
  invariant(
    [vad.confirmFrames, vad.endFrames, whole.frames].every(
      (count) => Number.isInteger(count) && count >= 1,
    ),
    'VAD frame counts are at least 1',
  );
  invariant(
    [vad.onThreshold, vad.offThreshold, whole.threshold].every(
      (threshold) => threshold >= 0 && threshold <= 1,
    ),
    'VAD thresholds are probabilities',
  );
  return { duckDb, vad, reflex: whole };
}
