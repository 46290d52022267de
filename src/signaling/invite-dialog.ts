import { Deferred } from './deferred.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { OneShot } from './one-shot.ts';
import { sdpBodyOf, sdpTextOf } from './sdp-body.ts';
import type { EstablishedCall } from './signaling.ts';
import type { SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';
import { ALLOW } from './uas-policy.ts';

export interface InviteDialogOptions {
  readonly dialog: SrfDialog;
  readonly localSdp: string;
  readonly remoteSdp: string;
  readonly liveCalls: LiveCalls;
}

/**
 * A confirmed INVITE dialog. Must be made in the library's callback itself: a BYE may be in the same piece of input.
 *
 * Ends once, by whichever is first: the peer's BYE, the server's own (no ACK, say), {@link hangup}, loss of the connection.
 * After {@link hangup} `onEnded` is not called any more.
 */
export class InviteDialog implements EstablishedCall, LiveCall {
  readonly sipCallId: string;
  readonly remoteSdp: string;
  onReinvite: ((remoteSdp: string) => string | undefined) | undefined;
  readonly #dialog: SrfDialog;
  readonly #liveCalls: LiveCalls;
  readonly #ended = new OneShot<[by: 'peer' | 'system', reason: string]>();
  #localSdp: string;
  #isOver = false;
  #expectsAnswerInAck = false;
  #hangup: Deferred<void> | undefined;

  constructor(options: InviteDialogOptions) {
    this.#dialog = options.dialog;
    this.#liveCalls = options.liveCalls;
    this.#localSdp = options.localSdp;
    this.remoteSdp = options.remoteSdp;
    this.sipCallId = options.dialog.sip.callId;
    this.#listen();
    this.#liveCalls.add(this);
  }

  get onEnded(): ((by: 'peer' | 'system', reason: string) => void) | undefined {
    return this.#ended.listener;
  }

  set onEnded(listener: ((by: 'peer' | 'system', reason: string) => void) | undefined) {
    this.#ended.listener = listener;
  }

  hangup(): Promise<void> {
    this.#hangup ??= this.#sendBye();
    return this.#hangup.promise;
  }

  release(): Promise<void> {
    return this.hangup();
  }

  lose(reason: string): void {
    this.#end('system', reason);
  }

  #listen(): void {
    const dialog = this.#dialog;
    dialog.on('destroy', (req, reason = '') => {
      if (req.source === 'application') this.#end('system', reason);
      else this.#end('peer', req.get('reason') ?? reason);
    });
    dialog.on('modify', (req, res) => this.#handleOffer(req, res));
    dialog.on('update', (req, res) => {
      if (sdpBodyOf(req).kind === 'none') res.send(200, { headers: this.#contact() });
      else this.#handleOffer(req, res);
    });
    dialog.on('ack', (req) => this.#handleAck(req));
    dialog.on('options', (_req, res) => res.send(200, { headers: { Allow: ALLOW } }));
    // No subscription of ours can have caused it (RFC 6665 section 4.1.3).
    dialog.on('notify', (_req, res) => res.send(481));
    for (const method of ['refer', 'message', 'publish'] as const) {
      dialog.on(method, (_req, res) => res.send(405, { headers: { Allow: ALLOW } }));
    }
  }

  /** Re-INVITE or UPDATE (RFC 3261 section 14.2, RFC 3311 section 5.2): a refusal leaves the session as it was. */
  #handleOffer(req: SrfRequest, res: SrfResponse): void {
    const body = sdpBodyOf(req);
    if (this.#isOver || this.#hangup !== undefined) {
      res.send(481);
    } else if (body.kind === 'other') {
      res.send(415, { headers: { Accept: 'application/sdp' } });
    } else if (body.kind === 'none') {
      this.#expectsAnswerInAck = true;
      this.#sendSdp(res);
    } else {
      this.#answerOffer(body.sdp, res);
    }
  }

  #answerOffer(offer: string, res: SrfResponse): void {
    const answer = this.#tellOffer(offer);
    if (answer === undefined) {
      res.send(488);
      return;
    }
    this.#localSdp = answer;
    this.#dialog.local.sdp = answer;
    this.#sendSdp(res);
  }

  /** The answer to the offer in our 200 to a re-INVITE without one: what it says of the peer is read like an offer. */
  #handleAck(req: SrfRequest): void {
    if (!this.#expectsAnswerInAck) return;
    this.#expectsAnswerInAck = false;
    const answer = sdpTextOf(req);
    if (answer !== undefined && !this.#isOver) this.#tellOffer(answer);
  }

  #tellOffer(remoteSdp: string): string | undefined {
    return this.#liveCalls.tell(() => this.onReinvite?.(remoteSdp));
  }

  #sendSdp(res: SrfResponse): void {
    const headers = { ...this.#contact(), 'Content-Type': 'application/sdp' };
    res.send(200, { body: this.#localSdp, headers });
  }

  #contact(): Record<string, string> {
    return { Contact: this.#dialog.local.contact };
  }

  #sendBye(): Deferred<void> {
    const hangup = new Deferred<void>();
    this.#ended.cancel();
    if (this.#isOver) hangup.resolve();
    else this.#dialog.destroy({}, () => this.#end('system', 'hung up'));
    return hangup;
  }

  #end(by: 'peer' | 'system', reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#liveCalls.remove(this);
    this.#hangup?.resolve();
    this.#liveCalls.tell(() => this.#ended.happen(by, reason));
  }
}
