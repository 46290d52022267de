import { splitOutside, trimSpace } from '../message/tokens.ts';
import { type DigestAlgorithm, parseDigestAlgorithm } from './digest-algorithm.ts';

/** Digest credentials as they came (RFC 7616 section 3.4); nothing in them is verified. */
export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  /** Undefined: as RFC 2069 has it, without a count. */
  readonly protection:
    | { readonly qop: 'auth' | 'auth-int'; readonly count: number; readonly cnonce: string }
    | undefined;
}

/** Fields of one header at most, and octets of one value. */
const MAX_FIELDS = 32;
const MAX_VALUE_OCTETS = 1_024;
const FIELD = /^([-.!%*_+`'~A-Za-z0-9]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^"\s]+))$/s;
const HEX_DIGITS = /^[0-9a-f]{32,64}$/i;

/** The credentials of an Authorization or Proxy-Authorization header; undefined for another scheme, a field doubled, missing or misspelt. */
export function parseAuthorization(value: string): DigestCredentials | undefined {
  const rest = /^Digest[ \t]+(.*)$/is.exec(trimSpace(value))?.[1];
  const fields = rest === undefined ? undefined : parseFields(rest);
  const algorithm = parseDigestAlgorithm(fields?.get('algorithm'));
  if (fields === undefined || algorithm === undefined) return undefined;
  const [username, realm, nonce, uri, response] = [
    'username',
    'realm',
    'nonce',
    'uri',
    'response',
  ].map((name) => fields.get(name));
  if (username === undefined || realm === undefined || !nonce || !uri) return undefined;
  if (response === undefined || !HEX_DIGITS.test(response)) return undefined;
  const protection = protectionOf(fields);
  if (protection === 'invalid') return undefined;
  return { username, realm, nonce, uri, response: response.toLowerCase(), algorithm, protection };
}

function protectionOf(
  fields: ReadonlyMap<string, string>,
): DigestCredentials['protection'] | 'invalid' {
  const qop = fields.get('qop')?.toLowerCase();
  if (qop === undefined) return undefined;
  const count = fields.get('nc') ?? '';
  const cnonce = fields.get('cnonce');
  if (qop !== 'auth' && qop !== 'auth-int') return 'invalid';
  if (!/^[0-9a-f]{8}$/i.test(count) || !cnonce) return 'invalid';
  return { qop, count: Number.parseInt(count, 16), cnonce };
}

function parseFields(text: string): ReadonlyMap<string, string> | undefined {
  const parts = splitOutside(text, ',');
  if (parts.length > MAX_FIELDS) return undefined;
  const fields = new Map<string, string>();
  for (const part of parts) {
    const [, name = '', quoted, bare = ''] = FIELD.exec(part) ?? [];
    const key = name.toLowerCase();
    const value = quoted?.replace(/\\(.)/gs, '$1') ?? bare;
    if (key === '' || fields.has(key) || value.length > MAX_VALUE_OCTETS) return undefined;
    fields.set(key, value);
  }
  return fields;
}
