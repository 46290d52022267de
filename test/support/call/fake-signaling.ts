import type {
  DialListener,
  DialRequest,
  EstablishedCall,
  IncomingCall,
  OutgoingCall,
  RegisterOutcome,
  RegisterRequest,
  Signaling,
  SignalingAddresses,
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

export class FakeEstablishedCall implements EstablishedCall {
  readonly sipCallId: string;
  readonly remoteSdp: string;
  /** The reason of a BYE that comes in the same piece of input as what made the dialog. */
  byeAtOnce: string | undefined;
  #onEnded: EstablishedCall['onEnded'];
  onReinvite: EstablishedCall['onReinvite'];
  byesSent = 0;
  /** False: the far end never answers our BYE. */
  answersBye = true;

  constructor(sipCallId: string, sdp: string) {
    this.sipCallId = sipCallId;
    this.remoteSdp = sdp;
  }

  get onEnded(): EstablishedCall['onEnded'] {
    return this.#onEnded;
  }

  set onEnded(listener: EstablishedCall['onEnded']) {
    this.#onEnded = listener;
    if (this.byeAtOnce !== undefined) listener?.('peer', this.byeAtOnce);
  }

  hangup(): Promise<void> {
    this.byesSent += 1;
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
  /** The caller cancelled before anybody listened. */
  cancelledAtOnce = false;
  #onCancel: (() => void) | undefined;
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

  get onCancel(): (() => void) | undefined {
    return this.#onCancel;
  }

  set onCancel(listener: (() => void) | undefined) {
    this.#onCancel = listener;
    if (this.cancelledAtOnce) listener?.();
  }

  ring(): void {
    this.sent.push('180');
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
  readonly established = new FakeEstablishedCall('out-1@trunkline', remoteSdp());
  cancels = 0;
  /** False: the far end ignores our CANCEL. */
  answersCancel = true;
  readonly #listener: DialListener;

  constructor(request: DialRequest, listener: DialListener) {
    this.request = request;
    this.#listener = listener;
  }

  cancel(): void {
    this.cancels += 1;
    if (this.answersCancel) this.fail(487, 'Request Terminated');
  }

  ring(status = 180): void {
    this.#listener.onProvisional(status, undefined);
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
