import type { MonotonicMs } from '../core/time.ts';
import type { TurnOutput } from '../voice/turn-io.ts';
import type { CallEvent } from './call-event.ts';

/** Outputs of the turn engine that are to be kept. */
export type TurnReport = Extract<TurnOutput, { type: 'transcript' | 'turn' | 'provider-error' }>;

export function eventOfTurnReport(report: TurnReport, atMs: MonotonicMs): CallEvent {
  if (report.type !== 'provider-error') return { ...report, atMs };
  const { code, message } = report.error;
  return { type: 'provider-error', atMs, provider: report.provider, code, detail: message };
}
