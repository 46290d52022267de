import type { CallEvent } from './call/call-event.ts';
import type { CallSpec } from './call/call-spec.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Counts what an event of a call says. */
export function countEvent(metrics: Metrics, spec: CallSpec, event: CallEvent): void {
  if (event.type === 'created') metrics.callStarted(spec.direction);
  else if (event.type === 'ended') metrics.callEnded(spec.direction, event.termination.reason);
  else if (event.type === 'provider-error') metrics.providerError(event.provider, event.code);
  else if (event.type === 'quality') metrics.callQuality(event.quality);
  else if (event.type === 'turn') {
    const { firstPacketOutMs, callerSpeechEndMs } = event.trace;
    if (firstPacketOutMs !== undefined && callerSpeechEndMs !== undefined) {
      metrics.turnGap(firstPacketOutMs - callerSpeechEndMs);
    }
  }
}
