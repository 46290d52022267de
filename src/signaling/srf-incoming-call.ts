import { AuthenticatedDialog } from './authenticated-dialog.ts';
import { Deferred } from './deferred.ts';
import type { DigestSession } from './digest-session.ts';
import { InviteDialog } from './invite-dialog.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { OneShot } from './one-shot.ts';
import { sdpTextOf } from './sdp-body.ts';
import { answeredInterval, type SessionInterval } from './session-interval.ts';
import type { AuthenticatedAs, EstablishedCall, IncomingCall, OutgoingCall } from './signaling.ts';
import { headerText, keptHeaders, sendableHeaders } from './sip-headers.ts';
import { sipUserOf } from './sip-user.ts';
import type {
  SrfClient,
  SrfDialog,
  SrfRequest,
  SrfResponse,
  SrfSendOptions,
} from './srf-client.ts';
import { ALLOW, optionTags } from './uas-policy.ts';

/** A 200 waits this long for the PRACK of an answer in a 183 (RFC 3262 section 5); then it goes all the same. */
const PRACK_TIMEOUT_MS = 4_000;
const SUPPORTED = 'replaces';

/** The library throws for statuses that it does not know: the class's own x00 (RFC 3261 section 8.1.3.2). */
const REJECT_STATUSES = new Set([
  400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 423, 480, 481,
  482, 483, 484, 485, 486, 487, 488, 491, 493, 500, 501, 502, 503, 504, 505, 513, 600, 603, 604,
  606,
]);

export interface SrfIncomingCallOptions {
  readonly srf: Pick<SrfClient, 'createUAS'>;
  readonly req: SrfRequest;
  readonly res: SrfResponse;
  readonly liveCalls: LiveCalls;
  readonly replaces?: InviteDialog;
  readonly replacesEarly?: OutgoingCall;
  /** For our requests in the dialog. */
  readonly digest?: DigestSession;
  readonly interval?: SessionInterval;
  readonly authenticatedAs?: AuthenticatedAs | undefined;
}

/**
 * INVITE server side.
 *
 * | state     | ring() | progress() | answer()       | reject()     | CANCEL, loss                | dialog made |
 * | --------- | ------ | ---------- | -------------- | ------------ | --------------------------- | ----------- |
 * | offered   | 180    | 183        | 200: answering | over         | onCancel: over              | -           |
 * | answering | -      | -          | rejects        | -            | onCancel, rejects: over     | over        |
 * | over      | -      | -          | rejects        | -            | -                           | BYE         |
 *
 * `answering` begins with the PRACK of a 183 that was sent reliably.
 */
export class SrfIncomingCall implements IncomingCall, LiveCall {
  readonly sipCallId: string;
  readonly authenticatedAs: AuthenticatedAs | undefined;
  readonly calledUser: string | undefined;
  readonly callingUser: string | undefined;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: string;
  readonly remoteSdp: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: SrfIncomingCallOptions;
  readonly identity: string | undefined;
  readonly diversion: string | undefined;
  readonly replaces: InviteDialog | undefined;
  readonly replacesEarly: OutgoingCall | undefined;
  readonly #cancelled = new OneShot<[reason?: string]>();
  readonly #answer = new Deferred<EstablishedCall>();
  #state: 'offered' | 'answering' | 'over' = 'offered';
  #hasProgressed = false;
  /** Resolved unless a 183 waits for its PRACK. */
  #acknowledged = Promise.resolve();

  constructor(options: SrfIncomingCallOptions) {
    const { req } = options;
    this.#options = options;
    this.sipCallId = headerText(req.get('call-id') ?? '');
    this.calledUser = sipUserOf(req.uri);
    this.callingUser = sipUserOf(req.get('from') ?? '');
    this.sourceAddress = req.source_address;
    this.sourcePort = req.source_port;
    this.transport = req.protocol;
    this.remoteSdp = sdpTextOf(req);
    this.headers = keptHeaders(req);
    ({ identity: this.identity, diversion: this.diversion } = this.headers);
    this.replaces = options.replaces;
    this.replacesEarly = options.replacesEarly;
    this.authenticatedAs = options.authenticatedAs;
    // The rejection is for whoever calls answer(); nobody may have.
    this.#answer.promise.catch(() => undefined);
    req.on('cancel', (cancel) => this.#abandon('cancelled by the caller', cancel?.get('reason')));
    options.liveCalls.add(this);
  }

  get onCancel(): ((reason?: string) => void) | undefined {
    return this.#cancelled.listener;
  }

  set onCancel(listener: ((reason?: string) => void) | undefined) {
    this.#cancelled.listener = listener;
  }

  ring(): void {
    if (this.#state !== 'offered') return;
    const { req, res } = this.#options;
    // Whoever requires it gets no provisional response otherwise (RFC 3262 section 3).
    if (optionTags(req, 'require').includes('100rel')) {
      this.#sendReliably(180, {}, () => res.send(180));
    } else res.send(180);
  }

  progress(localSdp: string): void {
    if (this.#state !== 'offered' || this.#hasProgressed || this.remoteSdp === undefined) return;
    this.#hasProgressed = true;
    const { req, res } = this.#options;
    const body = { body: localSdp, headers: { 'Content-Type': 'application/sdp' } };
    const tags = [...optionTags(req, 'require'), ...optionTags(req, 'supported')];
    if (!tags.includes('100rel')) {
      res.send(183, body);
      return;
    }
    const acknowledged = new Deferred<void>();
    const timer = setTimeout(() => acknowledged.resolve(), PRACK_TIMEOUT_MS);
    this.#acknowledged = acknowledged.promise;
    const done = () => {
      clearTimeout(timer);
      acknowledged.resolve();
    };
    this.#sendReliably(
      183,
      body,
      () => {
        res.send(183, body);
        done();
      },
      done,
    );
  }

  answer(
    localSdp: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EstablishedCall> {
    if (this.#state !== 'offered') {
      return Promise.reject(new Error(`cannot answer: the call is ${this.#state}`));
    }
    this.#state = 'answering';
    if (!this.#hasProgressed) this.#accept(localSdp, headers);
    else void this.#acknowledged.then(() => this.#accept(localSdp, headers));
    return this.#answer.promise;
  }

  reject(status: number, reason?: string, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#state !== 'offered') return;
    this.#leave();
    const { res } = this.#options;
    const known = REJECT_STATUSES.has(status) ? status : knownStatus(status);
    const own = sendableHeaders(headers);
    const options = Object.keys(own).length === 0 ? undefined : { headers: own };
    if (reason === undefined) res.send(known, options);
    else res.send(known, headerText(reason), options);
  }

  lose(reason: string): void {
    this.#abandon(reason);
  }

  release(): Promise<void> {
    this.reject(503);
    return Promise.resolve();
  }

  #accept(localSdp: string, extra: Readonly<Record<string, string>>): void {
    if (this.#state !== 'answering') return;
    const { srf, req, res, interval = {} } = this.#options;
    const headers = {
      ...sendableHeaders(extra),
      Allow: ALLOW,
      Supported: SUPPORTED,
      ...answeredInterval(req, interval),
    };
    srf.createUAS(req, res, { localSdp, headers }, (error, dialog) => {
      if (dialog !== undefined) this.#handleDialog(this.#authenticated(dialog), localSdp);
      else this.#fail(textOf(error));
    });
  }

  /** The server refuses what the caller cannot take; then it goes plain. */
  #sendReliably(
    status: number,
    options: SrfSendOptions,
    fallBack: () => void,
    onPrack?: () => void,
  ): void {
    const headers = { ...options.headers, Require: '100rel' };
    this.#options.res.send(
      status,
      { ...options, headers },
      (error) => {
        if (error && this.#state !== 'over') fallBack();
      },
      onPrack,
    );
  }

  #authenticated(dialog: SrfDialog): SrfDialog {
    const { digest } = this.#options;
    return digest === undefined ? dialog : new AuthenticatedDialog(dialog, digest);
  }

  #handleDialog(dialog: SrfDialog, localSdp: string): void {
    if (this.#state === 'over') dialog.destroy({}, () => undefined);
    else if (this.remoteSdp === undefined) this.#awaitAnswerInAck(dialog, localSdp);
    else this.#establish(dialog, localSdp, this.remoteSdp);
  }

  /** Late offer: ours went out in the 200, the peer's answer comes in the ACK (RFC 3261 section 13.2.1). */
  #awaitAnswerInAck(dialog: SrfDialog, localSdp: string): void {
    dialog.on('destroy', (_req, reason = '') => this.#fail(`ended before the ACK: ${reason}`));
    dialog.on('ack', (ack) => {
      if (this.#state !== 'answering') return;
      const remoteSdp = sdpTextOf(ack);
      if (remoteSdp !== undefined) {
        this.#establish(dialog, localSdp, remoteSdp).acknowledge();
        return;
      }
      this.#fail('no session description in the ACK');
      dialog.destroy({}, () => undefined);
    });
  }

  #establish(dialog: SrfDialog, localSdp: string, remoteSdp: string): InviteDialog {
    const { liveCalls } = this.#options;
    this.#leave();
    this.#cancelled.cancel();
    const established = new InviteDialog({ dialog, localSdp, remoteSdp, liveCalls });
    this.#answer.resolve(established);
    return established;
  }

  #abandon(reason: string, cancelReason?: string): void {
    if (this.#state === 'over') return;
    this.#fail(reason);
    const said = cancelReason === undefined ? undefined : headerText(cancelReason);
    this.#options.liveCalls.tell(() => this.#cancelled.happen(said));
  }

  #fail(reason: string): void {
    if (this.#state === 'over') return;
    this.#leave();
    this.#answer.reject(new Error(`call not answered: ${reason}`));
  }

  #leave(): void {
    this.#state = 'over';
    this.#options.liveCalls.remove(this);
  }
}

function knownStatus(status: number): number {
  if (status >= 600 && status < 700) return 600;
  return status >= 400 && status < 500 ? 400 : 500;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
