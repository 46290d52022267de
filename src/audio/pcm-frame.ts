/** A run of linear audio: 16-bit signed, mono, native byte order. */
export interface PcmFrame {
  readonly samples: Int16Array;
  readonly sampleRateHz: number;
}

/** Length of a frame in milliseconds of audio. */
export function pcmDurationMs(frame: PcmFrame): number {
  return (frame.samples.length * 1_000) / frame.sampleRateHz;
}
