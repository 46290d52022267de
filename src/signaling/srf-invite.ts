import { AuthenticatedDialog } from './authenticated-dialog.ts';
import { challengerOf } from './challenger.ts';
import type { DialFailure } from './dial-failure.ts';
import type { DigestRound, DigestSession } from './digest-session.ts';
import { secondsOf } from './header-numbers.ts';
import { SESSION_INTERVAL_TOO_SMALL } from './invite-request.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { sdpTextOf } from './sdp-body.ts';
import { intervalAfterRefusal } from './session-interval.ts';
import type { DialogId } from './signaling.ts';
import { headerText } from './sip-headers.ts';
import type { SrfClient, SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';

/** Our own failures look like the network's: this way leads nowhere. */
const UNAVAILABLE = 503;
const TERMINATED: DialFailure = { status: 487, reason: 'Request Terminated', isOurs: true };
/** What would have been sent again had nobody abandoned it. */
const RETRIED: ReadonlySet<number> = new Set([401, 407, SESSION_INTERVAL_TOO_SMALL]);
const MAX_FORKS = 16;
const TRYING = 100;

export interface SrfInviteOptions {
  readonly srf: Pick<SrfClient, 'createUAC'>;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly localSdp: string;
  /** The next hop, a SIP URI. */
  readonly proxy: string | undefined;
  readonly digest: DigestSession | undefined;
  readonly liveCalls: LiveCalls;
  readonly listener: SrfInviteListener;
}

/** Provisionals, then one of the others. */
export interface SrfInviteListener {
  /** The INVITE is out; each retry too. */
  onSent(callId: string): void;
  onProvisional(status: number, remoteSdp: string | undefined): void;
  onAnswered(dialog: SrfDialog, remoteSdp: string): void;
  onFailed(failure: DialFailure, response: SrfResponse | undefined): void;
}

/**
 * One INVITE to one place, with its retries: with credentials after a challenge, with a longer interval after 422 (RFC 4028
 * section 7.4).
 *
 * | state      | 1xx          | 2xx              | 3xx-6xx, error             | abandon()                | lose()         |
 * | ---------- | ------------ | ---------------- | -------------------------- | ------------------------ | -------------- |
 * | calling    | onProvisional | onAnswered: over | retry, or onFailed: over  | CANCEL, now or once sent: abandoned | onFailed: over |
 * | abandoned  | -            | BYE, onFailed 487: over | onFailed: over      | -                        | onFailed: over |
 * | over       | -            | BYE              | -                          | -                        | -              |
 */
export class SrfInvite implements LiveCall {
  readonly #options: SrfInviteOptions;
  readonly #round: DigestRound | undefined;
  /** By To tag: a 200 may leave out what its fork has said (RFC 3264 section 4, RFC 6337 section 2.1). */
  readonly #earlySdp = new Map<string, string>();
  /** Where the first response of each early dialog came from, by To tag. */
  readonly #earlyPeers = new Map<string, string>();
  #headers: Readonly<Record<string, string>>;
  #state: 'calling' | 'abandoned' | 'over' = 'calling';
  #sent: SrfRequest | undefined;
  #hasRetriedInterval = false;
  #reason: string | undefined;
  #onOver: (() => void) | undefined;

  constructor(options: SrfInviteOptions) {
    this.#options = options;
    this.#headers = options.headers;
    this.#round = options.digest?.round();
  }

  /** Never throws. */
  start(): void {
    this.#send(this.#options.proxy);
  }

  /** The address of the peer of this early dialog (RFC 3261 section 12); undefined when it is none of this INVITE. */
  earlyPeerOf({ callId, localTag, remoteTag }: DialogId): string | undefined {
    const sent = this.#sent;
    if (this.#state !== 'calling' || sent === undefined || remoteTag === '') return undefined;
    const isOurs = sent.get('call-id') === callId && tagOf(sent.get('from')) === localTag;
    return isOurs ? this.#earlyPeers.get(remoteTag) : undefined;
  }

  /** RFC 3261 section 9.1. Idempotent. */
  abandon(reason?: string): void {
    if (this.#state !== 'calling') return;
    this.#state = 'abandoned';
    this.#reason = reason;
    this.#options.liveCalls.add(this);
    this.#sendCancel();
  }

  lose(reason: string): void {
    this.#fail({ status: UNAVAILABLE, reason, isOurs: true });
  }

  release(): Promise<void> {
    this.abandon();
    if (this.#state === 'over') return Promise.resolve();
    return new Promise((resolve) => {
      this.#onOver = resolve;
    });
  }

  #send(proxy: string | undefined): void {
    const { srf, uri, localSdp } = this.#options;
    this.#sent = undefined;
    try {
      srf.createUAC(
        uri,
        { localSdp, headers: { ...this.#headers }, ...(proxy !== undefined && { proxy }) },
        {
          cbRequest: (_error, sent) => this.#handleSent(sent),
          cbProvisional: (res) => this.#handleProvisional(res),
        },
        (error, dialog) => {
          if (dialog !== undefined) this.#handleDialog(dialog);
          else this.#handleError(error);
        },
      );
    } catch (error) {
      this.#fail(failureOf(error));
    }
  }

  #handleSent(sent: SrfRequest | undefined): void {
    this.#sent = sent;
    const callId = sent?.get('call-id');
    if (callId !== undefined) this.#options.listener.onSent(callId);
    if (this.#state === 'abandoned') this.#sendCancel();
  }

  /** The server holds it back until a provisional response came. */
  #sendCancel(): void {
    try {
      // Refused when the final response is already on its way: that response is the outcome.
      this.#sent?.cancel(this.#reasonHeader(), () => undefined);
    } catch (error) {
      this.#fail(failureOf(error));
    }
  }

  /** RFC 3326. */
  #reasonHeader(): { headers?: Record<string, string> } {
    return this.#reason === undefined ? {} : { headers: { Reason: headerText(this.#reason) } };
  }

  #handleProvisional(res: SrfResponse): void {
    if (this.#state !== 'calling') return;
    const sdp = sdpTextOf(res);
    const tag = tagOf(res.get('to'));
    if (sdp !== undefined && this.#earlySdp.size < MAX_FORKS) this.#earlySdp.set(tag, sdp);
    if (res.status > TRYING && this.#earlyPeers.size < MAX_FORKS && !this.#earlyPeers.has(tag)) {
      this.#earlyPeers.set(tag, res.source_address ?? '');
    }
    this.#options.listener.onProvisional(res.status, sdp);
  }

  #handleDialog(dialog: SrfDialog): void {
    const { digest, listener } = this.#options;
    const ours = digest === undefined ? dialog : new AuthenticatedDialog(dialog, digest);
    if (this.#state !== 'calling') {
      ours.destroy(this.#reasonHeader(), () => undefined);
      this.#fail(TERMINATED);
      return;
    }
    this.#leave();
    const early = this.#earlySdp.get(tagOf(dialog.res.get('to')));
    listener.onAnswered(ours, sdpTextOf(dialog.res) ?? early ?? '');
  }

  #handleError(error: unknown): void {
    const response = responseOf(error);
    if (this.#state === 'calling' && response !== undefined && this.#retry(response)) return;
    const isUnwanted = this.#state === 'abandoned' && RETRIED.has(response?.status ?? 0);
    this.#fail(isUnwanted ? TERMINATED : failureOf(error), response);
  }

  /** The same call again: Call-ID and From stay, CSeq goes on (RFC 3261 sections 8.1.3.5 and 22.2). */
  #retry(response: SrfResponse): boolean {
    const sent = this.#sent;
    if (sent === undefined) return false;
    const changes = this.#changesAfter(response, sent);
    if (changes === undefined) return false;
    const sequence = Number.parseInt(sent.get('cseq') ?? '', 10);
    this.#headers = {
      ...this.#headers,
      ...changes,
      From: sent.get('from') ?? '',
      'Call-ID': sent.get('call-id') ?? '',
      CSeq: `${sequence + 1} INVITE`,
    };
    this.#send(this.#options.proxy ?? challengerOf(response));
    return true;
  }

  #changesAfter(
    response: SrfResponse,
    sent: SrfRequest,
  ): Readonly<Record<string, string>> | undefined {
    if (response.status === SESSION_INTERVAL_TOO_SMALL && !this.#hasRetriedInterval) {
      this.#hasRetriedInterval = true;
      return intervalAfterRefusal(this.#headers['Session-Expires'], response.get('min-se'));
    }
    const body = this.#options.localSdp;
    return this.#round?.answer(response, { method: 'INVITE', uri: sent.uri, body });
  }

  #fail(failure: DialFailure, response?: SrfResponse): void {
    if (this.#state === 'over') return;
    this.#leave();
    this.#options.listener.onFailed(failure, response);
  }

  #leave(): void {
    this.#state = 'over';
    this.#options.liveCalls.remove(this);
    this.#onOver?.();
  }
}

function responseOf(error: unknown): SrfResponse | undefined {
  const { res } = Object(error);
  return res;
}

/** Of a SipError of the library, an Error, or a text. */
function failureOf(error: unknown): DialFailure {
  const { status, reason, message } = Object(error);
  const response = responseOf(error);
  if (typeof status !== 'number') {
    const text = typeof message === 'string' ? message : String(error);
    return { status: UNAVAILABLE, reason: headerText(text), isOurs: true };
  }
  const retryAfterSeconds = secondsOf(response?.get('retry-after'));
  return {
    status,
    reason: typeof reason === 'string' ? headerText(reason) : '',
    // What the server makes itself has no source.
    isOurs: response?.source_address === '',
    ...(response !== undefined && response.status < 300 && { wasAnswered: true }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function tagOf(to: string | undefined): string {
  return /;\s*tag\s*=\s*([^;\s]*)/i.exec(to ?? '')?.[1] ?? '';
}
