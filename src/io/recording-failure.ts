import { getSystemErrorName } from 'node:util';
import { TrunklineError } from '../core/errors.ts';
import type { MediaEvent } from '../media/media-engine.ts';

export type RecordingEnded = Extract<MediaEvent, { type: 'recording-ended' }>;

/** What is wrong with a recording that has ended; undefined when nothing is. */
export function failureOf(ended: RecordingEnded): TrunklineError | undefined {
  const problem = problemOf(ended);
  return problem === undefined ? undefined : new TrunklineError('store-unavailable', problem);
}

/** The WAV is there and stays for the next start. */
export function conversionFailure(cause: unknown): TrunklineError {
  return new TrunklineError('store-unavailable', `recording not converted: ${String(cause)}`, {
    cause,
  });
}

function problemOf({ reason, errno, lostMs }: RecordingEnded): string | undefined {
  switch (reason) {
    case 'not-opened':
      return `recording not begun: ${getSystemErrorName(-errno)}`;
    case 'write-failed':
      return `recording cut short: ${getSystemErrorName(-errno)}`;
    case 'too-long':
      return 'recording cut short: 4 GiB, the most that a WAV file holds';
    default:
      return lostMs > 0 ? `recording with ${lostMs} ms of silence: disk too slow` : undefined;
  }
}
