import { noBytes } from '../core/bytes.ts';
import type { MonotonicMs } from '../core/time.ts';
import { Dialog, sequenceOf } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import type { Endpoint } from './endpoint.ts';
import type { SipResponse } from './message/sip-message.ts';
import { tagOf } from './name-addr.ts';
import type { PendingClientRequest } from './pending-client-request.ts';
import { parseRAck } from './rack.ts';
import { whyUnwanted } from './received-response.ts';
import { DIALOG_METHODS } from './screen-request.ts';
import { sendAck } from './send-ack.ts';
import { termsOfResponse } from './session-negotiation.ts';
import {
  applyTerms,
  endByOurselves,
  endUnheard,
  keepLocalSdp,
  learnAllow,
  type UserAgentContext,
} from './user-agent-context.ts';
import type { InDialogRequest } from './user-agent-io.ts';

/** Early dialogs of one INVITE kept at most: a fork beyond is heard but cannot be addressed before its 2xx. */
const MAX_FORKS = 16;

/** The dialogs that requests of ours make, one per fork, and what a 2xx to INVITE does to them (RFC 3261 sections 12.1.2 and 13.2.2.4). */
export class ClientDialogs {
  readonly #context: UserAgentContext;

  constructor(context: UserAgentContext) {
    this.#context = context;
  }

  /** True when the user must hear of this 2xx; a repeated one gets the ACK again (section 13.2.2.4). */
  acceptAnswer(
    pending: PendingClientRequest,
    response: SipResponse,
    source: Endpoint,
    now: MonotonicMs,
  ): boolean {
    const { sessions, emit } = this.#context;
    const session = pending.within ?? this.sessionOf(pending, response, source);
    if (!sessions.has(session)) return false;
    const sequence = sequenceOf(pending.request);
    if (session.answeredInvite !== undefined && sequenceOf(session.answeredInvite) === sequence) {
      const { ack } = session;
      if (ack?.sequence === sequence && ack !== undefined) {
        emit({ type: 'send', bytes: ack.bytes, to: ack.to, transaction: undefined });
      }
      return false;
    }
    session.answeredInvite = pending.request;
    session.hasOpenOffer = false;
    keepLocalSdp(session, pending.request);
    learnAllow(session, response);
    applyTerms(session, termsOfResponse(response), now);
    sessions.reschedule(session);
    if (pending.within !== undefined) session.dialog.refreshTarget(response, source);
    else {
      session.endsAfterAck = whyUnwanted(pending, response);
      session.dialog.confirm(response, source);
    }
    const isLateFork = [...pending.made].some(
      (other) => other !== session && other.dialog.isConfirmed,
    );
    if (!pending.isAbandoned && !isLateFork) {
      sessions.prefer(session);
      return true;
    }
    sendAck(this.#context, session, pending.request, { headers: [], body: noBytes() });
    const end = pending.within === undefined ? endUnheard : endByOurselves;
    end(this.#context, session, 'Not wanted', now);
    return false;
  }

  /** The dialog of a provisional response, when it has one. */
  openEarly(
    pending: PendingClientRequest,
    response: SipResponse,
    source: Endpoint,
  ): Session | undefined {
    if (pending.within !== undefined) return pending.within;
    if (!DIALOG_METHODS.includes(pending.request.method)) return undefined;
    if (tagOf(response.headers.first('to')) === undefined) return undefined;
    const known = this.#known(pending, response);
    if (known !== undefined || pending.made.size >= MAX_FORKS) return known;
    return this.sessionOf(pending, response, source);
  }

  /** The dialog that a request of the user is meant for: of several forks, the one whose response a PRACK acknowledges. */
  target(id: string, { method, headers }: InDialogRequest): Session | undefined {
    const { sessions } = this.#context;
    if (method !== 'PRACK') return sessions.byId(id);
    const rack = parseRAck(headers.find((line) => line.key === 'rack')?.value);
    const awaiting = sessions.all(id).find((each) => rack && each.received.awaits(rack));
    return awaiting ?? sessions.byId(id);
  }

  #known(pending: PendingClientRequest, response: SipResponse): Session | undefined {
    const callId = pending.request.headers.first('call-id') ?? '';
    const localTag = tagOf(pending.request.headers.first('from')) ?? '';
    const remoteTag = tagOf(response.headers.first('to')) ?? '';
    return this.#context.sessions.find(callId, localTag, remoteTag);
  }

  /** The dialog that this response belongs to, made when it is the first of its fork. */
  sessionOf(pending: PendingClientRequest, response: SipResponse, source: Endpoint): Session {
    const known = this.#known(pending, response);
    if (known !== undefined) return known;
    const session = this.#context.sessions.add(Dialog.ofClient(pending.request, response, source));
    pending.made.add(session);
    session.hasInvite = pending.request.method === 'INVITE';
    session.hasOpenOffer = pending.request.method === 'INVITE' && pending.request.body.length > 0;
    return session;
  }
}
