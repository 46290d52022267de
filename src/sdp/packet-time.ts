import type { AudioCodec } from './audio-codec.ts';
import type { MediaDescription } from './session-description.ts';

export const DEFAULT_PTIME_MS = 20;
const MIN_PTIME_MS = 10;
/** The longest that the media engine sends and takes; in steps of 10. */
export const MAX_PTIME_MS = 60;

/** Opus has no frames of 30 or 50 ms (RFC 6716 section 2.1.4). */
const OPUS_PTIMES_MS = [60, 40, 20, 10];

/**
 * How much audio the writer of a media line is sent per packet, in milliseconds: its `a=ptime`, at most its `a=maxptime` (RFC 8866 section 6.4),
 * else `ownMs`, else 20. A length that we do not send becomes the next shorter one that we do.
 */
export function packetTimeMs(
  media: MediaDescription,
  codec: AudioCodec,
  ownMs: number = DEFAULT_PTIME_MS,
): number {
  const wantedMs = milliseconds(media, 'ptime') ?? ownMs;
  const mostMs = Math.min(wantedMs, milliseconds(media, 'maxptime') ?? MAX_PTIME_MS, MAX_PTIME_MS);
  if (codec === 'opus') return OPUS_PTIMES_MS.find((each) => each <= mostMs) ?? MIN_PTIME_MS;
  return Math.max(Math.floor(mostMs / 10) * 10, MIN_PTIME_MS);
}

function milliseconds(media: MediaDescription, name: string): number | undefined {
  const { value = '' } = media.attributes.find((attribute) => attribute.name === name) ?? {};
  if (!/^\d{1,5}(?:\.\d{1,9})?$/.test(value)) return undefined;
  const ms = Number(value);
  return ms > 0 ? ms : undefined;
}
