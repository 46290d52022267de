/** Stereo, 16 bit: what the media engine writes (`native/engine/wav_file.h`). */
export interface WavHeader {
  readonly sampleRateHz: number;
  /** Pairs of samples. */
  readonly frames: number;
}

export const WAV_HEADER_BYTES = 44;
export const WAV_FRAME_BYTES = 4;

const STEREO_PCM = 0x0002_0001;

/** Undefined when it is no recording of ours. `fileBytes`: what is missing of the file is missing of the recording. */
export function parseWavHeader(header: Buffer, fileBytes: number): WavHeader | undefined {
  if (header.length < WAV_HEADER_BYTES || header.toString('latin1', 8, 16) !== 'WAVEfmt ') {
    return undefined;
  }
  if (header.readUInt32LE(20) !== STEREO_PCM || header.toString('latin1', 36, 40) !== 'data') {
    return undefined;
  }
  const dataBytes = Math.min(header.readUInt32LE(40), fileBytes - WAV_HEADER_BYTES);
  return {
    sampleRateHz: header.readUInt32LE(24),
    frames: Math.floor(dataBytes / WAV_FRAME_BYTES),
  };
}
