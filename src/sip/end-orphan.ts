import { noBytes } from '../core/bytes.ts';
import type { MonotonicMs } from '../core/time.ts';
import { sequenceOf } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import { header } from './message/headers.ts';
import { sendAck } from './send-ack.ts';
import {
  buildInDialog,
  endByOurselves,
  endSession,
  type UserAgentContext,
} from './user-agent-context.ts';

/** What the other side reads as the reason of the BYE. */
const ORPHANED = { cause: 503, text: 'Application gone' } as const;

/**
 * Ends a dialog whose user is gone. A call gets a BYE: after our ACK when the user did not acknowledge the answer, after the peer's
 * ACK when that has not come (RFC 3261 section 15). A subscription is left to expire on the other side.
 */
export function endOrphan(context: UserAgentContext, session: Session, now: MonotonicMs): void {
  if (!session.hasInvite) {
    endSession(context, session, now);
    return;
  }
  // An INVITE without an answer is refused or cancelled with its transaction.
  if (!session.dialog.isConfirmed || session.isEnding) return;
  const { answeredInvite: invite, ack } = session;
  if (invite !== undefined && ack?.sequence !== sequenceOf(invite)) {
    sendAck(context, session, invite, { headers: [], body: noBytes() });
  }
  if (!session.awaitsAck || session.heldBye !== undefined) {
    if (session.heldBye === undefined) endByOurselves(context, session, ORPHANED, now);
    return;
  }
  const reason = header('Reason', `SIP;cause=${ORPHANED.cause};text="${ORPHANED.text}"`);
  const outgoing = { method: 'BYE', headers: [reason], body: noBytes() };
  const built = buildInDialog(context, session, outgoing);
  if ('fault' in built) endSession(context, session, now);
  else session.heldBye = { ...built, transaction: context.options.createId(), isOrphaned: true };
}
