import type { MediaTerms } from '../sdp/media-terms.ts';
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
  /** Inbound: headers of the INVITE (`signaling.ts` says which), lower-case names. */
  readonly sipHeaders?: Readonly<Record<string, string>>;
  /** Inbound: X- headers of our 200. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /**
   * Inbound: the first sentence is spoken before the 200, as early media (183 with SDP). Outbound: what the far end plays before its 200
   * is recorded.
   */
  readonly earlyMedia?: boolean;
  /** Inbound: what is settled about the caller's audio. */
  readonly media?: MediaTerms;
  /** Inbound: how keys of ours go to the carrier; left out, as tones. */
  readonly dtmfType?: 'rfc2833' | 'tones' | 'info';
  /** Whether the far end may send us elsewhere (REFER). */
  readonly acceptsRefer?: boolean;
}
