import { AUDIO_CODECS, type AudioCodec } from './audio-codec.ts';
import { type CryptoAttribute, cryptoAttribute } from './crypto-attribute.ts';
import type { Direction } from './direction.ts';
import type { RtpProfile } from './media-security.ts';
import { MAX_PTIME_MS } from './packet-time.ts';
import type { Attribute, MediaDescription } from './session-description.ts';

/** Events 0 to 15: digits, star, hash, A to D (RFC 4733 section 3.2). */
const TELEPHONE_EVENTS = '0-15';

/** A format of ours with its payload type. */
export type LocalFormat =
  | { readonly payloadType: number; readonly codec: AudioCodec }
  | { readonly payloadType: number; readonly eventsHz: number }
  | { readonly payloadType: number; readonly noiseHz: number };

export interface LocalAudioLine {
  readonly port: number;
  readonly profile: RtpProfile;
  readonly formats: readonly LocalFormat[];
  readonly crypto: readonly CryptoAttribute[];
  /** What we would like to get. */
  readonly ptimeMs: number;
  readonly direction: Direction;
  readonly rtcpMux: boolean;
}

/** Our audio line. */
export function localAudioLine(line: LocalAudioLine): MediaDescription {
  const { port, profile, formats, crypto, ptimeMs, direction, rtcpMux } = line;
  return {
    media: 'audio',
    port,
    portSuffix: '',
    protocol: profile,
    formats: formats.map(({ payloadType }) => String(payloadType)),
    attributes: [
      ...formats.flatMap(formatAttributes),
      ...crypto.map(cryptoAttribute),
      { name: 'ptime', value: String(ptimeMs) },
      { name: 'maxptime', value: String(MAX_PTIME_MS) },
      { name: direction },
      ...(rtcpMux ? [{ name: 'rtcp-mux' }] : []),
    ],
    otherLines: [],
  };
}

function formatAttributes(format: LocalFormat): Attribute[] {
  const { payloadType } = format;
  if ('eventsHz' in format) {
    const map = rtpmap(payloadType, `telephone-event/${format.eventsHz}`);
    return [map, fmtp(payloadType, TELEPHONE_EVENTS)];
  }
  if ('noiseHz' in format) return [rtpmap(payloadType, `CN/${format.noiseHz}`)];
  const { encoding, parameters } = AUDIO_CODECS[format.codec];
  const map = rtpmap(payloadType, encoding);
  return parameters === undefined ? [map] : [map, fmtp(payloadType, parameters)];
}

function rtpmap(payloadType: number, encoding: string): Attribute {
  return { name: 'rtpmap', value: `${payloadType} ${encoding}` };
}

function fmtp(payloadType: number, parameters: string): Attribute {
  return { name: 'fmtp', value: `${payloadType} ${parameters}` };
}
