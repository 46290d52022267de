import { parseWavHeader, WAV_HEADER_BYTES } from '../../src/io/wav-header.ts';

/** A recording as the media engine writes it: left and right sample in turn. */
export function stereoWav(interleaved: Int16Array, sampleRateHz: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + interleaved.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(interleaved.byteLength, 40);
  return Buffer.concat([
    header,
    Buffer.from(interleaved.buffer, interleaved.byteOffset, interleaved.byteLength),
  ]);
}

export interface StereoRecording {
  readonly sampleRateHz: number;
  readonly left: Int16Array;
  readonly right: Int16Array;
}

/** @throws when it is no recording of the media engine's */
export function readStereoWav(file: Buffer): StereoRecording {
  const header = parseWavHeader(file, file.length);
  if (header === undefined) throw new Error('not a recording');
  const at = (frame: number, channel: number) =>
    file.readInt16LE(WAV_HEADER_BYTES + frame * 4 + channel * 2);
  return {
    sampleRateHz: header.sampleRateHz,
    left: Int16Array.from({ length: header.frames }, (_, frame) => at(frame, 0)),
    right: Int16Array.from({ length: header.frames }, (_, frame) => at(frame, 1)),
  };
}
