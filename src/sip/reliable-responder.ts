import type { MonotonicMs } from '../core/time.ts';
import { sequenceOf } from './dialog/dialog.ts';
import { ReliableProvisionals } from './dialog/reliable-provisionals.ts';
import type { Session } from './dialog/session.ts';
import { type Header, header } from './message/headers.ts';
import { serializeMessage } from './message/serialize-message.ts';
import type { SipRequest, SipResponse } from './message/sip-message.ts';
import { names, supports, withToken } from './option-tags.ts';
import type { PendingRequest } from './pending-request.ts';
import { parseRAck } from './rack.ts';
import { tokenNumber } from './token-number.ts';
import type { UserAgentContext } from './user-agent-context.ts';
import type { CommandFault, OutgoingResponse } from './user-agent-io.ts';

const TAG = '100rel';

/** The server half of reliable provisional responses, RFC 3262 section 3. */
export class ReliableResponder {
  readonly #context: UserAgentContext;

  constructor(context: UserAgentContext) {
    this.#context = context;
  }

  /** Asked for by the user, or demanded by the caller: then every 1xx but 100 is reliable. */
  isReliable({ record }: PendingRequest, { statusCode, headers }: OutgoingResponse): boolean {
    if (record.request.method !== 'INVITE' || statusCode <= 100 || statusCode >= 200) return false;
    return requiresReliability(headers) || names(record.request.headers, 'require', TAG);
  }

  /** Why this response cannot be sent reliably. */
  fault({ record, provisionals }: PendingRequest): CommandFault | undefined {
    if (!supports(record.request.headers, TAG)) return 'no-100rel';
    return provisionals?.isFull === true ? 'too-many-provisionals' : undefined;
  }

  /** The lines that make the next response a reliable one. */
  lines(pending: PendingRequest, given: readonly Header[]): readonly Header[] {
    const provisionals = this.#provisionalsOf(pending);
    return [...withToken(given, 'Require', TAG), header('RSeq', `${provisionals.takeSequence()}`)];
  }

  /** Sends the response now or, while another one is unacknowledged, later; the session must be there. */
  send(pending: PendingRequest, response: SipResponse, now: MonotonicMs): Uint8Array | undefined {
    const { session, record } = pending;
    if (session === undefined) return undefined;
    const provisionals = this.#provisionalsOf(pending);
    session.provisionals = provisionals;
    const provisional = {
      responseSequence: Number(response.headers.first('rseq')),
      response,
      bytes: serializeMessage(response),
      to: record.responseTo,
      hasSdp: response.body.length > 0,
    };
    if (provisionals.add(provisional, now)) {
      this.#context.transactions.respond(record.id, response, now);
    }
    this.#context.sessions.reschedule(session);
    return provisional.bytes;
  }

  /** False when the PRACK acknowledges nothing that waits for it: 481. */
  acknowledge(request: SipRequest, session: Session, now: MonotonicMs): boolean {
    const rack = parseRAck(request.headers.first('rack'));
    const { provisionals } = session;
    if (rack === undefined || provisionals?.isAwaited(rack) !== true) return false;
    const next = provisionals.acknowledge(now);
    if (next !== undefined && session.serverInvite !== undefined) {
      this.#context.transactions.respond(session.serverInvite, next.response, now);
    }
    this.#context.sessions.reschedule(session);
    return true;
  }

  #provisionalsOf(pending: PendingRequest): ReliableProvisionals {
    if (pending.provisionals !== undefined) return pending.provisionals;
    const { options } = this.#context;
    pending.provisionals = new ReliableProvisionals({
      t1Ms: options.timers.t1Ms,
      requestSequence: sequenceOf(pending.record.request) ?? 0,
      firstResponseSequence: tokenNumber(options.createToken(), 2 ** 31 - 1) + 1,
    });
    return pending.provisionals;
  }
}

function requiresReliability(lines: readonly Header[]): boolean {
  return lines.some(
    ({ key, value }) =>
      key === 'require' && value.split(',').some((each) => each.trim().toLowerCase() === TAG),
  );
}

/** What a caller gets whose PRACK never came (RFC 3262 section 3). */
export const UNACKNOWLEDGED_PROVISIONAL_STATUS = 504;
