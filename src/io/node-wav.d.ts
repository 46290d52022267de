declare module 'node-wav' {
  /** Samples from -1 to 1, an array per channel. */
  export function encode(
    channels: readonly Float32Array[],
    options: { sampleRate: number; float: false; bitDepth: 16 },
  ): Buffer;
}
