import { Deferred } from './deferred.ts';
import { sendInDialog } from './dialog-request.ts';
import { serializeReplaces } from './replaces.ts';
import type { ReferTarget, SipAnswer } from './signaling.ts';
import { SipFailure } from './sip-failure.ts';
import { headerText } from './sip-headers.ts';
import { escapeSipUser } from './sip-user.ts';
import { parseSipfrag } from './sipfrag.ts';
import type { SrfDialog, SrfRequest } from './srf-client.ts';

/** Between two NOTIFYs, and before the first: longer than a callee may be rung. */
const NOTIFY_TIMEOUT_MS = 90_000;
const ACCEPTED: SipAnswer = { status: 202, reason: 'Accepted' };
const TIMED_OUT: SipAnswer = { status: 408, reason: 'no NOTIFY said how it went' };
const LOST: SipAnswer = { status: 481, reason: 'the dialog ended' };

/**
 * One REFER of ours and the subscription that it makes (RFC 3515).
 *
 * | state     | 2xx                              | other final | NOTIFY 1xx | NOTIFY final, terminated | BYE       | timer    |
 * | --------- | -------------------------------- | ----------- | ---------- | ------------------------ | --------- | -------- |
 * | asking    | following; over 202 (no Refer-Sub) | over: it    | progress   | over: it                 | over: 481 | -        |
 * | following | -                                | -           | progress   | over: it                 | over: 200 | over: 408 |
 */
export class OutgoingRefer {
  readonly #dialog: SrfDialog;
  readonly #onProgress: (status: number, reason: string) => void;
  readonly #outcome = new Deferred<SipAnswer>();
  #state: 'asking' | 'following' | 'over' = 'asking';
  #hasPeerLeft = false;
  #timer: NodeJS.Timeout | undefined;
  #last: SipAnswer | undefined;

  constructor(dialog: SrfDialog, onProgress: (status: number, reason: string) => void) {
    this.#dialog = dialog;
    this.#onProgress = onProgress;
  }

  /** Never rejects. */
  send(target: ReferTarget): Promise<SipAnswer> {
    const headers = referHeaders(this.#dialog, target);
    sendInDialog(this.#dialog, { method: 'REFER', headers }).then(
      (response) => {
        const answer = { status: response.status, reason: response.reason ?? '' };
        if (response.status >= 300) this.#end(answer);
        else if (/^\s*false/i.test(response.get('refer-sub') ?? '')) this.#end(ACCEPTED);
        else this.#follow();
      },
      (error: unknown) => this.#end(failureOf(error)),
    );
    return this.#outcome.promise;
  }

  /** Whether the NOTIFY is this subscription's. */
  handleNotify(notify: SrfRequest): boolean {
    if (this.#state === 'over' || !/^\s*refer\b/i.test(notify.get('event') ?? '')) return false;
    const said = parseSipfrag(notify.body ?? '');
    const isTerminated = /^\s*terminated/i.test(notify.get('subscription-state') ?? '');
    this.#last = said ?? this.#last;
    if (this.#last !== undefined && this.#last.status >= 200) this.#end(this.#last);
    else if (isTerminated) this.#end(TIMED_OUT);
    else this.#progress(said);
    return true;
  }

  /**
   * The peer hung up. One that had accepted needs the call no longer: many send no last NOTIFY. Decided a microtask later: an answer that came before
   * the BYE in the same piece is told after it.
   */
  handleBye(): void {
    this.#hasPeerLeft = true;
    queueMicrotask(() =>
      this.#end(this.#state === 'following' ? { status: 200, reason: 'BYE' } : LOST),
    );
  }

  /** We hung up, or the connection is lost. */
  abandon(): void {
    if (!this.#hasPeerLeft) this.#end(LOST);
  }

  #progress(said: SipAnswer | undefined): void {
    if (this.#state === 'following') this.#restartTimer();
    if (said !== undefined) this.#onProgress(said.status, said.reason);
  }

  #follow(): void {
    if (this.#state !== 'asking') return;
    this.#state = 'following';
    this.#restartTimer();
    this.#onProgress(ACCEPTED.status, ACCEPTED.reason);
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(TIMED_OUT), NOTIFY_TIMEOUT_MS);
    this.#timer.unref();
  }

  #end(answer: SipAnswer): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    clearTimeout(this.#timer);
    this.#outcome.resolve(answer);
  }
}

function failureOf(error: unknown): SipAnswer {
  return error instanceof SipFailure ? error : { status: 503, reason: String(error) };
}

function referHeaders(dialog: SrfDialog, target: ReferTarget): Record<string, string> {
  const headers: Record<string, string> = {
    Contact: dialog.local.contact,
    'Refer-To': `<${referUri(dialog, target)}>`,
  };
  const { referredBy } = target;
  if (referredBy !== undefined) headers['Referred-By'] = `<${uriText(referredBy)}>`;
  return headers;
}

function referUri(dialog: SrfDialog, target: ReferTarget): string {
  if ('uri' in target) return uriText(target.uri);
  if ('user' in target) {
    return `sip:${escapeSipUser(target.user)}@${hostOf(dialog.remote.uri)}`;
  }
  const replaces = encodeURIComponent(serializeReplaces(target.call.dialogId));
  return `${uriText(target.call.remoteUri)}?Replaces=${replaces}`;
}

/** Nothing that would end the angle brackets. */
function uriText(uri: string): string {
  return headerText(uri).replace(/[<>"\s]/g, '');
}

/** Host and port of a SIP URI. */
function hostOf(uri: string): string {
  return /^sips?:(?:[^@]*@)?([^;?>]+)/i.exec(uri)?.[1] ?? 'localhost';
}
