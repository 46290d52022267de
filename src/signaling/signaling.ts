/**
 * What the rest of Trunkline knows of signalling. Implemented over drachtio-srf in this folder; no object of that library
 * crosses this interface. SDP goes through as text; choosing codecs is `sdp/`'s work, asked for by the call driver.
 */
export interface Signaling {
  /** Resolves when the SIP server accepted the connection; rejects with a clear error otherwise. */
  start(handler: SignalingHandler): Promise<SignalingAddresses>;
  /** Sends the INVITE; never throws: every outcome goes to the listener. */
  dial(request: DialRequest, listener: DialListener): OutgoingCall;
  close(): Promise<void>;
}

export interface SignalingAddresses {
  /** `udp/127.0.0.1:5060` and so on, as the server reports them. */
  readonly hostports: readonly string[];
  readonly serverVersion: string;
}

export interface SignalingHandler {
  /** A new INVITE of a known carrier. The handler must answer or reject it; 100 has been sent. */
  onIncoming(call: IncomingCall): void;
  onDisconnected(error: Error): void;
}

export interface IncomingCall {
  readonly sipCallId: string;
  /** User part of the Request-URI, then of From; undefined when absent. */
  readonly calledUser: string | undefined;
  readonly callingUser: string | undefined;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: string;
  /** Offer; undefined for a late offer: then `answer` takes ours, and the peer's answer is the dialog's `remoteSdp`. */
  readonly remoteSdp: string | undefined;
  /** Only X- headers and a few standard ones, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set once; called when the caller cancels before an answer, or did before it was set. A pending `answer` rejects too. */
  onCancel: (() => void) | undefined;
  ring(): void;
  /** 200 with the answer; resolves when the dialog exists (late offer: with the ACK), rejects when the caller was gone. */
  answer(localSdp: string): Promise<EstablishedCall>;
  reject(status: number, reason?: string): void;
}

export interface DialRequest {
  /** Where: host:port of the carrier's gateway, and what: user part. */
  readonly gatewayHost: string;
  readonly gatewayPort: number;
  readonly transport: 'udp' | 'tcp';
  readonly toUser: string;
  readonly fromUser: string;
  readonly localSdp: string;
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DialListener {
  onProvisional(status: number, remoteSdp: string | undefined): void;
  onAnswered(call: EstablishedCall): void;
  /** Final failure as it came: SIP status and reason; 487 after {@link OutgoingCall.cancel}; 503 when we could not send it. */
  onFailed(status: number, reason: string): void;
}

export interface OutgoingCall {
  /** CANCEL (or BYE when the 200 crossed it). Idempotent. */
  cancel(): void;
}

export interface EstablishedCall {
  readonly sipCallId: string;
  readonly remoteSdp: string;
  /** Set once; the far end's BYE, or the server ended it (`unsolicited`). Told at once when that came before; never after `hangup`. */
  onEnded: ((by: 'peer' | 'system', reason: string) => void) | undefined;
  /** A re-INVITE with SDP: return our answer; undefined answers 488. */
  onReinvite: ((remoteSdp: string) => string | undefined) | undefined;
  /** Sends BYE. Idempotent; resolves when answered or given up. */
  hangup(): Promise<void>;
}
