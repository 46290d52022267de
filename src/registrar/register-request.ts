import { splitOutside } from '../sip/message/tokens.ts';
import { parseNameAddr } from '../sip/name-addr.ts';
import { parseSipUri } from '../sip/uri.ts';
import type { Flow } from './binding.ts';

/** RFC 3261 section 10.3 and ours. */
export const REGISTER_LIMITS = Object.freeze({
  minExpiresSeconds: 60,
  maxExpiresSeconds: 3_600,
  defaultExpiresSeconds: 3_600,
  maxUriChars: 512,
  maxPaths: 8,
});

/** What the registrar is told of a REGISTER. */
export interface RegisterRequest {
  readonly to: string;
  readonly callId: string;
  readonly cseq: string;
  /** Values in one text, with commas; undefined when there is none. */
  readonly contact: string | undefined;
  readonly expires: string | undefined;
  readonly path: string | undefined;
  readonly supported: string | undefined;
  readonly require: string | undefined;
  readonly via: string;
  readonly flow: Flow;
}

export interface RequestedContact {
  readonly contact: string;
  readonly q: number;
  /** 0 takes it back. */
  readonly expiresSeconds: number;
  readonly instance: string | undefined;
  readonly regId: number | undefined;
}

/** What a REGISTER asks for: nothing changed, everything taken back, or these. */
export type ContactsAsked =
  | { readonly type: 'query' }
  | { readonly type: 'remove-all' }
  | { readonly type: 'bind'; readonly contacts: readonly RequestedContact[] };

/** Undefined when it cannot be read, or is none of what section 10.2 allows: 400. */
export function contactsAsked({
  contact,
  expires,
}: Pick<RegisterRequest, 'contact' | 'expires'>): ContactsAsked | undefined {
  if (contact === undefined) return { type: 'query' };
  if (contact.trim() === '*') {
    return expires?.trim() === '0' ? { type: 'remove-all' } : undefined;
  }
  const contacts = splitOutside(contact, ',').map((value) => readContact(value, expires));
  const readable = contacts.filter((each) => each !== undefined);
  return readable.length === contacts.length ? { type: 'bind', contacts: readable } : undefined;
}

function readContact(value: string, expires: string | undefined): RequestedContact | undefined {
  const parsed = parseNameAddr(value);
  if (parsed === undefined || !isPlain(parsed.uri)) return undefined;
  const uri = parseSipUri(parsed.uri);
  if (uri === undefined || uri.headers !== undefined) return undefined;
  const { parameters } = parsed;
  const regId = parameters.get('reg-id') ?? '';
  return {
    contact: parsed.uri,
    q: qOf(parameters.get('q')),
    expiresSeconds: secondsOf(parameters.get('expires')) ?? expiresOf(expires),
    instance: instanceOf(parameters.get('+sip.instance')),
    regId: /^[1-9][0-9]{0,8}$/.test(regId) ? Number(regId) : undefined,
  };
}

/** RFC 3261 section 10.2.1.1 and 20.19: what is malformed is 3600. */
function expiresOf(header: string | undefined): number {
  return secondsOf(header) ?? REGISTER_LIMITS.defaultExpiresSeconds;
}

function secondsOf(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? '';
  return /^[0-9]{1,10}$/.test(digits) ? Number(digits) : undefined;
}

/** Without one, as much as the others (RFC 3261 section 10.2.1.2). */
function qOf(text: string | undefined): number {
  return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text ?? '') ? Number(text) : 1;
}

function instanceOf(text: string | undefined): string | undefined {
  return text !== undefined && /^"<[\x21\x23-\x3b\x3d\x3f-\x7e]{1,200}>"$/.test(text)
    ? text
    : undefined;
}

/** The URIs of Path, in order (RFC 3327 section 5.3); undefined when there are too many or one cannot be read. */
export function pathOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return [];
  const uris = splitOutside(text, ',').map((value) => parseNameAddr(value)?.uri);
  const readable = uris
    .filter((uri) => uri !== undefined)
    .filter((uri) => isPlain(uri) && parseSipUri(uri) !== undefined);
  const isReadable = readable.length === uris.length && uris.length <= REGISTER_LIMITS.maxPaths;
  return isReadable ? readable : undefined;
}

/** It is written into requests as it is. */
function isPlain(uri: string): boolean {
  return uri.length <= REGISTER_LIMITS.maxUriChars && /^[\x21-\x7e]+$/.test(uri);
}

/** Option tags in lower case. */
export function tagsOf(text: string | undefined): readonly string[] {
  const tags = (text ?? '').toLowerCase().split(',');
  return tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
}
