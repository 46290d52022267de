import { type CryptoAttribute, cryptoAttributes, type SrtpSuite } from './crypto-attribute.ts';
import type { SrtpMode } from './media-terms.ts';
import type { MediaDescription } from './session-description.ts';

/** Keys of ours, one for each suite: master key and master salt, random, of no other call. */
export type SrtpKeys = Readonly<Record<SrtpSuite, Uint8Array>>;

/** How we secure one stream. */
export interface LocalSrtp {
  readonly mode: SrtpMode;
  readonly keys: SrtpKeys;
}

/** SRTP as agreed by SDES (RFC 4568). */
export interface AgreedSrtp {
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** Ours; {@link receiveKey} is the peer's. */
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

/** The profiles of RTP over UDP; those with feedback (RFC 4585, RFC 5124) differ in what we do not send. */
export type RtpProfile = 'RTP/AVP' | 'RTP/AVPF' | 'RTP/SAVP' | 'RTP/SAVPF';

const PROFILES: readonly RtpProfile[] = ['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF'];

/** Strongest first. A tag of four octets is taken where a peer offers it, and not offered. */
export const OFFERED_SUITES: readonly SrtpSuite[] = Object.freeze([
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_CM_128_HMAC_SHA1_80',
] as const);

export type MediaSecurity =
  | { readonly ok: true; readonly profile: RtpProfile; readonly srtp?: AgreedSrtp }
  | { readonly ok: false; readonly reason: 'unsupported-transport' | 'no-common-security' };

const UNSUPPORTED = Object.freeze({ ok: false, reason: 'unsupported-transport' } as const);
const NONE = Object.freeze({ ok: false, reason: 'no-common-security' } as const);

/** What an offered line is answered with: the first of its keys that we can use (RFC 4568 section 5.1.2). */
export function securityForOffer(
  offered: MediaDescription,
  local: LocalSrtp | undefined,
): MediaSecurity {
  const profile = profileOf(offered);
  if (profile === undefined) return UNSUPPORTED;
  const [theirs] = local === undefined || local.mode === 'off' ? [] : cryptoAttributes(offered);
  if (local === undefined || theirs === undefined) {
    return isSecured(profile) || local?.mode === 'required' ? NONE : { ok: true, profile };
  }
  return { ok: true, profile, srtp: agreed(theirs, local.keys[theirs.suite]) };
}

/**
 * What the answer to our line made of it (RFC 4568 section 5.1.3). Keys that we did not offer are no agreement.
 * @param isRequired - what was secured before stays so
 */
export function securityOfAnswer(
  offered: MediaDescription,
  answered: MediaDescription,
  isRequired: boolean,
): MediaSecurity {
  const profile = profileOf(answered);
  const offeredProfile = profileOf(offered);
  if (profile === undefined || offeredProfile === undefined) return UNSUPPORTED;
  const ours = cryptoAttributes(offered);
  for (const theirs of cryptoAttributes(answered)) {
    const chosen = ours.find(({ tag, suite }) => tag === theirs.tag && suite === theirs.suite);
    if (chosen !== undefined && !isSameKey(chosen.key, theirs.key))
      return { ok: true, profile, srtp: agreed(theirs, chosen.key) };
  }
  if (isRequired || isSecured(offeredProfile)) return NONE;
  return isSecured(profile) ? UNSUPPORTED : { ok: true, profile };
}

function agreed({ tag, suite, key }: CryptoAttribute, sendKey: Uint8Array): AgreedSrtp {
  return { tag, suite, sendKey, receiveKey: key };
}

/** A key that both sides send with would give its key stream away (RFC 3711 section 9.1). */
export function isSameKey(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}

function isSecured(profile: RtpProfile): boolean {
  return profile === 'RTP/SAVP' || profile === 'RTP/SAVPF';
}

function profileOf({ protocol }: MediaDescription): RtpProfile | undefined {
  return PROFILES.find((profile) => profile === protocol.toUpperCase());
}
