import type { AgentSpec } from '../voice/agent-spec.ts';

/** What one call is to be. Made by the API (outbound) or from the number that was called (inbound). */
export interface CallSpec {
  /** UUID, also the API's `call_id`. */
  readonly callId: string;
  readonly direction: 'inbound' | 'outbound';
  /** E.164 or, inbound, whatever user part the peer sent. */
  readonly from: string;
  readonly to: string;
  readonly agent: AgentSpec;
  readonly record: boolean;
  /** Outbound: how long it may ring. */
  readonly ringTimeoutMs: number;
  readonly rtpTimeoutMs: number;
}
