import {
  type AudioCodec,
  type AudioFormat,
  audioCodecOf,
  audioFormats,
  DEFAULT_AUDIO_CODECS,
  STATIC_PAYLOAD_TYPES,
} from './audio-codec.ts';
import { type Direction, withoutReceiving } from './direction.ts';
import { addressTypeOf } from './ip-address.ts';
import {
  type NegotiatedAudio,
  type NegotiationResult,
  negotiateAudio,
  type OfferAnswerFailure,
  type OfferAnswerRefusal,
  PTIME_MS,
  RTP_PROTOCOL,
  refuse,
} from './negotiated-audio.ts';
import { parseSessionDescription } from './parse-session-description.ts';
import { serializeSessionDescription } from './serialize-session-description.ts';
import type { Attribute, MediaDescription, SessionDescription } from './session-description.ts';

/** Ours in an offer; an answer keeps the offer's. */
const TELEPHONE_EVENT_PAYLOAD_TYPE = 101;
/** Events 0 to 15: digits, star, hash, A to D (RFC 4733 section 3.2). */
const TELEPHONE_EVENTS = '0-15';

/** Where we take audio, and what we take. */
export interface LocalAudio {
  readonly address: string;
  readonly port: number;
  /** Same for every description of one call; a whole number. */
  readonly sessionId: number | string;
  /** Starts at 1 and rises by one with every changed description of one call (RFC 3264 section 8). */
  readonly sessionVersion?: number;
  /** Those we support, in our order of preference, for offers and for answers. Left out: both, and an answer keeps the offer's order. */
  readonly codecs?: readonly AudioCodec[];
  /** We hold: the far end's audio is not wanted for now. */
  readonly isHolding?: boolean;
}

export type AnswerOfferResult =
  | { readonly ok: true; readonly sdp: string; readonly remote: NegotiatedAudio }
  | OfferAnswerRefusal;

/** An offer of one audio stream, sendrecv, or sendonly to hold (RFC 3264 sections 5, 8.4). */
export function createOffer(local: LocalAudio): string {
  const formats = (local.codecs ?? DEFAULT_AUDIO_CODECS).map((codec) => ({
    payloadType: STATIC_PAYLOAD_TYPES[codec],
    encoding: `${codec}/8000`,
  }));
  const line = localAudioLine(local, formats, {
    telephoneEventPayloadType: TELEPHONE_EVENT_PAYLOAD_TYPE,
    rtcpMux: true,
    direction: ownDirection(local, 'sendrecv'),
  });
  return serializeSessionDescription(localSession(local, ['0 0'], [line]));
}

/**
 * Answers an offer (RFC 3264 section 6): takes its first audio line with a codec we support and, on it, the first such codec,
 * ours if we have an order of our own; refuses every other line with port 0. It names one codec only, so that the peer cannot switch in mid-stream.
 */
export function answerOffer(offerSdp: string, local: LocalAudio): AnswerOfferResult {
  const offer = parseSessionDescription(offerSdp);
  if (offer === undefined) return refuse('malformed');
  const read = offer.media.map((media) => preferredAudio(offer, media, local.codecs));
  const index = read.findIndex((one) => one.ok);
  const chosen = read[index];
  if (chosen?.ok !== true) return refuse(mostTelling(read));

  const { remote } = chosen;
  const format = { payloadType: remote.payloadType, encoding: `${remote.codec}/8000` };
  const terms = { ...remote, direction: ownDirection(local, remote.direction) };
  const media = offer.media.map((line, at) =>
    at === index ? localAudioLine(local, [format], terms) : refusedLine(line),
  );
  return {
    ok: true,
    sdp: serializeSessionDescription(localSession(local, offer.timing, media)),
    remote,
  };
}

/** Reads the answer to an offer of {@link createOffer}: one line for our one line (RFC 3264 section 7). */
export function acceptAnswer(offerSdp: string, answerSdp: string): NegotiationResult {
  const offer = parseSessionDescription(offerSdp);
  const answer = parseSessionDescription(answerSdp);
  const [offered] = offer?.media ?? [];
  if (offered === undefined || answer === undefined) return refuse('malformed');
  const [answered] = answer.media;
  if (answered === undefined) return refuse('no-audio');
  if (answered.media !== 'audio') return refuse('malformed');

  const offeredCodecs = audioFormats(offered)
    .map(audioCodecOf)
    .filter((codec) => codec !== undefined);
  return negotiateAudio(answer, answered, offeredCodecs);
}

/** RFC 3264 section 6.1 recommends the offerer's order; whoever has set one wants theirs. */
function preferredAudio(
  offer: SessionDescription,
  media: MediaDescription,
  codecs: readonly AudioCodec[] | undefined,
): NegotiationResult {
  const choices = (codecs ?? []).map((codec) => negotiateAudio(offer, media, [codec]));
  return (
    choices.find(({ ok }) => ok) ?? negotiateAudio(offer, media, codecs ?? DEFAULT_AUDIO_CODECS)
  );
}

function ownDirection({ isHolding }: LocalAudio, direction: Direction): Direction {
  return isHolding ? withoutReceiving(direction) : direction;
}

type AudioTerms = Pick<NegotiatedAudio, 'telephoneEventPayloadType' | 'rtcpMux' | 'direction'>;

function localAudioLine(
  local: LocalAudio,
  formats: readonly AudioFormat[],
  terms: AudioTerms,
): MediaDescription {
  const events = terms.telephoneEventPayloadType;
  const maps = formats.map(({ payloadType, encoding }) => ({
    name: 'rtpmap',
    value: `${payloadType} ${encoding}`,
  }));
  const eventMaps: Attribute[] =
    events === undefined
      ? []
      : [
          { name: 'rtpmap', value: `${events} telephone-event/8000` },
          { name: 'fmtp', value: `${events} ${TELEPHONE_EVENTS}` },
        ];
  return {
    media: 'audio',
    port: local.port,
    portSuffix: '',
    protocol: RTP_PROTOCOL,
    formats: [
      ...formats.map((format) => format.payloadType),
      ...(events === undefined ? [] : [events]),
    ].map(String),
    attributes: [
      ...maps,
      ...eventMaps,
      { name: 'ptime', value: String(PTIME_MS) },
      { name: terms.direction },
      ...(terms.rtcpMux ? [{ name: 'rtcp-mux' }] : []),
    ],
    otherLines: [],
  };
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
  const order = ['no-common-codec', 'unsupported-transport', 'malformed'] as const;
  return order.find((reason) => reasons.includes(reason)) ?? 'no-audio';
}
