import { Deferred } from './deferred.ts';
import { InviteDialog } from './invite-dialog.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { OneShot } from './one-shot.ts';
import { sdpTextOf } from './sdp-body.ts';
import type { EstablishedCall, IncomingCall } from './signaling.ts';
import { headerText, keptHeaders } from './sip-headers.ts';
import { sipUserOf } from './sip-user.ts';
import type { SrfClient, SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';
import { ALLOW } from './uas-policy.ts';

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
}

/**
 * INVITE server side.
 *
 * | state     | ring() | answer()       | reject()     | CANCEL, loss                | dialog made |
 * | --------- | ------ | -------------- | ------------ | --------------------------- | ----------- |
 * | offered   | 180    | 200: answering | over         | onCancel: over              | -           |
 * | answering | -      | rejects        | -            | onCancel, rejects: over     | over        |
 * | over      | -      | rejects        | -            | -                           | BYE         |
 */
export class SrfIncomingCall implements IncomingCall, LiveCall {
  readonly sipCallId: string;
  readonly calledUser: string | undefined;
  readonly callingUser: string | undefined;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: string;
  readonly remoteSdp: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: SrfIncomingCallOptions;
  readonly #cancelled = new OneShot<[]>();
  readonly #answer = new Deferred<EstablishedCall>();
  #state: 'offered' | 'answering' | 'over' = 'offered';

  constructor(options: SrfIncomingCallOptions) {
    const { req } = options;
    this.#options = options;
    this.sipCallId = req.get('call-id') ?? '';
    this.calledUser = sipUserOf(req.uri);
    this.callingUser = sipUserOf(req.get('from') ?? '');
    this.sourceAddress = req.source_address;
    this.sourcePort = req.source_port;
    this.transport = req.protocol;
    this.remoteSdp = sdpTextOf(req);
    this.headers = keptHeaders(req);
    // The rejection is for whoever calls answer(); nobody may have.
    this.#answer.promise.catch(() => undefined);
    req.on('cancel', () => this.#abandon('cancelled by the caller'));
    options.liveCalls.add(this);
  }

  get onCancel(): (() => void) | undefined {
    return this.#cancelled.listener;
  }

  set onCancel(listener: (() => void) | undefined) {
    this.#cancelled.listener = listener;
  }

  ring(): void {
    if (this.#state === 'offered') this.#options.res.send(180);
  }

  answer(localSdp: string): Promise<EstablishedCall> {
    if (this.#state !== 'offered') {
      return Promise.reject(new Error(`cannot answer: the call is ${this.#state}`));
    }
    this.#state = 'answering';
    const { srf, req, res } = this.#options;
    srf.createUAS(req, res, { localSdp, headers: { Allow: ALLOW } }, (error, dialog) => {
      if (dialog !== undefined) this.#handleDialog(dialog, localSdp);
      else this.#fail(textOf(error));
    });
    return this.#answer.promise;
  }

  reject(status: number, reason?: string): void {
    if (this.#state !== 'offered') return;
    this.#leave();
    const known = REJECT_STATUSES.has(status) ? status : knownStatus(status);
    if (reason === undefined) this.#options.res.send(known);
    else this.#options.res.send(known, headerText(reason));
  }

  lose(reason: string): void {
    this.#abandon(reason);
  }

  release(): Promise<void> {
    this.reject(503);
    return Promise.resolve();
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
        this.#establish(dialog, localSdp, remoteSdp);
        return;
      }
      this.#fail('no session description in the ACK');
      dialog.destroy({}, () => undefined);
    });
  }

  #establish(dialog: SrfDialog, localSdp: string, remoteSdp: string): void {
    const { liveCalls } = this.#options;
    this.#leave();
    this.#cancelled.cancel();
    this.#answer.resolve(new InviteDialog({ dialog, localSdp, remoteSdp, liveCalls }));
  }

  #abandon(reason: string): void {
    if (this.#state === 'over') return;
    this.#fail(reason);
    this.#options.liveCalls.tell(() => this.#cancelled.happen());
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
