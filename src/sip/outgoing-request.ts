import type { InDialogLines } from './dialog/dialog.ts';
import type { Endpoint } from './endpoint.ts';
import type { LocalIdentity } from './local-identity.ts';
import { withTag } from './message/build-message.ts';
import { type Header, Headers, header } from './message/headers.ts';
import type { SipRequest } from './message/sip-message.ts';
import { parseDecimal } from './message/tokens.ts';
import { contactSeenFrom } from './own-contact.ts';
import { uriScheme } from './uri.ts';
import type { InDialogRequest, OutgoingRequest } from './user-agent-io.ts';
import { parseVia } from './via.ts';

/** Headers that the stack alone writes. */
const OWN: readonly string[] = ['via', 'route', 'record-route', 'rseq', 'content-length'];
/** Headers of a dialog: in a new request they may be given, inside a dialog they are the dialog's. */
const OF_DIALOG: readonly string[] = ['from', 'to', 'call-id', 'cseq', 'max-forwards'];
/** Requests that make a dialog or refresh its target carry a Contact (RFC 3261 section 8.1.1.8, RFC 3515, RFC 3311). */
const WITH_CONTACT: readonly string[] = ['INVITE', 'SUBSCRIBE'];
const WITH_CONTACT_IN_DIALOG: readonly string[] = [
  'INVITE',
  'SUBSCRIBE',
  'REFER',
  'UPDATE',
  'NOTIFY',
];
const MAX_CSEQ = 2 ** 31 - 1;

export interface RequestContext {
  readonly identity: LocalIdentity;
  readonly to: Endpoint;
  readonly createToken: () => string;
}

/** The lines of an application's message that are the application's to set. */
export function applicationLines(lines: readonly Header[]): readonly Header[] {
  return lines.filter((line) => !OWN.includes(line.key) && !OF_DIALOG.includes(line.key));
}

/** The CSeq number that an application insists on, as a retry with credentials does. */
export function givenSequence(lines: readonly Header[]): number | undefined {
  const value = lines.find((line) => line.key === 'cseq')?.value;
  return value === undefined ? undefined : parseDecimal(value.split(/[ \t]/, 1)[0] ?? '', MAX_CSEQ);
}

/** A request outside of a dialog with everything that section 8.1.1 of RFC 3261 asks for. */
export function completeRequest(outgoing: OutgoingRequest, context: RequestContext): SipRequest {
  const given = (key: string) => outgoing.headers.find((line) => line.key === key)?.value;
  const own = context.identity.contactFor(
    context.to,
    contactScheme(outgoing.uri, outgoing.nextHop),
  );
  const lines = [
    viaLine(context),
    header('Max-Forwards', given('max-forwards') ?? '70'),
    header('From', withTag(given('from') ?? own, context.createToken())),
    header('To', given('to') ?? `<${outgoing.uri}>`),
    header('Call-ID', given('call-id') || context.createToken()),
    header('CSeq', `${givenSequence(outgoing.headers) ?? 1} ${outgoing.method}`),
    ...contactLine(WITH_CONTACT.includes(outgoing.method), outgoing.headers, own),
    ...applicationLines(outgoing.headers),
  ];
  const { method, uri, body } = outgoing;
  return { type: 'request', method, uri, headers: new Headers(lines), body };
}

/** A request inside of a dialog (RFC 3261 section 12.2.1.1). */
export function completeInDialogRequest(
  outgoing: InDialogRequest,
  dialogLines: InDialogLines,
  localContact: string | undefined,
  context: RequestContext,
): SipRequest {
  const contact =
    localContact ?? context.identity.contactFor(context.to, contactScheme(dialogLines.uri));
  const lines = [
    viaLine(context),
    ...dialogLines.headers,
    ...contactLine(WITH_CONTACT_IN_DIALOG.includes(outgoing.method), outgoing.headers, contact),
    ...applicationLines(outgoing.headers),
  ];
  const { method, body } = outgoing;
  return { type: 'request', method, uri: dialogLines.uri, headers: new Headers(lines), body };
}

/**
 * The request for an address that DNS gave: Via, and a Contact of our own, name the side of us that this address sees. The first
 * attempt keeps the branch that the user was told.
 */
export function readdressed(
  request: SipRequest,
  context: RequestContext,
  keepsBranch: boolean,
): SipRequest {
  const { identity, to, createToken } = context;
  const branch = parseVia(request.headers.first('via') ?? '')?.parameters.get('branch');
  const via = identity.viaFor(
    to,
    keepsBranch && branch !== undefined ? branch : `z9hG4bK${createToken()}`,
  );
  const headers = request.headers.withFirst('via', via);
  const contact = headers.first('contact');
  if (contact === undefined) return { ...request, headers };
  const seen = contactSeenFrom(contact, to, identity);
  return { ...request, headers: headers.withFirst('contact', seen) };
}

/** RFC 3261 section 8.1.1.8: SIPS when the Request-URI or the first route is. */
export function contactScheme(...uris: readonly (string | undefined)[]): 'sip' | 'sips' {
  return uris.some((uri) => uri !== undefined && uriScheme(uri) === 'sips') ? 'sips' : 'sip';
}

function viaLine({ identity, to, createToken }: RequestContext): Header {
  return header('Via', identity.viaFor(to, `z9hG4bK${createToken()}`));
}

function contactLine(isNeeded: boolean, given: readonly Header[], own: string): readonly Header[] {
  return isNeeded && !given.some((line) => line.key === 'contact') ? [header('Contact', own)] : [];
}
