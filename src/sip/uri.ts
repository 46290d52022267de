import { type Parameters, parseDecimal, parseParameters } from './message/tokens.ts';

/** A SIP or SIPS URI, RFC 3261 section 19.1. Escapes are kept as they are. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
  /** What follows the question mark; never turned into headers of a request. */
  readonly headers: string | undefined;
}

const HOST = /^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]*)|\[[0-9A-Fa-f:.]+\])$/;
const ADDRESS = /^([^:;?[]+|\[[^\]]*\])(?::([^;?]*))?((?:;[^?]*)?)(?:\?(.*))?$/s;

/** The scheme of any URI in lower case, or undefined when there is none. */
export function uriScheme(text: string): string | undefined {
  return /^([A-Za-z][-+.A-Za-z0-9]*):/.exec(text)?.[1]?.toLowerCase();
}

export function parseSipUri(text: string): SipUri | undefined {
  const scheme = uriScheme(text);
  if (scheme !== 'sip' && scheme !== 'sips') return undefined;
  const rest = text.slice(scheme.length + 1);
  if (/[^\x21-\x7e]|[<>"]/.test(rest)) return undefined;
  const at = rest.lastIndexOf('@');
  const match = ADDRESS.exec(rest.slice(at + 1));
  const host = match?.[1];
  if (match === null || host === undefined || !HOST.test(host)) return undefined;
  const port = match[2] === undefined ? undefined : parseDecimal(match[2], 65_535);
  if (match[2] !== undefined && port === undefined) return undefined;
  const parameters = parseParameters(match[3] ?? '');
  if (parameters === undefined) return undefined;
  const user = at === -1 ? undefined : rest.slice(0, at);
  return { scheme, user, host, port, parameters, headers: match[4] };
}

const MAX_IPV4_CHARS = 15;
const IPV4 = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$/;

/** Whether the text is a dotted IPv4 address. */
export function isIpv4(text: string): boolean {
  if (text.length > MAX_IPV4_CHARS) return false;
  const match = IPV4.exec(text);
  return match?.every((part, index) => index === 0 || Number(part) < 256) === true;
}
