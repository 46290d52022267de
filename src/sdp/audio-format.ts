import { AUDIO_CODECS, type AudioCodec } from './audio-codec.ts';
import type { MediaDescription } from './session-description.ts';

/** A payload type of a media line with what it stands for, in upper case: `PCMU/8000`. */
export interface AudioFormat {
  readonly payloadType: number;
  readonly encoding: string;
}

/** RFC 3389 section 4. */
const COMFORT_NOISE_PAYLOAD_TYPE = 13;
const COMFORT_NOISE_ENCODING = 'CN/8000';

const ALL_CODECS = Object.keys(AUDIO_CODECS) as AudioCodec[];

/** Static payload types that we know (RFC 3551 section 6, table 4). */
const STATIC_ENCODINGS: ReadonlyMap<number, string> = new Map([
  [0, 'PCMU/8000'],
  [8, 'PCMA/8000'],
  [9, 'G722/8000'],
  [COMFORT_NOISE_PAYLOAD_TYPE, COMFORT_NOISE_ENCODING],
]);

/** The formats of an RTP media line that we can name, in its order of preference. */
export function audioFormats(media: MediaDescription): AudioFormat[] {
  const mapped = rtpMap(media);
  return media.formats.flatMap((format) => {
    const payloadType = parsePayloadType(format);
    if (payloadType === undefined) return [];
    const encoding = mapped.get(payloadType) ?? STATIC_ENCODINGS.get(payloadType);
    return encoding === undefined ? [] : [{ payloadType, encoding }];
  });
}

export function audioCodecOf({ encoding }: AudioFormat): AudioCodec | undefined {
  // The second channel of Opus is a formality (RFC 7587 section 7) that some leave out.
  if (encoding === 'OPUS/48000') return 'opus';
  return ALL_CODECS.find((codec) => AUDIO_CODECS[codec].encoding.toUpperCase() === encoding);
}

/**
 * Digits go by the clock of the audio that they interrupt (RFC 4733 section 2.1, RFC 7587 section 4.1). Telephones that name digits at
 * 8000 only send them within Opus all the same.
 */
export function telephoneEventFormat(
  formats: readonly AudioFormat[],
  codecHz: number,
): { readonly payloadType: number; readonly clockRateHz: number } | undefined {
  for (const clockRateHz of [codecHz, 8_000]) {
    const format = formats.find(({ encoding }) => encoding === `TELEPHONE-EVENT/${clockRateHz}`);
    if (format !== undefined) return { payloadType: format.payloadType, clockRateHz };
  }
  return undefined;
}

/** Of a codec with the same clock (RFC 3389 section 4): ours have 8000 or none. */
export function comfortNoiseFormat(
  formats: readonly AudioFormat[],
  clockRateHz: number,
): AudioFormat | undefined {
  if (clockRateHz !== 8_000) return undefined;
  return formats.find(({ encoding }) => encoding === COMFORT_NOISE_ENCODING);
}

/** `a=rtpmap` lines, RFC 8866 section 6.6: names compare without case, one channel may be left out. */
function rtpMap(media: MediaDescription): Map<number, string> {
  const map = new Map<number, string>();
  for (const { name, value = '' } of media.attributes) {
    if (name !== 'rtpmap') continue;
    const [, format = '', encoding = ''] = /^(\d{1,3}) +(\S+) *$/.exec(value) ?? [];
    const payloadType = parsePayloadType(format);
    if (payloadType === undefined || map.has(payloadType)) continue;
    map.set(payloadType, encoding.toUpperCase().replace(/^([^/]+\/\d+)\/1$/, '$1'));
  }
  return map;
}

function parsePayloadType(text: string): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const payloadType = Number(text);
  return payloadType <= 127 ? payloadType : undefined;
}
