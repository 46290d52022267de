import { AUDIO_CODECS, DEFAULT_OFFERED_CODECS, SPOKEN_CODECS } from './audio-codec.ts';
import {
  type AudioFormat,
  audioCodecOf,
  audioFormats,
  telephoneEventFormat,
} from './audio-format.ts';
import type { CryptoAttribute } from './crypto-attribute.ts';
import { type Direction, withoutReceiving } from './direction.ts';
import { addressTypeOf } from './ip-address.ts';
import { localAudioLine } from './local-audio-line.ts';
import {
  type AgreedSrtp,
  type LocalSrtp,
  OFFERED_SUITES,
  type RtpProfile,
  securityForOffer,
  securityOfAnswer,
} from './media-security.ts';
import type { MediaTerms } from './media-terms.ts';
import {
  type NegotiatedAudio,
  type NegotiationResult,
  negotiateAudio,
  type OfferAnswerFailure,
  type OfferAnswerRefusal,
  refuse,
} from './negotiated-audio.ts';
import { agreedFormats, offeredFormats } from './offered-formats.ts';
import { DEFAULT_PTIME_MS } from './packet-time.ts';
import { parseSessionDescription } from './parse-session-description.ts';
import { serializeSessionDescription } from './serialize-session-description.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** Where we take audio, and what we take. */
export interface LocalAudio extends Pick<MediaTerms, 'codecs' | 'ptimeMs'> {
  readonly address: string;
  readonly port: number;
  /** Same for every description of one call; a whole number. */
  readonly sessionId: number | string;
  /** Starts at 1 and rises by one with every changed description of one call (RFC 3264 section 8). */
  readonly sessionVersion?: number;
  /** Left out: plain RTP only. */
  readonly srtp?: LocalSrtp;
  /** What holds with this peer by now; for offers. */
  readonly agreed?: NegotiatedAudio;
  /** We hold: the far end's audio is not wanted for now. */
  readonly isHolding?: boolean;
}

export type AnswerOfferResult =
  | { readonly ok: true; readonly sdp: string; readonly remote: NegotiatedAudio }
  | OfferAnswerRefusal;

/** What else decides how an answer is read. */
export interface AcceptTerms extends Pick<MediaTerms, 'ptimeMs'> {
  /** The stream is secured by now, and stays so. */
  readonly requiresSrtp?: boolean;
}

/** An offer of one audio stream, sendrecv, or sendonly to hold (RFC 3264 sections 5, 8.4). */
export function createOffer(local: LocalAudio): string {
  const { port, agreed, codecs = DEFAULT_OFFERED_CODECS } = local;
  const line = localAudioLine({
    port,
    profile: agreed?.profile ?? offeredProfile(local.srtp),
    formats: offeredFormats(codecs, agreed),
    crypto: offeredCrypto(local.srtp, agreed?.srtp),
    ptimeMs: local.ptimeMs ?? agreed?.ptimeMs ?? DEFAULT_PTIME_MS,
    rtcpMux: true,
    direction: ownDirection(local, 'sendrecv'),
  });
  return serializeSessionDescription(localSession(local, ['0 0'], [line]));
}

/**
 * Answers an offer (RFC 3264 section 6): takes its first audio line with a codec and a security that we support and, on it, the first
 * such codec, ours if we have an order of our own; refuses every other line with port 0. It names one codec only, so that the peer cannot switch in mid-stream.
 */
export function answerOffer(offerSdp: string, local: LocalAudio): AnswerOfferResult {
  const offer = parseSessionDescription(offerSdp);
  if (offer === undefined) return refuse('malformed');
  const read = offer.media.map((media) => preferredAudio(offer, media, local));
  const index = read.findIndex((one) => one.ok);
  const chosen = read[index];
  if (chosen?.ok !== true) return refuse(mostTelling(read));

  const { remote } = chosen;
  const media = offer.media.map((line, at) =>
    at === index ? answeredLine(local, remote) : refusedLine(line),
  );
  return {
    ok: true,
    sdp: serializeSessionDescription(localSession(local, offer.timing, media)),
    remote,
  };
}

/** Reads the answer to an offer of {@link createOffer}: one line for our one line (RFC 3264 section 7). */
export function acceptAnswer(
  offerSdp: string,
  answerSdp: string,
  { ptimeMs, requiresSrtp = false }: AcceptTerms = {},
): NegotiationResult {
  const offer = parseSessionDescription(offerSdp);
  const answer = parseSessionDescription(answerSdp);
  const [offered] = offer?.media ?? [];
  if (offered === undefined || answer === undefined) return refuse('malformed');
  const [answered] = answer.media;
  if (answered === undefined) return refuse('no-audio');
  if (answered.media !== 'audio') return refuse('malformed');

  const formats = audioFormats(offered);
  const codecs = formats.map(audioCodecOf).filter((codec) => codec !== undefined);
  const security = securityOfAnswer(offered, answered, requiresSrtp);
  const result = negotiateAudio(answer, answered, { codecs, security, ptimeMs });
  return result.ok ? { ok: true, remote: withOffered(result.remote, formats) } : result;
}

/** An answer should keep the payload types of the offer; where it does not, each side sends under those of the other. */
function withOffered(remote: NegotiatedAudio, offered: readonly AudioFormat[]): NegotiatedAudio {
  const { codec, payloadType, telephoneEventPayloadType } = remote;
  const { clockRateHz } = AUDIO_CODECS[codec];
  const audio = offered.find((format) => audioCodecOf(format) === codec)?.payloadType;
  const events = telephoneEventFormat(offered, clockRateHz)?.payloadType;
  const hasOtherEvents = telephoneEventPayloadType !== undefined && events !== undefined;
  return {
    ...remote,
    ...(audio !== undefined && audio !== payloadType && { offeredPayloadType: audio }),
    ...(hasOtherEvents &&
      events !== telephoneEventPayloadType && { offeredTelephoneEventPayloadType: events }),
  };
}

/** RFC 3264 section 6.1 recommends the offerer's order; whoever has set one wants theirs. */
function preferredAudio(
  offer: SessionDescription,
  media: MediaDescription,
  { codecs, ptimeMs, srtp }: LocalAudio,
): NegotiationResult {
  const security = securityForOffer(media, srtp);
  const isOurOrder = codecs !== undefined;
  return negotiateAudio(offer, media, {
    codecs: codecs ?? SPOKEN_CODECS,
    isOurOrder,
    security,
    ptimeMs,
  });
}

function answeredLine(local: LocalAudio, remote: NegotiatedAudio): MediaDescription {
  const { profile, srtp, ptimeMs, rtcpMux, direction } = remote;
  return localAudioLine({
    port: local.port,
    profile,
    formats: agreedFormats(remote),
    crypto: srtp === undefined ? [] : [ourCrypto(srtp)],
    ptimeMs: local.ptimeMs ?? ptimeMs,
    rtcpMux,
    direction: ownDirection(local, direction),
  });
}

function offeredProfile(srtp: LocalSrtp | undefined): RtpProfile {
  return srtp?.mode === 'required' ? 'RTP/SAVP' : 'RTP/AVP';
}

/** What was agreed, once something was: another cipher in the middle of a call helps nobody. */
function offeredCrypto(
  srtp: LocalSrtp | undefined,
  agreed: AgreedSrtp | undefined,
): readonly CryptoAttribute[] {
  if (agreed !== undefined) return [ourCrypto(agreed)];
  if (srtp === undefined || srtp.mode === 'off' || srtp.mode === 'accept') return [];
  return OFFERED_SUITES.map((suite, index) => ({ tag: index + 1, suite, key: srtp.keys[suite] }));
}

function ourCrypto({ tag, suite, sendKey }: AgreedSrtp): CryptoAttribute {
  return { tag, suite, key: sendKey };
}

function ownDirection({ isHolding }: LocalAudio, direction: Direction): Direction {
  return isHolding ? withoutReceiving(direction) : direction;
}

/** RFC 3264 section 6: port 0, and at least one format, which means nothing. */
function refusedLine({ media, protocol, formats }: MediaDescription): MediaDescription {
  return { media, port: 0, portSuffix: '', protocol, formats, attributes: [], otherLines: [] };
}

/** The timing of an answer is the offer's (RFC 3264 section 6). */
function localSession(
  local: LocalAudio,
  timing: readonly string[],
  media: readonly MediaDescription[],
): SessionDescription {
  const { address } = local;
  const addressType = addressTypeOf(address);
  return {
    origin: {
      username: '-',
      sessionId: String(local.sessionId),
      sessionVersion: String(local.sessionVersion ?? 1),
      addressType,
      address,
    },
    sessionName: '-',
    connection: { addressType, address, suffix: '' },
    timing,
    attributes: [],
    otherLines: [],
    media,
  };
}

/** Of several refused lines, the one that came nearest to an agreement. */
function mostTelling(read: readonly NegotiationResult[]): OfferAnswerFailure {
  const reasons = read.map((one) => (one.ok ? undefined : one.reason));
  const order = [
    'no-common-codec',
    'no-common-security',
    'unsupported-transport',
    'malformed',
  ] as const;
  return order.find((reason) => reasons.includes(reason)) ?? 'no-audio';
}
