import {
  type AudioCodec,
  audioCodecOf,
  audioFormats,
  TELEPHONE_EVENT_ENCODING,
} from './audio-codec.ts';
import { type Direction, directionOf, reverseDirection, withoutReceiving } from './direction.ts';
import { isIpv4, isIpv6, isUnicast, isUnspecified } from './ip-address.ts';
import {
  hasAttribute,
  type MediaDescription,
  type SessionDescription,
} from './session-description.ts';

/** What an RTP audio line of ours and of theirs must name. Secured profiles are refused for now. */
export const RTP_PROTOCOL = 'RTP/AVP';
/** What we send, whatever `a=ptime` asks for: it is a wish (RFC 8866 section 6.4). */
export const PTIME_MS = 20;

/** One audio stream as agreed. All but `direction` is about the far end: where it takes audio and what. */
export interface NegotiatedAudio {
  readonly address: string;
  readonly port: number;
  readonly codec: AudioCodec;
  readonly payloadType: number;
  readonly telephoneEventPayloadType?: number;
  readonly rtcpMux: boolean;
  readonly ptimeMs: 20;
  /** Ours: `recvonly` and `inactive` are a hold, nothing may be sent; `address` is then possibly `0.0.0.0`. */
  readonly direction: Direction;
}

export type OfferAnswerFailure =
  /** Not SDP, or not an answer to our offer. */
  | 'malformed'
  /** No audio line, or a refused one (port 0). */
  | 'no-audio'
  | 'no-common-codec'
  /** Not plain RTP, or an address that no audio can go to (a name, a multicast group). */
  | 'unsupported-transport';

export interface OfferAnswerRefusal {
  readonly ok: false;
  readonly reason: OfferAnswerFailure;
}

export type NegotiationResult =
  | { readonly ok: true; readonly remote: NegotiatedAudio }
  | OfferAnswerRefusal;

/** What the far end says of one stream, as our media engine needs it. */
export function negotiateAudio(
  session: SessionDescription,
  media: MediaDescription,
  codecs: readonly AudioCodec[],
): NegotiationResult {
  if (media.media !== 'audio' || media.port === 0) return refuse('no-audio');
  if (media.protocol !== RTP_PROTOCOL) return refuse('unsupported-transport');
  const address = (media.connection ?? session.connection)?.address;
  if (address === undefined) return refuse('malformed');
  if (!(isIpv4(address) || isIpv6(address)) || !isUnicast(address)) {
    return refuse('unsupported-transport');
  }

  const formats = audioFormats(media);
  const codec = formats.map(audioCodecOf).find((one) => one !== undefined && codecs.includes(one));
  const format = formats.find((one) => codec !== undefined && audioCodecOf(one) === codec);
  if (codec === undefined || format === undefined) return refuse('no-common-codec');

  const events = formats.find(({ encoding }) => encoding === TELEPHONE_EVENT_ENCODING);
  const theirs = directionOf(session, media);
  return {
    ok: true,
    remote: {
      address,
      port: media.port,
      codec,
      payloadType: format.payloadType,
      ...(events && { telephoneEventPayloadType: events.payloadType }),
      rtcpMux: hasAttribute(media, 'rtcp-mux'),
      ptimeMs: PTIME_MS,
      direction: reverseDirection(isUnspecified(address) ? withoutReceiving(theirs) : theirs),
    },
  };
}

export function refuse(reason: OfferAnswerFailure): OfferAnswerRefusal {
  return { ok: false, reason };
}
