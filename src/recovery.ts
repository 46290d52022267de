import type { RecordingOutcome } from './call/call-event.ts';
import type { Recordings } from './io/recordings.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface RecoveryOptions {
  readonly store: Store;
  readonly recordings: Recordings;
  readonly logger: Logger;
}

/**
 * Closes what an earlier run left: calls without an end, recordings in the form in which they were written. The recordings are finished
 * while calls already run: hours of audio may have been left.
 */
export async function recover({ store, recordings, logger }: RecoveryOptions): Promise<void> {
  const parts = await recordings.open();
  const calls = await store.calls.closeOrphans((callId) => outcomeOf(recordings, callId));
  if (calls.length > 0 || parts.length > 0) {
    logger.warn({ calls, recordings: parts }, 'closed what an earlier run left open');
  }
  void finishParts(recordings, parts, logger);
}

function outcomeOf(recordings: Recordings, callId: string): RecordingOutcome {
  const left = recordings.find(callId);
  if (left === undefined) return {};
  const { path: recordingPath, durationMs } = left;
  return { recordingPath, ...(durationMs !== undefined && { recordingMs: durationMs }) };
}

async function finishParts(
  recordings: Recordings,
  parts: readonly string[],
  logger: Logger,
): Promise<void> {
  const finished = await recordings.recover(parts);
  const failed = parts.filter((callId) => !finished.includes(callId));
  if (failed.length > 0) logger.error({ recordings: failed }, 'recordings could not be finished');
}
