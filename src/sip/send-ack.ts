import { sequenceOf } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import { Headers, header } from './message/headers.ts';
import { serializeMessage } from './message/serialize-message.ts';
import type { SipRequest } from './message/sip-message.ts';
import { applicationLines } from './outgoing-request.ts';
import { commandFault, keepLocalSdp, type UserAgentContext } from './user-agent-context.ts';
import type { CommandResult, InDialogRequest } from './user-agent-io.ts';

const CREDENTIALS: readonly string[] = ['authorization', 'proxy-authorization'];

/** Sends the ACK of a 2xx to `invite` and keeps it for a repeated 2xx (RFC 3261 section 13.2.2.4). */
export function sendAck(
  context: UserAgentContext,
  session: Session,
  invite: SipRequest,
  outgoing: Omit<InDialogRequest, 'method'>,
): CommandResult {
  const { identity, options, emit } = context;
  const { dialog } = session;
  const to = dialog.destination();
  if (typeof to === 'string') return commandFault(to);
  const sequence = sequenceOf(invite) ?? 0;
  const lines = dialog.requestLines('ACK', sequence);
  const message: SipRequest = {
    type: 'request',
    method: 'ACK',
    uri: lines.uri,
    headers: new Headers([
      header('Via', identity.viaFor(to, `z9hG4bK${options.createToken()}`)),
      ...lines.headers,
      ...[...invite.headers].filter((line) => CREDENTIALS.includes(line.key)),
      ...applicationLines(outgoing.headers),
    ]),
    body: outgoing.body,
  };
  const bytes = serializeMessage(message);
  session.ack = { sequence, bytes, to };
  keepLocalSdp(session, message);
  emit({ type: 'send', bytes, to, transaction: undefined });
  return { transaction: options.createId(), dialog: dialog.id, message, bytes, to };
}
