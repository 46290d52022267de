import type { MonotonicMs } from '../../core/time.ts';
import { earliest } from '../../core/timer-table.ts';
import { type Endpoint, isReliable } from '../endpoint.ts';
import type { SipRequest } from '../message/sip-message.ts';
import type { TransactionTimers } from '../transaction/timers.ts';
import { AnswerRetransmitter } from './answer-retransmitter.ts';
import type { Dialog } from './dialog.ts';
import { ReceivedProvisionals } from './received-provisionals.ts';
import type { ProvisionalOutput, ReliableProvisionals } from './reliable-provisionals.ts';
import type { SessionTimer, SessionTimerOutput } from './session-timer.ts';
import { Subscriptions } from './subscriptions.ts';

/** Our 2xx that waits for its ACK. */
interface PendingAnswer {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  readonly retransmitter: AnswerRetransmitter;
}

/** Our ACK of a 2xx, kept for the case that the 2xx comes again. */
interface SentAck {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
}

export interface HeldRequest {
  readonly transaction: string;
  readonly request: SipRequest;
  readonly to: Endpoint;
  /** Nobody waits for its answer: the dialog ends when it leaves. */
  readonly isOrphaned?: boolean;
}

export type SessionOutput =
  | ProvisionalOutput
  | SessionTimerOutput
  | { readonly type: 'unacknowledged' }
  | { readonly type: 'expired' }
  /** One of the subscriptions was neither refreshed nor ended. */
  | { readonly type: 'subscription-expired' };

/** A dialog with the INVITEs that are under way in it. */
export class Session {
  readonly dialog: Dialog;
  /** A peer's INVITE without a final answer, by transaction. */
  serverInvite: string | undefined;
  /** Our INVITE without a final answer, by transaction. */
  clientInvite: string | undefined;
  /** A peer's UPDATE without a final answer, by transaction. */
  serverUpdate: string | undefined;
  /** Our UPDATE without a final answer. */
  clientUpdate: { readonly transaction: string; readonly hasOffer: boolean } | undefined;
  /** The INVITE of ours that makes this dialog had an offer that is not answered yet. */
  hasOpenOffer = false;
  /** Our INVITE that got a 2xx: what the ACK is built from. */
  answeredInvite: SipRequest | undefined;
  ack: SentAck | undefined;
  /** Why our ACK of the 2xx is followed by a BYE: nobody wants this call, or can use it. */
  endsAfterAck: string | undefined;
  /** The last INVITE of ours in this dialog was refused; its ACK is the transaction's. */
  hasRefusedInvite = false;
  /** A BYE that may not leave before our 2xx is acknowledged (RFC 3261 section 15). */
  heldBye: HeldRequest | undefined;
  /** An INVITE or UPDATE of the user that may not leave before our own session refresh is answered. */
  heldRequest: HeldRequest | undefined;
  /** Our reliable responses to the peer's latest INVITE that had one. */
  provisionals: ReliableProvisionals | undefined;
  readonly received = new ReceivedProvisionals();
  /** Runs while both sides agreed on one (RFC 4028). */
  timer: SessionTimer | undefined;
  /** Our session refresh without a final answer, by transaction. */
  refresh: string | undefined;
  /** The last Allow of the peer names UPDATE. */
  peerAllowsUpdate = false;
  /** The last SDP that we sent. */
  localSdp: { readonly contentType: string; readonly body: Uint8Array } | undefined;
  /** There is a call, or one may come, in this dialog. */
  hasInvite = false;
  readonly subscriptions = new Subscriptions();
  #answer: PendingAnswer | undefined;
  #endsAt: MonotonicMs | undefined;

  constructor(dialog: Dialog) {
    this.dialog = dialog;
  }

  /** A BYE was received, or one of ours was challenged; what the peer sends now is too late. */
  get isEnding(): boolean {
    return this.#endsAt !== undefined;
  }

  get awaitsAck(): boolean {
    return this.#answer !== undefined;
  }

  awaitAck(
    answer: { readonly sequence: number; readonly bytes: Uint8Array; readonly to: Endpoint },
    timers: TransactionTimers,
    now: MonotonicMs,
  ): void {
    const options = { ...timers, reliableTransport: isReliable(answer.to.transport) };
    this.#answer = { ...answer, retransmitter: new AnswerRetransmitter(options, now) };
  }

  /** True when this ACK is the one waited for; false when it came before or was never asked for. */
  acknowledge(sequence: number | undefined): boolean {
    if (this.#answer?.sequence !== sequence || sequence === undefined) return false;
    this.#answer = undefined;
    return true;
  }

  /** Gives the application until `deadline` to answer the peer's BYE, or to send its own again with credentials. */
  end(deadline: MonotonicMs): void {
    this.#answer = undefined;
    this.#endsAt = deadline;
  }

  /** The call is over, but not the dialog. */
  linger(): void {
    this.#answer = undefined;
    this.#endsAt = undefined;
    this.timer = undefined;
  }

  handleTimeout(now: MonotonicMs): SessionOutput | undefined {
    if (this.#endsAt !== undefined) return now >= this.#endsAt ? { type: 'expired' } : undefined;
    return (
      this.#handleAnswerTimeout(now) ??
      this.provisionals?.handleTimeout(now) ??
      this.timer?.handleTimeout(now) ??
      (this.subscriptions.handleTimeout(now) ? { type: 'subscription-expired' } : undefined)
    );
  }

  pollTimeout(): MonotonicMs | undefined {
    return (
      this.#endsAt ??
      earliest([
        this.#answer?.retransmitter.pollTimeout(),
        this.provisionals?.pollTimeout(),
        this.timer?.pollTimeout(),
        this.subscriptions.pollTimeout(),
      ])
    );
  }

  #handleAnswerTimeout(now: MonotonicMs): SessionOutput | undefined {
    const answer = this.#answer;
    const due = answer?.retransmitter.handleTimeout(now);
    if (answer === undefined || due === undefined) return undefined;
    if (due.type === 'send-answer') return { type: 'send', bytes: answer.bytes, to: answer.to };
    this.#answer = undefined;
    return { type: 'unacknowledged' };
  }
}
