import { Deferred } from './deferred.ts';
import { DialogOffers } from './dialog-offers.ts';
import { sendInDialog } from './dialog-request.ts';
import { receiveInfo } from './info-policy.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { OneShot } from './one-shot.ts';
import { OutgoingRefer } from './outgoing-refer.ts';
import type {
  DialogId,
  DialTarget,
  EstablishedCall,
  IncomingRefer,
  ReferTarget,
  SipAnswer,
} from './signaling.ts';
import { SipFailure } from './sip-failure.ts';
import { headerText, keptHeaders } from './sip-headers.ts';
import type { SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';
import { parseReferTo, SrfIncomingRefer } from './srf-incoming-refer.ts';
import { ALLOW } from './uas-policy.ts';

const DECLINE = 603;
/** These end the dialog as well (RFC 3261 section 12.2.1.2, RFC 5057 section 5.1). */
const FATAL_STATUSES = [408, 481];

export interface InviteDialogOptions {
  readonly dialog: SrfDialog;
  readonly localSdp: string;
  readonly remoteSdp: string;
  /** The way that a call of ours took. */
  readonly target?: DialTarget;
  readonly liveCalls: LiveCalls;
  /** Once, when the dialog is over, however that came. */
  readonly onOver?: () => void;
}

/**
 * A confirmed INVITE dialog. Must be made in the library's callback itself: a BYE may be in the same piece of input.
 *
 * Ends once, by whichever is first: the peer's BYE, the server's own (no ACK, say), {@link hangup}, loss of the connection.
 * After {@link hangup} `onEnded` is not called any more.
 */
export class InviteDialog implements EstablishedCall, LiveCall {
  readonly sipCallId: string;
  readonly dialogId: DialogId;
  readonly remoteUri: string;
  readonly remoteSdp: string;
  readonly target?: DialTarget;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the peer's first message came from; empty when nobody knows. */
  readonly peerAddress: string;
  onInfo: EstablishedCall['onInfo'];
  onRefer: ((refer: IncomingRefer) => void) | undefined;
  readonly #dialog: SrfDialog;
  readonly #liveCalls: LiveCalls;
  readonly #offers: DialogOffers;
  readonly #ended = new OneShot<[by: 'peer' | 'system', reason: string]>();
  readonly #acknowledged = new OneShot<[]>();
  readonly #onOver: (() => void) | undefined;
  #isOver = false;
  #hangup: Deferred<void> | undefined;
  #refer: OutgoingRefer | undefined;

  constructor(options: InviteDialogOptions) {
    const { dialog, liveCalls } = options;
    const opening = dialog.type === 'uas' ? dialog.req : dialog.res;
    this.#dialog = dialog;
    this.#liveCalls = liveCalls;
    this.#onOver = options.onOver;
    this.#offers = new DialogOffers({
      dialog,
      liveCalls,
      localSdp: options.localSdp,
      isOver: () => this.isEnding,
    });
    this.remoteSdp = options.remoteSdp;
    if (options.target !== undefined) this.target = options.target;
    this.sipCallId = dialog.sip.callId;
    this.dialogId = dialog.sip;
    this.remoteUri = dialog.remote.uri;
    this.headers = keptHeaders(opening);
    this.peerAddress = opening.source_address ?? '';
    this.#listen();
    liveCalls.add(this);
  }

  /** Over, or about to be by our own BYE. */
  get isEnding(): boolean {
    return this.#isOver || this.#hangup !== undefined;
  }

  get onReinvite(): EstablishedCall['onReinvite'] {
    return this.#offers.onOffer;
  }

  set onReinvite(listener: EstablishedCall['onReinvite']) {
    this.#offers.onOffer = listener;
  }

  get onEnded(): ((by: 'peer' | 'system', reason: string) => void) | undefined {
    return this.#ended.listener;
  }

  set onEnded(listener: ((by: 'peer' | 'system', reason: string) => void) | undefined) {
    this.#ended.listener = listener;
  }

  get onAcknowledged(): (() => void) | undefined {
    return this.#acknowledged.listener;
  }

  set onAcknowledged(listener: (() => void) | undefined) {
    this.#acknowledged.listener = listener;
  }

  /** The ACK came before this object was made (late offer). */
  acknowledge(): void {
    this.#acknowledged.happen();
  }

  hangup(reason?: string): Promise<void> {
    this.#hangup ??= this.#sendBye(reason);
    return this.#hangup.promise;
  }

  async reinvite(localSdp: string): Promise<string> {
    try {
      return await this.#offers.send(localSdp);
    } catch (error) {
      if (error instanceof SipFailure && FATAL_STATUSES.includes(error.status)) this.#giveUp(error);
      throw error;
    }
  }

  refer(
    target: ReferTarget,
    onProgress: (status: number, reason: string) => void,
  ): Promise<SipAnswer> {
    if (this.isEnding) return Promise.resolve({ status: 481, reason: 'the call is over' });
    const refer = new OutgoingRefer(this.#dialog, (status, reason) => {
      this.#liveCalls.tell(() => onProgress(status, reason));
    });
    this.#refer?.abandon();
    this.#refer = refer;
    return refer.send(target);
  }

  async sendInfo(contentType: string, body: string): Promise<number> {
    if (this.#isOver) return 481;
    const headers = { 'Content-Type': headerText(contentType) };
    try {
      return (await sendInDialog(this.#dialog, { method: 'INFO', headers, body })).status;
    } catch (error) {
      return error instanceof SipFailure ? error.status : 503;
    }
  }

  release(): Promise<void> {
    return this.hangup();
  }

  lose(reason: string): void {
    this.#end('system', reason);
  }

  #listen(): void {
    const dialog = this.#dialog;
    dialog.on('destroy', (req, reason = '') => this.#handleDestroy(req, reason));
    dialog.on('modify', (req, res) => this.#offers.handleReinvite(req, res));
    dialog.on('update', (req, res) => this.#offers.handleUpdate(req, res));
    dialog.on('ack', (req) => {
      this.#liveCalls.tell(() => this.#acknowledged.happen());
      this.#offers.handleAck(req);
    });
    dialog.on('info', (req, res) => {
      const info = receiveInfo(req, res);
      if (info !== undefined && !this.#isOver) this.#liveCalls.tell(() => this.onInfo?.(info));
    });
    dialog.on('refer', (req, res) => this.#handleRefer(req, res));
    dialog.on('options', (_req, res) => res.send(200, { headers: { Allow: ALLOW } }));
    // RFC 6665 section 4.1.3: of no subscription of ours.
    dialog.on('notify', (req, res) => res.send(this.#refer?.handleNotify(req) ? 200 : 481));
    for (const method of ['message', 'publish'] as const) {
      dialog.on(method, (_req, res) => res.send(405, { headers: { Allow: ALLOW } }));
    }
  }

  #handleDestroy(req: SrfRequest, reason: string): void {
    if (req.source === 'application') {
      this.#end('system', reason);
      return;
    }
    this.#refer?.handleBye();
    const said = req.get('reason');
    this.#end('peer', said === undefined ? reason : headerText(said));
  }

  #handleRefer(req: SrfRequest, res: SrfResponse): void {
    const referTo = parseReferTo(req.get('refer-to') ?? '');
    if (!referTo.ok) {
      res.send(referTo.status);
      return;
    }
    const refer = new SrfIncomingRefer(this.#dialog, { req, res }, referTo);
    const { onRefer } = this;
    if (onRefer !== undefined && !this.#isOver) this.#liveCalls.tell(() => onRefer(refer));
    else refer.refuse(DECLINE);
  }

  /** Nobody is there any more, the peer says; a BYE all the same, in case that it is. */
  #giveUp({ message }: SipFailure): void {
    if (this.isEnding) return;
    this.#dialog.destroy({}, () => undefined);
    this.#end('system', `re-INVITE: ${message}`);
  }

  #sendBye(reason: string | undefined): Deferred<void> {
    const hangup = new Deferred<void>();
    this.#ended.cancel();
    this.#refer?.abandon();
    const headers = reason === undefined ? {} : { headers: { Reason: headerText(reason) } };
    if (this.#isOver) hangup.resolve();
    else this.#dialog.destroy(headers, () => this.#end('system', 'hung up'));
    return hangup;
  }

  #end(by: 'peer' | 'system', reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#liveCalls.remove(this);
    this.#onOver?.();
    this.#refer?.abandon();
    this.#offers.abandon();
    this.#hangup?.resolve();
    this.#liveCalls.tell(() => this.#ended.happen(by, reason));
  }
}
