import { AUDIO_CODECS, type AudioCodec } from './audio-codec.ts';
import {
  type AudioFormat,
  audioCodecOf,
  audioFormats,
  comfortNoiseFormat,
  telephoneEventFormat,
} from './audio-format.ts';
import { type Direction, directionOf, reverseDirection, withoutReceiving } from './direction.ts';
import { isIpv4, isIpv6, isUnicast, isUnspecified } from './ip-address.ts';
import type { AgreedSrtp, MediaSecurity, RtpProfile } from './media-security.ts';
import { packetTimeMs } from './packet-time.ts';
import {
  hasAttribute,
  type MediaDescription,
  type SessionDescription,
} from './session-description.ts';

/** One audio stream as agreed. All but `direction` is about the far end: where it takes audio and what. */
export interface NegotiatedAudio {
  readonly address: string;
  readonly port: number;
  readonly codec: AudioCodec;
  readonly payloadType: number;
  /** RFC 4733. */
  readonly telephoneEventPayloadType?: number;
  /** Absent: that of the codec. */
  readonly telephoneEventClockRateHz?: number;
  /** RFC 3389. */
  readonly comfortNoisePayloadType?: number;
  /** Those of our offer, where the answer has others (RFC 3264 section 6.1). */
  readonly offeredPayloadType?: number;
  readonly offeredTelephoneEventPayloadType?: number;
  readonly rtcpMux: boolean;
  /** Audio per packet that the far end wants, 10 to 60 in tens. */
  readonly ptimeMs: number;
  readonly profile: RtpProfile;
  /** Absent: plain RTP. */
  readonly srtp?: AgreedSrtp;
  /** Ours: `recvonly` and `inactive` are a hold, nothing may be sent; `address` is then possibly `0.0.0.0`. */
  readonly direction: Direction;
}

export type OfferAnswerFailure =
  /** Not SDP, or not an answer to our offer. */
  | 'malformed'
  /** No audio line, or a refused one (port 0). */
  | 'no-audio'
  | 'no-common-codec'
  /** One side wants SRTP and the other does not, or there is no cipher that both have. */
  | 'no-common-security'
  /** Not RTP over UDP, or an address that no audio can go to (a name, a multicast group). */
  | 'unsupported-transport';

export interface OfferAnswerRefusal {
  readonly ok: false;
  readonly reason: OfferAnswerFailure;
}

export type NegotiationResult =
  | { readonly ok: true; readonly remote: NegotiatedAudio }
  | OfferAnswerRefusal;

/** What is settled about a line before its formats are looked at. */
export interface AudioTerms {
  readonly codecs: readonly AudioCodec[];
  /** The codecs are in our order, which goes before that of the line. */
  readonly isOurOrder?: boolean;
  readonly security: MediaSecurity;
  /** Ours, where the far end has no wish. */
  readonly ptimeMs?: number | undefined;
}

/** What the far end says of one stream, as our media engine needs it. */
export function negotiateAudio(
  session: SessionDescription,
  media: MediaDescription,
  { codecs, isOurOrder = false, security, ptimeMs }: AudioTerms,
): NegotiationResult {
  if (media.media !== 'audio' || media.port === 0) return refuse('no-audio');
  if (!security.ok) return security;
  const address = (media.connection ?? session.connection)?.address;
  if (address === undefined) return refuse('malformed');
  if (!(isIpv4(address) || isIpv6(address)) || !isUnicast(address)) {
    return refuse('unsupported-transport');
  }

  const formats = audioFormats(media);
  const chosen = chooseCodec(formats, codecs, isOurOrder);
  if (chosen === undefined) return refuse('no-common-codec');

  const theirs = directionOf(session, media);
  const more = besides(formats, chosen.codec);
  const { telephoneEventPayloadType = 0, comfortNoisePayloadType = 0 } = more;
  const types = [chosen.payloadType, telephoneEventPayloadType, comfortNoisePayloadType];
  const { profile, srtp } = security;
  return {
    ok: true,
    remote: {
      address,
      port: media.port,
      ...chosen,
      ...more,
      rtcpMux: hasAttribute(media, 'rtcp-mux') && !types.some(isMistakenForRtcp),
      ptimeMs: packetTimeMs(media, chosen.codec, ptimeMs),
      profile,
      ...(srtp && { srtp }),
      direction: reverseDirection(isUnspecified(address) ? withoutReceiving(theirs) : theirs),
    },
  };
}

export function refuse(reason: OfferAnswerFailure): OfferAnswerRefusal {
  return { ok: false, reason };
}

/** On one port with RTCP these cannot be told from its packets (RFC 5761 section 4). */
function isMistakenForRtcp(payloadType: number): boolean {
  return payloadType >= 64 && payloadType <= 95;
}

function chooseCodec(
  formats: readonly AudioFormat[],
  codecs: readonly AudioCodec[],
  isOurOrder: boolean,
) {
  const spoken = formats.flatMap((format) => {
    const codec = audioCodecOf(format);
    if (codec === undefined || !codecs.includes(codec)) return [];
    return [{ codec, payloadType: format.payloadType }];
  });
  if (!isOurOrder) return spoken[0];
  const first = codecs.find((codec) => spoken.some((each) => each.codec === codec));
  return spoken.find(({ codec }) => codec === first);
}

/** What goes along with a codec. */
function besides(formats: readonly AudioFormat[], codec: AudioCodec) {
  const { clockRateHz } = AUDIO_CODECS[codec];
  const events = telephoneEventFormat(formats, clockRateHz);
  const noise = comfortNoiseFormat(formats, clockRateHz);
  return {
    ...(events && { telephoneEventPayloadType: events.payloadType }),
    ...(events &&
      events.clockRateHz !== clockRateHz && { telephoneEventClockRateHz: events.clockRateHz }),
    ...(noise && { comfortNoisePayloadType: noise.payloadType }),
  };
}
