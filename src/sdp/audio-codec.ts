/** Audio that a stream may carry. L16 has a name for each of its rates, because its payload types differ. */
export type AudioCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus' | 'L16/8000' | 'L16/16000';

export interface AudioCodecFacts {
  /** As `a=rtpmap` has it. */
  readonly encoding: string;
  /** Of RTP timestamps. G.722 says 8000 for audio at 16 kHz (RFC 3551 section 4.5.2), Opus always 48000 (RFC 7587 section 4.1). */
  readonly clockRateHz: number;
  /** Of the audio as we decode it. */
  readonly sampleRateHz: 8_000 | 16_000;
  /** Static (RFC 3551 section 6), or the dynamic one of our offers. */
  readonly payloadType: number;
  /** `a=fmtp` of our side: what we would like to get. */
  readonly parameters?: string;
}

export const AUDIO_CODECS: Readonly<Record<AudioCodec, AudioCodecFacts>> = Object.freeze({
  PCMU: facts('PCMU/8000', { clockRateHz: 8_000, sampleRateHz: 8_000, payloadType: 0 }),
  PCMA: facts('PCMA/8000', { clockRateHz: 8_000, sampleRateHz: 8_000, payloadType: 8 }),
  G722: facts('G722/8000', { clockRateHz: 8_000, sampleRateHz: 16_000, payloadType: 9 }),
  opus: facts('opus/48000/2', {
    clockRateHz: 48_000,
    sampleRateHz: 16_000,
    payloadType: 111,
    // Mono at 16 kHz both ways, with what a lost packet is repaired from (RFC 7587 section 6.1).
    parameters:
      'useinbandfec=1;stereo=0;sprop-stereo=0;maxplaybackrate=16000;sprop-maxcapturerate=16000',
  }),
  'L16/8000': facts('L16/8000', { clockRateHz: 8_000, sampleRateHz: 8_000, payloadType: 118 }),
  'L16/16000': facts('L16/16000', { clockRateHz: 16_000, sampleRateHz: 16_000, payloadType: 117 }),
});

/** What the media engine has encoders and decoders for. */
export const SPOKEN_CODECS: readonly AudioCodec[] = Object.freeze([
  'PCMU',
  'PCMA',
  'G722',
  'opus',
  'L16/8000',
  'L16/16000',
] as const);

/**
 * Offered where no list says otherwise. Who dials a carrier reaches the telephone network, which is G.711: anything else would be
 * transcoded on the way, and a longer offer may not fit into a datagram. Answers take whatever the peer has.
 */
export const DEFAULT_OFFERED_CODECS: readonly AudioCodec[] = Object.freeze([
  'PCMU',
  'PCMA',
] as const);

/** Of these names, in their order, what the media engine speaks; undefined where there is no list. */
export function spokenCodecs(
  names: readonly string[] | undefined,
): readonly AudioCodec[] | undefined {
  if (names === undefined) return undefined;
  return names.flatMap((name) => SPOKEN_CODECS.find((codec) => codec === name) ?? []);
}

function facts(encoding: string, rest: Omit<AudioCodecFacts, 'encoding'>): AudioCodecFacts {
  return Object.freeze({ encoding, ...rest });
}
