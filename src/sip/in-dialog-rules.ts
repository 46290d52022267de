import type { Session } from './dialog/session.ts';
import { type Header, header } from './message/headers.ts';
import type { SipRequest } from './message/sip-message.ts';

/** How the stack itself answers a request, without asking the user. */
export interface Refusal {
  readonly statusCode: number;
  readonly headers?: readonly Header[];
}

/** Without a To tag these make no sense: they exist in dialogs only (RFC 3261 section 15.1.2, RFC 3262, RFC 3311). */
export const ONLY_IN_DIALOG: readonly string[] = ['BYE', 'PRACK', 'UPDATE'];

const PENDING: Refusal = { statusCode: 491 };
/** RFC 3261 section 14.2, RFC 3311 section 5.2. */
const LATER: Refusal = { statusCode: 500, headers: [header('Retry-After', '5')] };

/** What a request in a dialog may not interrupt; undefined when it may come in. */
export function refusalInDialog(
  session: Session,
  request: SipRequest,
  /** The peer's INVITE that waits for its answer. */
  open: SipRequest | undefined,
): Refusal | undefined {
  if (request.method === 'INVITE') return refusalOfInvite(session, request, open);
  return request.method === 'UPDATE' ? refusalOfUpdate(session, request, open) : undefined;
}

/** RFC 3261 section 14.2: one INVITE at a time, and none before the last one is acknowledged. */
function refusalOfInvite(
  session: Session,
  { headers }: SipRequest,
  open: SipRequest | undefined,
): Refusal | undefined {
  const isOurTurn = session.clientInvite !== undefined || session.clientUpdate?.hasOffer === true;
  if (isOurTurn || session.awaitsAck) return PENDING;
  if (open !== undefined || session.serverUpdate !== undefined) return LATER;
  return headers.has('contact') ? undefined : { statusCode: 400 };
}

/** RFC 3311 section 5.2: one UPDATE at a time, and one offer. */
function refusalOfUpdate(
  session: Session,
  { body }: SipRequest,
  open: SipRequest | undefined,
): Refusal | undefined {
  if (session.serverUpdate !== undefined) return LATER;
  if (body.length === 0) return undefined;
  const isOffering =
    session.hasOpenOffer ||
    session.clientInvite !== undefined ||
    session.clientUpdate?.hasOffer === true;
  if (isOffering) return PENDING;
  const isOffered = open !== undefined && open.body.length > 0;
  return isOffered && session.provisionals?.hasSentSdp !== true ? LATER : undefined;
}
