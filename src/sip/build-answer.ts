import { buildResponse } from './message/build-message.ts';
import { type Header, header } from './message/headers.ts';
import type { SipRequest, SipResponse } from './message/sip-message.ts';
import { parseNameAddr } from './name-addr.ts';
import { applicationLines, contactScheme } from './outgoing-request.ts';
import type { PendingRequest } from './pending-request.ts';
import { DIALOG_METHODS } from './screen-request.ts';
import { answerExpires, SESSION_REFRESHERS, withAnswerExpires } from './session-negotiation.ts';
import type { UserAgentContext } from './user-agent-context.ts';
import type { OutgoingResponse, Sent } from './user-agent-io.ts';

/** The user's answer with what the stack adds: route set and Contact of the dialog, To tag, session interval. */
export function buildAnswer(
  { identity }: UserAgentContext,
  pending: PendingRequest,
  { statusCode, reason, headers, body }: OutgoingResponse,
  given = applicationLines(headers),
): SipResponse {
  const { request, source } = pending.record;
  const formsDialog =
    DIALOG_METHODS.includes(request.method) && statusCode > 100 && statusCode < 300;
  const own: Header[] = [];
  if (formsDialog && !pending.isInDialog) own.push(...request.headers.lines('record-route'));
  const isUpdated = request.method === 'UPDATE' && statusCode >= 200 && statusCode < 300;
  if ((formsDialog || isUpdated) && !headers.some((line) => line.key === 'contact')) {
    const known = pending.session?.dialog.localContact;
    own.push(header('Contact', known ?? identity.contactFor(source, schemeFor(request))));
  }
  const toTag = statusCode > 100 ? pending.toTag : undefined;
  const expires =
    SESSION_REFRESHERS.includes(request.method) && statusCode >= 200 && statusCode < 300
      ? answerExpires(request, given, pending.session?.timer?.terms)
      : undefined;
  const lines = [...own, ...(expires === undefined ? given : withAnswerExpires(given, expires))];
  return buildResponse(request, { statusCode, reason, toTag, headers: lines, body });
}

/** What the user is told of an answer. */
export function sentOf(
  { record, session }: PendingRequest,
  message: SipResponse,
  bytes: Uint8Array,
): Sent {
  return {
    transaction: record.id,
    dialog: session?.dialog.id,
    message,
    bytes,
    to: record.responseTo,
  };
}

/** RFC 3261 section 12.1.1: SIPS when the Request-URI is, or the first Record-Route, or without one the Contact. */
function schemeFor({ uri, headers }: SipRequest): 'sip' | 'sips' {
  const next = headers.values('record-route')[0] ?? headers.values('contact')[0] ?? '';
  return contactScheme(uri, parseNameAddr(next)?.uri);
}
