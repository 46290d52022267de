import type { MediaDescription } from './session-description.ts';

export type AudioCodec = 'PCMU' | 'PCMA';

/** In the order we offer them. */
export const DEFAULT_AUDIO_CODECS: readonly AudioCodec[] = Object.freeze(['PCMU', 'PCMA'] as const);

/** RFC 3551 section 6, table 4. */
export const STATIC_PAYLOAD_TYPES: Readonly<Record<AudioCodec, number>> = Object.freeze({
  PCMU: 0,
  PCMA: 8,
});

/** Of these names, in their order, what the media engine speaks; undefined where there is no list: all, in our order. */
export function spokenCodecs(
  names: readonly string[] | undefined,
): readonly AudioCodec[] | undefined {
  if (names === undefined) return undefined;
  return names.flatMap((name) => DEFAULT_AUDIO_CODECS.find((codec) => codec === name) ?? []);
}

/** A payload type of a media line with what it stands for, in upper case: `PCMU/8000`. */
export interface AudioFormat {
  readonly payloadType: number;
  readonly encoding: string;
}

export const TELEPHONE_EVENT_ENCODING = 'TELEPHONE-EVENT/8000';

/** The formats of an RTP media line that we can name, in its order of preference. */
export function audioFormats(media: MediaDescription): AudioFormat[] {
  const mapped = rtpMap(media);
  return media.formats.flatMap((format) => {
    const payloadType = parsePayloadType(format);
    if (payloadType === undefined) return [];
    const encoding = mapped.get(payloadType) ?? staticEncoding(payloadType);
    return encoding === undefined ? [] : [{ payloadType, encoding }];
  });
}

export function audioCodecOf(format: AudioFormat): AudioCodec | undefined {
  return DEFAULT_AUDIO_CODECS.find((codec) => format.encoding === `${codec}/8000`);
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

function staticEncoding(payloadType: number): string | undefined {
  const codec = DEFAULT_AUDIO_CODECS.find((name) => STATIC_PAYLOAD_TYPES[name] === payloadType);
  return codec && `${codec}/8000`;
}

function parsePayloadType(text: string): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const payloadType = Number(text);
  return payloadType <= 127 ? payloadType : undefined;
}
