import { Deferred } from './deferred.ts';
import { InviteDialog } from './invite-dialog.ts';
import { inviteHeaders } from './invite-request.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { sdpTextOf } from './sdp-body.ts';
import type { DialListener, DialRequest, OutgoingCall } from './signaling.ts';
import type {
  SrfClient,
  SrfDialog,
  SrfInviteOptions,
  SrfRequest,
  SrfResponse,
} from './srf-client.ts';
import { targetUri } from './target-uri.ts';

/** Our own failures look like the network's: the route has no way on. */
const UNAVAILABLE = 503;
const REQUEST_TERMINATED = 487;

export interface SrfOutgoingCallOptions {
  readonly srf: Pick<SrfClient, 'createUAC'>;
  readonly request: DialRequest;
  readonly listener: DialListener;
  readonly liveCalls: LiveCalls;
}

/**
 * INVITE client side: one outcome, told once.
 *
 * | state      | 1xx          | 2xx                   | 3xx-6xx, error | cancel()                 | loss          |
 * | ---------- | ------------ | --------------------- | -------------- | ------------------------ | ------------- |
 * | calling    | onProvisional | onAnswered: over      | onFailed: over | cancelling; CANCEL, now or once the INVITE is sent | onFailed: over |
 * | cancelling | -            | BYE, onFailed 487: over | onFailed: over | -                      | onFailed: over |
 * | over       | -            | BYE                   | -              | -                        | -             |
 */
export class SrfOutgoingCall implements OutgoingCall, LiveCall {
  readonly #options: SrfOutgoingCallOptions;
  readonly #done = new Deferred<void>();
  #state: 'calling' | 'cancelling' | 'over' = 'calling';
  #invite: SrfRequest | undefined;
  /** From a reliable 1xx: then the 200 may come without (RFC 3264 section 4, RFC 6337 section 2.1). */
  #earlySdp: string | undefined;

  constructor(options: SrfOutgoingCallOptions) {
    this.#options = options;
    options.liveCalls.add(this);
  }

  /** Never throws. Not in the constructor, so that the caller has the object before the first event. */
  start(): void {
    const { srf, request } = this.#options;
    const [target] = request.targets;
    if (target === undefined) {
      this.#fail(UNAVAILABLE, 'no target');
      return;
    }
    const { credentials } = target;
    const { localSdp } = request;
    const options: SrfInviteOptions = { localSdp, headers: inviteHeaders(target, request) };
    if (credentials !== undefined) options.auth = credentials;
    try {
      srf.createUAC(
        targetUri(target, target.toUser),
        options,
        {
          cbRequest: (_error, invite) => this.#handleSent(invite),
          cbProvisional: (res) => this.#handleProvisional(res),
        },
        (error, dialog) => {
          if (dialog !== undefined) this.#handleDialog(dialog);
          else this.#handleError(error);
        },
      );
    } catch (error) {
      this.#handleError(error);
    }
  }

  cancel(): void {
    if (this.#state !== 'calling') return;
    this.#state = 'cancelling';
    this.#sendCancel();
  }

  lose(reason: string): void {
    this.#fail(UNAVAILABLE, reason);
  }

  release(): Promise<void> {
    this.cancel();
    return this.#done.promise;
  }

  #handleSent(invite: SrfRequest | undefined): void {
    this.#invite = invite;
    const sipCallId = invite?.get('call-id');
    if (sipCallId !== undefined) this.#options.request.onSent?.(sipCallId);
    if (this.#state === 'cancelling') this.#sendCancel();
  }

  /** RFC 3261 section 9.1; the server holds it back until a provisional response came. */
  #sendCancel(): void {
    try {
      // Refused when the final response is already on its way: that response is the outcome.
      this.#invite?.cancel(() => undefined);
    } catch (error) {
      this.#handleError(error);
    }
  }

  #handleProvisional(res: SrfResponse): void {
    if (this.#state !== 'calling') return;
    const sdp = sdpTextOf(res);
    this.#earlySdp = sdp ?? this.#earlySdp;
    const { liveCalls, listener } = this.#options;
    liveCalls.tell(() => listener.onProvisional(res.status, sdp));
  }

  #handleDialog(dialog: SrfDialog): void {
    if (this.#state !== 'calling') {
      dialog.destroy({}, () => undefined);
      this.#fail(REQUEST_TERMINATED, 'Request Terminated');
      return;
    }
    const { liveCalls, request, listener } = this.#options;
    this.#leave();
    const remoteSdp = sdpTextOf(dialog.res) ?? this.#earlySdp ?? '';
    const { localSdp } = request;
    const established = new InviteDialog({ dialog, localSdp, remoteSdp, liveCalls });
    liveCalls.tell(() => listener.onAnswered(established));
  }

  #handleError(error: unknown): void {
    const { status, reason, message } = Object(error);
    if (typeof status === 'number') {
      this.#fail(status, typeof reason === 'string' ? reason : '');
    } else {
      this.#fail(UNAVAILABLE, typeof message === 'string' ? message : String(error));
    }
  }

  #fail(status: number, reason: string): void {
    if (this.#state === 'over') return;
    this.#leave();
    const { liveCalls, listener } = this.#options;
    liveCalls.tell(() => listener.onFailed(status, reason));
  }

  #leave(): void {
    this.#state = 'over';
    this.#options.liveCalls.remove(this);
    this.#done.resolve();
  }
}
