import { findRecording, recoverRecordings } from './io/recorder.ts';
import { RecordingConverter } from './io/recording-converter.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface RecoveryOptions {
  readonly store: Store;
  readonly recordingsDir: string;
  readonly logger: Logger;
}

/** Closes what an earlier run left: calls without an end, recordings without a header. */
export async function recover({ store, recordingsDir, logger }: RecoveryOptions): Promise<void> {
  const converter = new RecordingConverter();
  const recordings = await recoverRecordings(recordingsDir, converter);
  await converter.close();
  const calls = await store.calls.closeOrphans((callId) => findRecording(recordingsDir, callId));
  if (calls.length === 0 && recordings.length === 0) return;
  logger.warn({ calls, recordings }, 'closed what an earlier run left open');
}
