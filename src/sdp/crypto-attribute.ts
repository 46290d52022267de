import type { MediaDescription } from './session-description.ts';

/** RFC 4568 section 6.2, RFC 7714 section 14. */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** Of master key and master salt together, in octets. */
export const SRTP_KEY_OCTETS: Readonly<Record<SrtpSuite, number>> = Object.freeze({
  AES_CM_128_HMAC_SHA1_80: 16 + 14,
  AES_CM_128_HMAC_SHA1_32: 16 + 14,
  AEAD_AES_128_GCM: 16 + 12,
  AEAD_AES_256_GCM: 32 + 12,
});

/** One `a=crypto` line, RFC 4568 section 4. */
export interface CryptoAttribute {
  /** Names the line: an answer has the tag of what it chose. */
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** Master key and, behind it, master salt: what its writer encrypts with. */
  readonly key: Uint8Array;
}

const NAME = 'crypto';
/** Packets that a key is good for; the shortest that outlasts every call: 2^20 packets of 20 ms are 5.8 hours. */
const MIN_LIFETIME = 2 ** 20;
const MAX_LIFETIME = 2 ** 48;

/** The `a=crypto` lines that we can do as they say, in their order; the others count as not there (RFC 4568 section 5.1.2). */
export function cryptoAttributes(media: MediaDescription): CryptoAttribute[] {
  return media.attributes.flatMap(({ name, value = '' }) =>
    name === NAME ? (parseCryptoAttribute(value) ?? []) : [],
  );
}

/** `undefined`: malformed, another suite, or terms that we do not keep: several keys, an MKI, a short lifetime, no encryption. */
export function parseCryptoAttribute(value: string): CryptoAttribute | undefined {
  const [tagText = '', suiteText = '', keyParameters = '', ...sessionParameters] = value
    .trim()
    .split(/ +/);
  const suite = suiteOf(suiteText);
  if (!/^\d{1,9}$/.test(tagText) || suite === undefined) return undefined;
  if (!sessionParameters.every(isHarmless)) return undefined;
  const key = parseKey(keyParameters, SRTP_KEY_OCTETS[suite]);
  return key && { tag: Number(tagText), suite, key };
}

export function cryptoAttribute({ tag, suite, key }: CryptoAttribute) {
  return { name: NAME, value: `${tag} ${suite} inline:${btoa(String.fromCharCode(...key))}` };
}

function suiteOf(text: string): SrtpSuite | undefined {
  const suites = Object.keys(SRTP_KEY_OCTETS) as SrtpSuite[];
  return suites.find((suite) => suite === text.toUpperCase());
}

/** `inline:<key and salt>|<lifetime>|<MKI>:<its length>`, section 6.1; the last two may be left out. */
function parseKey(text: string, octets: number): Uint8Array | undefined {
  const [, base64, terms = ''] =
    /^inline:([A-Za-z0-9+/]{16,88}={0,2})((?:\|[^|]*)*)$/i.exec(text) ?? [];
  if (base64 === undefined || !terms.split('|').slice(1).every(isKeptTerm)) return undefined;
  const key = decodeBase64(base64);
  return key?.length === octets ? key : undefined;
}

/** A lifetime; an MKI has a colon, and is not kept. */
function isKeptTerm(term: string): boolean {
  if (term === '') return true;
  const [, exponent, count] = /^(?:2\^(\d{1,2})|(\d{1,15}))$/.exec(term) ?? [];
  if (exponent === undefined && count === undefined) return false;
  const packets = exponent === undefined ? Number(count) : 2 ** Number(exponent);
  return packets >= MIN_LIFETIME && packets <= MAX_LIFETIME;
}

/**
 * Session parameters, section 6.3. A hint for the replay window is one; what would leave packets in clear or unauthenticated, another key
 * derivation, FEC, and what is unknown make the line unusable, unless a dash says that it need not be understood.
 */
function isHarmless(parameter: string): boolean {
  return /^-/.test(parameter) || /^WSH=\d{1,5}$/i.test(parameter);
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // Not a whole number of octets.
    return undefined;
  }
}
