import { bodyStart, headerOf } from './message-head.ts';

export interface MaskOptions {
  /** Bodies of every type are kept, not only those that belong to the signalling. */
  readonly keepsBodies: boolean;
}

const MASK = '***';
/** Longer ones are searched for no further: a hostile message would cost its length squared. */
const MAX_PASSWORD = 256;
const URI_PASSWORD = new RegExp(
  `(sips?:[^:@\\s<>"]{0,${MAX_PASSWORD}}:)[^\\s<>"]{0,${MAX_PASSWORD}}(@)`,
  'gi',
);

/** Parameters of a digest that tell nothing about the password by themselves; everything else of the header is masked. */
const OPEN_PARAMETERS = new Set([
  'username',
  'username*',
  'userhash',
  'realm',
  'nonce',
  'uri',
  'algorithm',
  'opaque',
  'qop',
  'nc',
  'cnonce',
  'domain',
  'stale',
  'nextnonce',
]);

/** Bodies that the signalling itself is made of. */
const KEPT_BODY = /^(?:application\/(?:sdp|dtmf|dtmf-relay)|message\/sipfrag)\s*(?:;|$)/i;

/**
 * The message without what must not be shown to whoever debugs a trunk: digest responses and other credentials, keys in SDP,
 * passwords in URIs. Other bodies than SDP, sipfrag and DTMF are replaced by their size. A byte string in, a byte string out;
 * malformed messages are masked by the same rules.
 */
export function maskMessage(text: string, options: MaskOptions): string {
  const start = bodyStart(text);
  const head = text.slice(0, start);
  return maskHead(head) + maskBody(text.slice(start), headerOf(head, 'content-type', 'c'), options);
}

/** The message as it came but for the keys of its audio: who reads the signalling is not to hear the call. */
export function maskMediaKeys(text: string): string {
  const start = bodyStart(text);
  return text.slice(0, start) + maskSecretLines(text.slice(start));
}

function maskBody(body: string, contentType: string | undefined, options: MaskOptions): string {
  if (body === '') return '';
  const type = contentType ?? '';
  if (!options.keepsBodies && !KEPT_BODY.test(type)) return `[body of ${body.length} bytes]`;
  return maskHead(maskSecretLines(body));
}

/** Start line and headers, or a body that may hold some; a header with its continuation lines is one. */
function maskHead(head: string): string {
  const lines = head.split(/(?<=[\r\n])(?![ \t\r\n])/);
  return maskUriPasswords(lines.map(maskHeader).join(''));
}

function maskHeader(line: string): string {
  const match = /^((?:proxy-)?authorization|(?:proxy-)?authentication-info)[ \t]*:/i.exec(line);
  if (match === null) return line;
  const end = /[\r\n]*$/.exec(line)?.[0] ?? '';
  const value = line.slice(match[0].length, line.length - end.length);
  const isInfo = /info/i.test(match[0]);
  return `${match[0]}${maskCredentials(value, isInfo)}${end}`;
}

/** RFC 7616 section 3.4. Schemes other than Digest keep their name only. */
function maskCredentials(value: string, isInfo: boolean): string {
  const scheme = isInfo ? '' : (/^\s*\S*/.exec(value)?.[0] ?? '');
  if (!isInfo && scheme.trim().toLowerCase() !== 'digest') return `${scheme} ${MASK}`;
  const parameters = value.slice(scheme.length).match(/(?:"(?:[^"\\]|\\[\s\S])*"?|[^",])+/g) ?? [];
  return scheme + parameters.map(maskParameter).join(',');
}

function maskParameter(parameter: string): string {
  const equals = parameter.indexOf('=');
  const name = parameter.slice(0, Math.max(0, equals));
  // An unterminated quote may have swallowed the parameters after it.
  const isOpen =
    OPEN_PARAMETERS.has(name.trim().toLowerCase()) && !/(?:response|rspauth)\s*=/i.test(parameter);
  if (isOpen) return parameter;
  return equals === -1 ? ` ${MASK}` : `${name}="${MASK}"`;
}

/** Keys of SRTP (RFC 4568), of the session (RFC 8866 section 5.12), of ICE (RFC 8839), of MIKEY (RFC 4567). */
function maskSecretLines(body: string): string {
  return body
    .replace(/(inline[ \t]*:)[^\r\n|;]*/gi, `$1${MASK}`)
    .replace(/(^|[\r\n])([ \t]*k[ \t]*=[ \t]*)[^\r\n]*/gi, `$1$2${MASK}`)
    .replace(/(a[ \t]*=[ \t]*(?:ice-pwd|key-mgmt)[ \t]*:)[^\r\n]*/gi, `$1${MASK}`);
}

/** RFC 3261 section 19.1.1, and credentials put into a URI's headers. */
function maskUriPasswords(text: string): string {
  return text
    .replace(URI_PASSWORD, `$1${MASK}$2`)
    .replace(/((?:[?&])(?:proxy-)?authorization=)[^&\s<>"]*/gi, `$1${MASK}`);
}
