import { monotonicMs } from '../core/time.ts';
import { Deferred } from './deferred.ts';
import { DialAttempts, type DialAttemptsInput, type DialAttemptsOutput } from './dial-attempts.ts';
import type { DialFailure } from './dial-failure.ts';
import { DigestSession } from './digest-session.ts';
import { InviteDialog, type InviteDialogOptions } from './invite-dialog.ts';
import { type InviteOptions, inviteHeaders } from './invite-request.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import type { RealmPins } from './realm-pins.ts';
import { isWithinTarget, redirectTargets } from './redirect.ts';
import type {
  DialListener,
  DialogId,
  DialRequest,
  DialTarget,
  OutgoingCall,
  Reservation,
} from './signaling.ts';
import type { SrfClient, SrfResponse } from './srf-client.ts';
import { SrfInvite } from './srf-invite.ts';
import { targetUri } from './target-uri.ts';

/** Our own failures look like the network's: the route has no way on. */
const UNAVAILABLE = 503;
const TRYING = 100;
const DEFAULT_FIRST_PROVISIONAL_TIMEOUT_MS = 1_500;
/** Where 100 is not told, silence and a slow gateway look the same: no failover before it could have rung. */
const RINGING_TIMEOUT_MS = 10_000;
/** Asks the embedded server to pass 100 up; it takes the header out. */
const TELL_TRYING = { 'X-Trunkline-Trying': 'tell' };

export interface OutgoingCallContext {
  readonly srf: Pick<SrfClient, 'createUAC'>;
  readonly liveCalls: LiveCalls;
  readonly pins: RealmPins;
  readonly invite: InviteOptions;
  /** The server is the embedded one: it passes 100 up when asked. */
  readonly tellsTrying: boolean;
  readonly isSelf: (host: string, port: number | undefined) => boolean;
}

export interface SrfOutgoingCallOptions extends OutgoingCallContext {
  readonly request: DialRequest;
  readonly listener: DialListener;
}

/**
 * An outgoing call over the targets of its request: carries out what {@link DialAttempts} says, holds the gateway's slot, and tells
 * one outcome, once.
 */
export class SrfOutgoingCall implements OutgoingCall, LiveCall {
  readonly #options: SrfOutgoingCallOptions;
  readonly #done = new Deferred<void>();
  readonly #inputs: DialAttemptsInput[] = [];
  #attempts: DialAttempts | undefined;
  #invite: SrfInvite | undefined;
  /** Whose realm counts: a redirect leads to no new one. */
  #server = '';
  #reservation: Reservation | undefined;
  /** Of the attempt that was answered, between its event and the machine's word. */
  #answer: Pick<InviteDialogOptions, 'dialog' | 'localSdp' | 'remoteSdp' | 'target'> | undefined;
  /** Why the application cancelled. */
  #reason: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isOver = false;

  constructor(options: SrfOutgoingCallOptions) {
    this.#options = options;
    options.liveCalls.add(this);
  }

  /** Never throws. Not in the constructor, so that the caller has the object before the first event. */
  start(): void {
    if (this.#isOver) return;
    const { targets, noTarget } = this.#options.request;
    const options = { targets, noTarget, patienceMs: this.#patienceMs() };
    this.#attempts = new DialAttempts(options, now());
    this.#run();
  }

  cancel(reason?: string): void {
    this.#reason ??= reason;
    this.#handle({ type: 'cancel' });
  }

  /** As {@link SrfInvite.earlyPeerOf}, of the attempt under way. */
  earlyPeerOf(dialogId: DialogId): string | undefined {
    return this.#isOver ? undefined : this.#invite?.earlyPeerOf(dialogId);
  }

  lose(reason: string): void {
    this.#fail({ status: UNAVAILABLE, reason, isOurs: true });
  }

  release(): Promise<void> {
    this.cancel();
    return this.#done.promise;
  }

  #patienceMs(): number {
    const { request, tellsTrying } = this.#options;
    const patienceMs = request.firstProvisionalTimeoutMs ?? DEFAULT_FIRST_PROVISIONAL_TIMEOUT_MS;
    return tellsTrying ? patienceMs : Math.max(patienceMs, RINGING_TIMEOUT_MS);
  }

  #handle(input: DialAttemptsInput): void {
    this.#inputs.push(input);
    if (this.#attempts !== undefined) this.#run();
  }

  /** What an output does may be heard before it returns: that waits its turn. */
  #run(): void {
    const attempts = this.#attempts;
    if (this.#isBusy || attempts === undefined) return;
    this.#isBusy = true;
    for (let next = this.#step(attempts); next; next = this.#step(attempts));
    this.#isBusy = false;
    this.#schedule(attempts);
  }

  #step(attempts: DialAttempts): boolean {
    const output = attempts.pollOutput();
    if (output !== undefined) {
      this.#carryOut(output);
      return true;
    }
    const input = this.#inputs.shift();
    if (input !== undefined) attempts.handleInput(input, now());
    return input !== undefined;
  }

  #schedule(attempts: DialAttempts): void {
    clearTimeout(this.#timer);
    const deadline = this.#isOver ? undefined : attempts.pollTimeout();
    if (deadline === undefined) return;
    this.#timer = setTimeout(
      () => {
        attempts.handleTimeout(now());
        this.#run();
      },
      Math.max(0, Math.ceil(deadline - now())),
    );
  }

  #carryOut(output: DialAttemptsOutput): void {
    if (this.#isOver) return;
    switch (output.type) {
      case 'attempt':
        this.#try(output);
        return;
      case 'abandon':
        this.#invite?.abandon(this.#reason);
        return;
      case 'report':
        this.#report(output);
        return;
      case 'answered':
        this.#adopt();
        return;
      case 'failed':
        this.#fail(output.failure);
        return;
      default:
    }
  }

  #try(output: Extract<DialAttemptsOutput, { readonly type: 'attempt' }>): void {
    const { attempt, target, isRedirect } = output;
    if (!isRedirect) this.#server = `${target.host}:${target.port ?? ''}`;
    const refused = isRedirect ? undefined : this.#reserve(target);
    if (refused === undefined) this.#send(attempt, target);
    else this.#failed(attempt, { status: UNAVAILABLE, reason: refused, isOurs: true });
  }

  /** The slot of the one before is given back; why there is none here, if so. */
  #reserve(target: DialTarget): string | undefined {
    this.#releaseSlot();
    const reservation = this.#options.liveCalls.tell(() => target.reserve?.() ?? FREE);
    if (reservation === undefined) return 'no slot';
    if ('refused' in reservation) return reservation.refused;
    this.#reservation = reservation;
    return undefined;
  }

  #releaseSlot(): void {
    const reservation = this.#reservation;
    this.#reservation = undefined;
    if (reservation !== undefined) this.#options.liveCalls.tell(() => reservation.release());
  }

  #send(attempt: number, target: DialTarget): void {
    const { srf, liveCalls, request } = this.#options;
    try {
      const localSdp = offerTo(target, request.localSdp);
      this.#invite = new SrfInvite({
        srf,
        liveCalls,
        uri: target.requestUri ?? targetUri(target, target.toUser),
        headers: this.#headers(target),
        localSdp,
        proxy: target.outboundProxy,
        digest: this.#digest(target),
        listener: {
          onSent: (sipCallId) => liveCalls.tell(() => request.onSent?.(sipCallId)),
          onProvisional: (status, sdp) => this.#handleProvisional(attempt, status, sdp),
          onAnswered: (dialog, remoteSdp) => {
            this.#answer = { dialog, localSdp, remoteSdp, target };
            this.#handle({ type: 'answered', attempt });
          },
          onFailed: (failure, response) =>
            this.#failed(attempt, { ...failure, ...this.#redirects(target, response) }),
        },
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failed(attempt, { status: UNAVAILABLE, reason, isOurs: true });
      return;
    }
    this.#invite.start();
  }

  #headers(target: DialTarget): Record<string, string> {
    const { request, invite, tellsTrying } = this.#options;
    return { ...inviteHeaders(target, request, invite), ...(tellsTrying && TELL_TRYING) };
  }

  #digest({ credentials }: DialTarget): DigestSession | undefined {
    if (credentials === undefined) return undefined;
    return new DigestSession({ credentials, server: this.#server, pins: this.#options.pins });
  }

  #redirects(
    target: DialTarget,
    response: SrfResponse | undefined,
  ): Pick<DialFailure, 'redirects'> | undefined {
    if (response === undefined || response.status < 300 || response.status > 399) return undefined;
    const { request, isSelf, liveCalls } = this.#options;
    const redirects = redirectTargets(target, response.get('contact'), {
      isSelf,
      mayCall: (user) =>
        target.mayCall === undefined || liveCalls.tell(() => target.mayCall?.(user)) === true,
      mayFollow: (host) =>
        request.mayFollow === undefined
          ? request.targets.some((one) => isWithinTarget(one, host)) ||
            target.redirectHosts?.some((one) => isWithinTarget({ host: one }, host)) === true
          : (liveCalls.tell(() => request.mayFollow?.(host)) ?? false),
    });
    return { redirects };
  }

  #handleProvisional(attempt: number, status: number, sdp: string | undefined): void {
    this.#handle({ type: 'provisional', attempt, status });
    const { liveCalls, listener } = this.#options;
    if (status > TRYING) liveCalls.tell(() => listener.onProvisional(status, sdp));
  }

  #failed(attempt: number, failure: DialFailure): void {
    this.#handle({ type: 'failed', attempt, failure });
  }

  #report(output: Extract<DialAttemptsOutput, { readonly type: 'report' }>): void {
    const { target, elapsedMs } = output;
    const { status, reason, retryAfterSeconds } = output.failure;
    const { liveCalls, listener } = this.#options;
    liveCalls.tell(() =>
      listener.onAttempt?.({
        targetId: target.id,
        status,
        reason,
        elapsedMs,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      }),
    );
  }

  #adopt(): void {
    const { liveCalls, listener } = this.#options;
    if (this.#answer === undefined) return;
    this.#leave();
    const onOver = () => this.#releaseSlot();
    const established = new InviteDialog({ ...this.#answer, liveCalls, onOver });
    liveCalls.tell(() =>
      this.#reservation?.answered?.((reason) => {
        const { onEnded } = established;
        void established
          .hangup(reason)
          .then(() => liveCalls.tell(() => onEnded?.('system', reason)));
      }),
    );
    liveCalls.tell(() => listener.onAnswered(established));
  }

  #fail({ status, reason }: DialFailure): void {
    if (this.#isOver) return;
    this.#leave();
    this.#releaseSlot();
    const { liveCalls, listener } = this.#options;
    liveCalls.tell(() => listener.onFailed(status, reason));
  }

  #leave(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.liveCalls.remove(this);
    this.#done.resolve();
  }
}

function offerTo(target: DialTarget, localSdp: DialRequest['localSdp']): string {
  return typeof localSdp === 'string' ? localSdp : localSdp(target);
}

/** Of a target that has no slots to count. */
const FREE: Reservation = { release: () => undefined };

function now() {
  return monotonicMs(performance.now());
}
