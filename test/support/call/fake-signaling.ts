import type {
  DialListener,
  DialRequest,
  DialTarget,
  EstablishedCall,
  IncomingCall,
  OutgoingCall,
  ReferTarget,
  RegisterOutcome,
  RegisterRequest,
  Signaling,
  SignalingAddresses,
  SipAnswer,
  SipOutcome,
} from '../../../src/signaling/signaling.ts';

/** The far end's side of any SDP exchange here. */
export function remoteSdp(port = 40_000, format = '0', address = '127.0.0.1'): string {
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${format}`,
    '',
  ].join('\r\n');
}

interface SettleReinvite {
  readonly resolve: (remoteSdp: string) => void;
  readonly reject: (error: Error) => void;
}

interface SettleRefer {
  readonly progress: (status: number, reason: string) => void;
  readonly resolve: (answer: SipAnswer) => void;
}

export class FakeEstablishedCall implements EstablishedCall {
  readonly sipCallId: string;
  readonly dialogId: EstablishedCall['dialogId'];
  readonly peerAddress = '127.0.0.1';
  readonly remoteUri = 'sip:them@127.0.0.2:5070';
  readonly remoteSdp: string;
  readonly target?: DialTarget;
  readonly headers: Readonly<Record<string, string>> = {};
  onInfo: EstablishedCall['onInfo'];
  onRefer: EstablishedCall['onRefer'];
  /** False: the ACK is not here yet. */
  isAcknowledged = true;
  #onAcknowledged: EstablishedCall['onAcknowledged'];
  /** Our re-INVITEs, with what answers them. */
  readonly reinvites: { readonly sdp: string; readonly settle: SettleReinvite }[] = [];
  readonly refers: { readonly target: ReferTarget; readonly settle: SettleRefer }[] = [];
  readonly infos: string[] = [];
  readonly byeReasons: (string | undefined)[] = [];
  /** The reason of a BYE that comes in the same piece of input as what made the dialog. */
  byeAtOnce: string | undefined;
  #onEnded: EstablishedCall['onEnded'];
  onReinvite: EstablishedCall['onReinvite'];
  byesSent = 0;
  /** False: the far end never answers our BYE. */
  answersBye = true;

  constructor(sipCallId: string, sdp: string, target?: DialTarget) {
    this.sipCallId = sipCallId;
    if (target !== undefined) this.target = target;
    this.dialogId = { callId: sipCallId, localTag: 'ours', remoteTag: 'theirs' };
    this.remoteSdp = sdp;
  }

  get onAcknowledged(): EstablishedCall['onAcknowledged'] {
    return this.#onAcknowledged;
  }

  set onAcknowledged(listener: EstablishedCall['onAcknowledged']) {
    this.#onAcknowledged = listener;
    if (this.isAcknowledged) listener?.();
  }

  reinvite(sdp: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.reinvites.push({ sdp, settle: { resolve, reject } });
    });
  }

  refer(target: ReferTarget, onProgress: SettleRefer['progress']): Promise<SipAnswer> {
    return new Promise((resolve) => {
      this.refers.push({ target, settle: { progress: onProgress, resolve } });
    });
  }

  sendInfo(_contentType: string, body: string): Promise<number> {
    this.infos.push(body);
    return Promise.resolve(200);
  }

  get onEnded(): EstablishedCall['onEnded'] {
    return this.#onEnded;
  }

  set onEnded(listener: EstablishedCall['onEnded']) {
    this.#onEnded = listener;
    if (this.byeAtOnce !== undefined) listener?.('peer', this.byeAtOnce);
  }

  hangup(reason?: string): Promise<void> {
    this.byesSent += 1;
    this.byeReasons.push(reason);
    return this.answersBye ? Promise.resolve() : new Promise(() => {});
  }
}

export interface IncomingOptions {
  readonly remoteSdp?: string | undefined;
  readonly calledUser?: string;
  /** The dialog waits for {@link FakeIncomingCall.acknowledge} or {@link FakeIncomingCall.vanish}. */
  readonly isSlow?: boolean;
}

export class FakeIncomingCall implements IncomingCall {
  readonly sipCallId = 'in-1@caller';
  readonly calledUser: string | undefined;
  readonly callingUser = 'anonymous';
  readonly sourceAddress = '127.0.0.1';
  readonly sourcePort = 5080;
  readonly transport = 'udp';
  readonly remoteSdp: string | undefined;
  readonly headers = {};
  readonly identity = undefined;
  readonly diversion = undefined;
  replaces: EstablishedCall | undefined;
  replacesEarly: OutgoingCall | undefined;
  /** The caller cancelled before anybody listened. */
  cancelledAtOnce = false;
  #onCancel: IncomingCall['onCancel'];
  readonly established: FakeEstablishedCall;
  readonly sent: string[] = [];
  localSdp: string | undefined;
  readonly #isSlow: boolean;
  #settleAnswer:
    | { resolve: (call: EstablishedCall) => void; reject: (error: Error) => void }
    | undefined;

  constructor(options: IncomingOptions = {}) {
    this.remoteSdp = 'remoteSdp' in options ? options.remoteSdp : remoteSdp();
    this.calledUser = options.calledUser ?? 'demo';
    this.established = new FakeEstablishedCall(this.sipCallId, this.remoteSdp ?? remoteSdp());
    this.#isSlow = options.isSlow ?? false;
  }

  get onCancel(): IncomingCall['onCancel'] {
    return this.#onCancel;
  }

  set onCancel(listener: IncomingCall['onCancel']) {
    this.#onCancel = listener;
    if (this.cancelledAtOnce) listener?.();
  }

  ring(): void {
    this.sent.push('180');
  }

  progress(localSdp: string): void {
    this.localSdp = localSdp;
    this.sent.push('183');
  }

  answer(localSdp: string): Promise<EstablishedCall> {
    this.localSdp = localSdp;
    this.sent.push('200');
    if (!this.#isSlow) return Promise.resolve(this.established);
    return new Promise((resolve, reject) => {
      this.#settleAnswer = { resolve, reject };
    });
  }

  /** The ACK of a slow caller. */
  acknowledge(): void {
    this.#settleAnswer?.resolve(this.established);
  }

  /** A slow caller who is gone before the ACK. */
  vanish(): void {
    this.#settleAnswer?.reject(new Error('487 Request Terminated'));
  }

  reject(status: number): void {
    this.sent.push(String(status));
  }
}

export class FakeOutgoingCall implements OutgoingCall {
  readonly request: DialRequest;
  /** The offer to the first target. */
  readonly localSdp: string;
  readonly established = new FakeEstablishedCall('out-1@trunkline', remoteSdp());
  cancels = 0;
  /** False: the far end ignores our CANCEL. */
  answersCancel = true;
  readonly #listener: DialListener;

  constructor(request: DialRequest, listener: DialListener) {
    this.request = request;
    const [target] = request.targets;
    const { localSdp } = request;
    if (target === undefined) throw new Error('a call without a target');
    this.localSdp = typeof localSdp === 'string' ? localSdp : localSdp(target);
    this.#listener = listener;
  }

  cancel(): void {
    this.cancels += 1;
    if (this.answersCancel) this.fail(487, 'Request Terminated');
  }

  ring(status = 180, sdp?: string): void {
    this.#listener.onProvisional(status, sdp);
  }

  answer(established = this.established): void {
    this.#listener.onAnswered(established);
  }

  fail(status: number, reason: string): void {
    this.#listener.onFailed(status, reason);
  }
}

export class FakeSignaling implements Signaling {
  readonly dialled: FakeOutgoingCall[] = [];

  start(): Promise<SignalingAddresses> {
    return Promise.resolve({ hostports: [], serverVersion: 'fake' });
  }

  dial(request: DialRequest, listener: DialListener): FakeOutgoingCall {
    const outgoing = new FakeOutgoingCall(request, listener);
    this.dialled.push(outgoing);
    return outgoing;
  }

  ping(): Promise<SipOutcome> {
    return Promise.resolve({ status: 200, reason: 'OK', rttMs: 1 });
  }

  register({ expiresSeconds }: RegisterRequest): Promise<RegisterOutcome> {
    return Promise.resolve({ status: 200, reason: 'OK', rttMs: 1, expiresSeconds });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
