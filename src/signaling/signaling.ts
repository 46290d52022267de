/**
 * What the rest of Trunkline knows of signalling. Implemented over drachtio-srf in this folder; no object of that library
 * crosses this interface. SDP goes through as text; choosing codecs is `sdp/`'s work, asked for by the call driver.
 */
export interface Signaling {
  /** Resolves when the SIP server accepted the connection; rejects with a clear error otherwise. */
  start(handler: SignalingHandler): Promise<SignalingAddresses>;
  /** Sends the INVITE; never throws: every outcome goes to the listener. */
  dial(request: DialRequest, listener: DialListener): OutgoingCall;
  /** OPTIONS; never rejects. */
  ping(target: SipTarget, timeoutMs: number): Promise<SipOutcome>;
  /** One REGISTER with its answer, to a challenge too; never rejects. */
  register(request: RegisterRequest): Promise<RegisterOutcome>;
  close(): Promise<void>;
}

/** The final status; 408 when there was none, 503 when the request could not be sent. */
export interface SipOutcome {
  readonly status: number;
  readonly reason: string;
  readonly rttMs: number;
}

export interface RegisterRequest extends SipTarget {
  readonly user: string;
  readonly domain: string;
  readonly credentials: Credentials;
  /** 0 takes the registration back. */
  readonly expiresSeconds: number;
  /** The same for every request of a registration (RFC 3261 section 10.2). */
  readonly callId: string;
  readonly contactUser: string;
}

export interface RegisterOutcome extends SipOutcome {
  /** Granted; of a 423 the least that would be. 0 when nothing was. */
  readonly expiresSeconds: number;
  readonly retryAfterSeconds?: number;
  /** The route that our requests are to take (RFC 3608). */
  readonly serviceRoute?: readonly string[];
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

/** A SIP server, of a carrier say. */
export interface SipTarget {
  /** Name or address; IPv6 with or without brackets. */
  readonly host: string;
  /** Absent: RFC 3263. */
  readonly port?: number;
  /** Absent: RFC 3263. */
  readonly transport?: SipTransport;
  /** SIP URI of the next hop in place of the host. */
  readonly outboundProxy?: string;
}

export type SipTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** No other realm is answered; absent: the one of the server's first challenge. */
  readonly realm?: string;
}

/** One of the ways that a call may take. */
export interface DialTarget extends SipTarget {
  /** Of the gateway, for traces and health. */
  readonly id: string;
  readonly toUser: string;
  /** Our number; empty for none. */
  readonly fromUser: string;
  /** Absent: our own address. */
  readonly fromDomain?: string;
  /** Which header says who calls: From alone, or P-Asserted-Identity too (RFC 3325). */
  readonly callerId: 'from' | 'p-asserted-identity';
  readonly credentials?: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Takes one of the gateway's slots. A refusal moves on to the next target at once. Released once: when the attempt failed or was
   * abandoned, or the dialog ended.
   */
  reserve?(): Reservation | { readonly refused: string };
}

export interface Reservation {
  release(): void;
}

export interface DialRequest {
  /** In order of preference. */
  readonly targets: readonly DialTarget[];
  readonly localSdp: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The called party is not to know our number (RFC 3323). */
  readonly isAnonymous?: boolean;
  /** A target that says nothing for this long, not even 100, is left for the next one. */
  readonly firstProvisionalTimeoutMs?: number;
}

/** How one target failed. */
export interface DialAttempt {
  readonly targetId: string;
  readonly status: number;
  readonly reason: string;
  readonly elapsedMs: number;
}

export interface DialListener {
  onProvisional(status: number, remoteSdp: string | undefined): void;
  onAnswered(call: EstablishedCall): void;
  /** Final failure as it came: SIP status and reason; 487 after {@link OutgoingCall.cancel}; 503 when we could not send it. */
  onFailed(status: number, reason: string): void;
  /** Every target that failed, in order, with its status as it came; the last one before {@link onFailed}. */
  onAttempt?(attempt: DialAttempt): void;
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
