import { sdpBodyOf } from './sdp-body.ts';
import type { SrfRequest, SrfResponse } from './srf-client.ts';

type SrfHandler = (req: SrfRequest, res: SrfResponse) => void;

/** Methods that we act on (RFC 3261 section 20.5). ACK, BYE, CANCEL and PRACK never reach this file's rules. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY';

/** Extensions that a caller may require: RFC 3262, RFC 3891, RFC 4028. */
const SUPPORTED: readonly string[] = ['100rel', 'replaces', 'timer'];

const CONTACT = 'contact';
const ACCEPTS_SDP = /(?:^|,)\s*(?:application\/(?:sdp|\*)|\*\/\*)\s*(?:[;,]|$)/i;

/** Methods that the server must hand to us although we do not support them: unrouted ones it answers with 503. */
export const UNSUPPORTED_METHODS = [
  'message',
  'subscribe',
  'notify',
  'publish',
  'refer',
  'info',
] as const;

/** In a dialog that is over, or never was: RFC 3261 section 12.2.2. */
export function refuseUnknownDialog(req: SrfRequest, res: SrfResponse, next: () => void): void {
  const answersNothing = req.method === 'ACK' || req.method === 'PRACK';
  if (answersNothing || !/;\s*tag\s*=/i.test(req.get('to') ?? '')) next();
  else res.send(481);
}

/** RFC 3261 section 11.2: the status is the one that an INVITE would get. */
export function answerOptions(isDraining: () => boolean): SrfHandler {
  return (req, res) => {
    const unsupported = unsupportedExtensions(req.get('require') ?? '');
    if (unsupported !== '') {
      res.send(420, { headers: { Unsupported: unsupported } });
      return;
    }
    const headers = { Allow: ALLOW, Accept: 'application/sdp' };
    res.send(isDraining() ? 503 : 200, { headers });
  };
}

/** RFC 3261 section 8.2.1. */
export function refuseMethod(_req: SrfRequest, res: SrfResponse): void {
  res.send(405, { headers: { Allow: ALLOW } });
}

/** A caller of RFC 2543 has no From tag and may leave Contact out: it is reached where From says. The library wants a Contact to answer. */
export function completeOldInvite(req: SrfRequest): void {
  if (req.get(CONTACT)) return;
  const from = parsedFrom(req);
  if (from?.uri && from.params?.tag === undefined) req.headers[CONTACT] = `<${from.uri}>`;
}

function parsedFrom(req: SrfRequest): ReturnType<SrfRequest['getParsedHeader']> | undefined {
  try {
    return req.getParsedHeader('from');
  } catch {
    // The parser throws on what it cannot read.
    return undefined;
  }
}

/** What makes an INVITE useless before anybody is asked, with the answer that says so. */
export function invalidInvite(
  req: SrfRequest,
): { readonly status: number; readonly headers?: Record<string, string> } | undefined {
  if (!canFormDialog(req)) return { status: 400 };
  const unsupported = unsupportedExtensions(req.get('require') ?? '');
  if (unsupported !== '') return { status: 420, headers: { Unsupported: unsupported } };
  // RFC 3261 section 8.2.3.
  if (sdpBodyOf(req).kind === 'other') {
    return { status: 415, headers: { Accept: 'application/sdp' } };
  }
  return acceptsSdp(req) ? undefined : { status: 406 };
}

/** RFC 3261 section 20.1: without the header SDP is accepted, with an empty one nothing is. */
function acceptsSdp(req: SrfRequest): boolean {
  const accept = req.get('accept');
  return accept === undefined || ACCEPTS_SDP.test(accept);
}

/** RFC 3261 section 8.2.2.3. */
function unsupportedExtensions(required: string): string {
  const tags = required.split(',').map((tag) => tag.trim());
  return tags.filter((tag) => tag !== '' && !SUPPORTED.includes(tag.toLowerCase())).join(', ');
}

/** The library fails only after the 200 was sent when Contact or From cannot be read. A From without a tag is one of RFC 2543 (RFC 3261 section 12.1.1). */
function canFormDialog(req: SrfRequest): boolean {
  try {
    return Boolean(
      req.get('call-id') &&
        req.getParsedHeader(CONTACT)[0]?.uri &&
        req.getParsedHeader('from').params,
    );
  } catch {
    // The parser throws on a missing header and fails on a malformed one.
    return false;
  }
}

/** The option tags of Supported or Require, in lower case. */
export function optionTags(
  req: Pick<SrfRequest, 'get'>,
  header: 'require' | 'supported',
): readonly string[] {
  const tags = (req.get(header) ?? '').toLowerCase().split(',');
  return tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
}
