import type { MediaTerms } from '../sdp/media-terms.ts';

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
  /** A new INVITE of somebody who is known. The handler must answer or reject it; 100 has been sent. */
  onIncoming(call: IncomingCall): void;
  /** Asked of every new INVITE and REGISTER before anything else; left out, everybody may. */
  authenticate?(request: InboundRequest): InboundVerdict;
  /** A REGISTER of somebody who has said who it is. Left out: 405. */
  onRegister?(request: InboundRegister, from: AuthenticatedAs): RegisterReply;
  onDisconnected(error: Error): void;
  /**
   * Whether a call from `source` may take the place of one with the peer at `owner` (RFC 3891 section 4), both IP addresses. Left out: only
   * from the same address.
   */
  mayReplace?(source: string, owner: string): boolean;
  /** Of the carrier that has proved to call, else of the one at this address, for challenges to our requests in the dialogs that it opens. */
  credentialsFor?(source: string, as?: AuthenticatedAs): CallerCredentials | undefined;
}

/** A request outside of a dialog, as far as it matters who sent it. */
export interface InboundRequest {
  readonly method: string;
  readonly uri: string;
  readonly body: string;
  /** Each Authorization and Proxy-Authorization value. */
  readonly authorizations: readonly string[];
  /** IPv6 without brackets. */
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: SipTransport;
}

/** Who has proved to be who by digest (RFC 3261 section 22). */
export interface AuthenticatedAs {
  readonly kind: 'sip-user' | 'carrier';
  readonly id: string;
}

export type InboundVerdict =
  /** Without `as`: known by its address. */
  | { readonly type: 'accept'; readonly as?: AuthenticatedAs }
  /** 401 with these values of WWW-Authenticate. */
  | { readonly type: 'challenge'; readonly challenges: readonly string[] }
  /** No answer. */
  | { readonly type: 'silence' };

/** Header values as they came; several of one in one text with commas. */
export interface InboundRegister extends InboundRequest {
  readonly to: string;
  readonly callId: string;
  readonly cseq: string;
  readonly contact: string | undefined;
  readonly expires: string | undefined;
  readonly path: string | undefined;
  readonly supported: string | undefined;
  readonly require: string | undefined;
  readonly via: string;
}

export interface RegisterReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface IncomingCall {
  readonly sipCallId: string;
  /** By digest; undefined: known by its address only. */
  readonly authenticatedAs?: AuthenticatedAs | undefined;
  /** User part of the Request-URI, then of From; undefined when absent. */
  readonly calledUser: string | undefined;
  readonly callingUser: string | undefined;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: string;
  /** Offer; undefined for a late offer: then `answer` takes ours, and the peer's answer is the dialog's `remoteSdp`. */
  readonly remoteSdp: string | undefined;
  /**
   * X- headers and the standard ones that say who calls and why (Diversion, Identity, P-Asserted-Identity, ...): lower-case
   * names, the values of a repeated header in one, with commas.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** The STIR/SHAKEN Identity header (RFC 8224), untouched. */
  readonly identity: string | undefined;
  /** RFC 5806. */
  readonly diversion: string | undefined;
  /** The established call that this one takes the place of (RFC 3891): it exists, and its peer allows that. */
  readonly replaces: EstablishedCall | undefined;
  /** The call of ours that rings at its peer, and that this one picks up (RFC 3891 section 3). */
  readonly replacesEarly: OutgoingCall | undefined;
  /** Set once; called when the caller cancels before an answer, or did before it was set. A pending `answer` rejects too. */
  onCancel: ((reason?: string) => void) | undefined;
  ring(): void;
  /** 183 with our answer, reliable when the caller supports that (RFC 3262). Once; a late offer is not for it. */
  progress(localSdp: string): void;
  /**
   * 200 with the answer; resolves when the dialog exists (late offer: with the ACK), rejects when the caller was gone.
   * `headers`: X- headers of the 200.
   */
  answer(localSdp: string, headers?: Readonly<Record<string, string>>): Promise<EstablishedCall>;
  reject(status: number, reason?: string, headers?: Readonly<Record<string, string>>): void;
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

export interface CallerCredentials {
  readonly credentials: Credentials;
  /** Whose first challenge pins the realm when the credentials have none. */
  readonly server: string;
}

/** One of the ways that a call may take. */
export interface DialTarget extends SipTarget {
  /** Of the gateway, for traces and health. */
  readonly id: string;
  readonly toUser: string;
  /** The whole Request-URI, such as a Contact that was registered; absent: made of user, host, port and transport. */
  readonly requestUri?: string;
  /** Our number; empty for none. */
  readonly fromUser: string;
  /** Absent: our own address. */
  readonly fromDomain?: string;
  /** Which header says who calls: From alone, or P-Asserted-Identity too (RFC 3325). */
  readonly callerId: 'from' | 'p-asserted-identity';
  readonly credentials?: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the request's headers, lower-case names of those that do not go there. */
  readonly withheldHeaders?: readonly string[];
  /** Whose it is, for whoever asks which way a call took. */
  readonly carrier?: string;
  /** What is settled about its audio. */
  readonly media?: MediaTerms;
  /** Where else a redirect may lead: these hosts and what is below their names. */
  readonly redirectHosts?: readonly string[];
  /** How keys of ours go there. */
  readonly dtmfType?: 'rfc2833' | 'tones' | 'info';
  /**
   * Takes one of the gateway's slots. A refusal moves on to the next target at once. Released once: when the attempt failed or was
   * abandoned, or the dialog ended.
   */
  reserve?(): Reservation | { readonly refused: string };
  /** Whether a redirect may lead to this user in the place of `toUser`; left out: to any. */
  mayCall?(user: string): boolean;
}

export interface Reservation {
  /** The call is up; `hangup` ends it from outside, as the system's doing. */
  answered?(hangup: (reason: string) => void): void;
  release(): void;
}

export interface DialRequest {
  /** In order of preference. */
  readonly targets: readonly DialTarget[];
  /** The offer, or what makes one for a target when its turn comes. */
  readonly localSdp: string | ((target: DialTarget) => string);
  readonly headers?: Readonly<Record<string, string>>;
  /** The called party is not to know our number (RFC 3323). */
  readonly isAnonymous?: boolean;
  /**
   * A target that says nothing for this long, not even 100, is left for the next one; 1,500 unless given. A server that does not
   * tell of 100 is given 10 s to ring in its place.
   */
  readonly firstProvisionalTimeoutMs?: number;
  /** What a request without targets fails with; 503 unless given. */
  readonly noTarget?: SipAnswer;
  /** Told the SIP Call-ID of every INVITE that goes out for this request. */
  readonly onSent?: (sipCallId: string) => void;
  /** Whether a redirect may lead to this host; left out, only to the targets', to their `redirectHosts`, and to names below them. */
  mayFollow?(host: string): boolean;
}

/** How one target failed. */
export interface DialAttempt {
  readonly targetId: string;
  readonly status: number;
  readonly reason: string;
  readonly elapsedMs: number;
  /** The gateway wants no calls for so long (RFC 3261 section 21.5.4). */
  readonly retryAfterSeconds?: number;
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
  /** CANCEL (or BYE when the 200 crossed it), with a Reason header when given (RFC 3326). Idempotent. */
  cancel(reason?: string): void;
}

/** A dialog from our side (RFC 3261 section 12). */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

export interface EstablishedCall {
  readonly sipCallId: string;
  readonly dialogId: DialogId;
  /** Where its first message came from; empty when nobody knows. */
  readonly peerAddress: string;
  /** Where the far end is reached within the dialog: its Contact. */
  readonly remoteUri: string;
  readonly remoteSdp: string;
  /** The way that a call of ours took. */
  readonly target?: DialTarget;
  /** Of the INVITE, or of the 200 to ours: as {@link IncomingCall.headers}. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set once; the far end's BYE, or the server ended it (`unsolicited`). Told at once when that came before; never after `hangup`. */
  onEnded: ((by: 'peer' | 'system', reason: string) => void) | undefined;
  /** The ACK of our 200 is here; told at once when it was before. Never for a call that we made. */
  onAcknowledged: (() => void) | undefined;
  /**
   * A re-INVITE with SDP: return our answer; undefined answers 488. `isAnswer`: it came without one, got our
   * description as it stood, and this is the ACK's answer to that; what is returned goes nowhere.
   */
  onReinvite: ((remoteSdp: string, isAnswer?: boolean) => string | undefined) | undefined;
  /** An INFO with a body of a type that we take (RFC 6086 section 4.2.2: no package); it is answered. */
  onInfo: ((info: DialogInfo) => void) | undefined;
  /** The far end wants to transfer us. Without a listener it is declined. */
  onRefer: ((refer: IncomingRefer) => void) | undefined;
  /**
   * Our re-INVITE; resolves with the peer's SDP, rejects with a {@link SipFailure}: the session is then as it was. Glare (491) is
   * tried again as RFC 3261 section 14.1 says.
   */
  reinvite(localSdp: string): Promise<string>;
  /**
   * REFER (RFC 3515). `onProgress` has 202 when it is accepted, then what the NOTIFYs say before the last one. Resolves with the final status of what it caused, or of the REFER itself. Never rejects. 408: nobody said how
   * it went. A BYE of the far end that has accepted counts as 200: the transfer took our place.
   */
  refer(
    target: ReferTarget,
    onProgress: (status: number, reason: string) => void,
  ): Promise<SipAnswer>;
  /** Resolves with the final status; 408 or 481 where there was none. Never rejects. */
  sendInfo(contentType: string, body: string): Promise<number>;
  /** Sends BYE, with a Reason header value (RFC 3326). Idempotent; resolves when answered or given up. */
  hangup(reason?: string): Promise<void>;
}

export interface DialogInfo {
  readonly contentType: string;
  readonly body: string;
}

export interface SipAnswer {
  readonly status: number;
  readonly reason: string;
}

/** Whom to call instead: a user part at the far end's own host, or a whole SIP URI; with a dialog that the new call replaces. */
export type ReferTarget = (
  | { readonly user: string }
  | { readonly uri: string }
  | { readonly call: Pick<EstablishedCall, 'dialogId' | 'remoteUri'> }
) & {
  /** A SIP URI (RFC 3892). */
  readonly referredBy?: string;
};

/** The far end's REFER. One of `accept` and `refuse`, once. */
export interface IncomingRefer {
  /** The URI without its headers. */
  readonly referTo: string;
  readonly referToUser: string | undefined;
  /** Attended: the value of Replaces for the new INVITE. */
  readonly replaces: string | undefined;
  readonly referredBy: string | undefined;
  /** 202, and `100 Trying` to begin with. */
  accept(): void;
  /** What became of it (RFC 3515 section 2.4.5); a final status is the last. */
  notify(status: number, reason: string): void;
  refuse(status: number): void;
}
