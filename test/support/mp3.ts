import { spawnSync } from 'node:child_process';
import type { StereoRecording } from './wav.ts';

/** What the frame headers of an MP3 file say (ISO/IEC 11172-3 section 2.4.2.3, 13818-3 for the low rates). */
export interface Mp3Frames {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly durationMs: number;
}

/** By version bits: MPEG-2.5 and MPEG-2, the ones of 8 to 24 kHz. */
const RATES_HZ: Readonly<Record<number, readonly number[]>> = {
  0: [11_025, 12_000, 8_000],
  2: [22_050, 24_000, 16_000],
};
const BIT_RATES_KBPS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLES_PER_FRAME = 576;
const MONO = 3;

/** @throws where a frame does not begin where the one before it ends */
export function readMp3Frames(file: Buffer): Mp3Frames {
  let frames = 0;
  let sampleRateHz = 0;
  let channels = 0;
  for (let at = 0; at < file.length; frames += 1) {
    const header = file.readUInt32BE(at);
    const rates = RATES_HZ[(header >>> 19) & 3];
    const rate = rates?.[(header >>> 10) & 3];
    const bitRate = BIT_RATES_KBPS[(header >>> 12) & 15];
    const isLayer3 = ((header >>> 17) & 3) === 1;
    if (header >>> 21 !== 0x7ff || !isLayer3 || rate === undefined || bitRate === undefined) {
      throw new Error(`no MP3 frame at ${at} of ${file.length}`);
    }
    sampleRateHz = rate;
    channels = ((header >>> 6) & 3) === MONO ? 1 : 2;
    at += Math.floor((72 * bitRate * 1_000) / rate) + ((header >>> 9) & 1);
  }
  return {
    sampleRateHz,
    channels,
    durationMs: (frames * SAMPLES_PER_FRAME * 1_000) / sampleRateHz,
  };
}

/** Decodes with libmpg123, where it is installed: samples of both channels, raw. */
const DECODE = `
import ctypes, sys
m = ctypes.CDLL('libmpg123.so.0')
m.mpg123_new.restype = ctypes.c_void_p
error = ctypes.c_int()
m.mpg123_init()
h = ctypes.c_void_p(m.mpg123_new(None, ctypes.byref(error)))
m.mpg123_param(h, 1, 0x20, ctypes.c_double(0))
if m.mpg123_open(h, sys.argv[1].encode()) != 0: sys.exit(2)
buffer = ctypes.create_string_buffer(1 << 16)
done = ctypes.c_size_t()
while True:
    code = m.mpg123_read(h, buffer, len(buffer), ctypes.byref(done))
    sys.stdout.buffer.write(buffer.raw[:done.value])
    if code == -12: break
    if code not in (0, -11): sys.exit(3)
`;

export function canDecodeMp3(): boolean {
  const test = 'import ctypes; ctypes.CDLL("libmpg123.so.0")';
  return spawnSync('python3', ['-c', test]).status === 0;
}

export function decodeMp3(path: string, sampleRateHz: number): StereoRecording {
  const { status, stdout } = spawnSync('python3', ['-c', DECODE, path], { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`libmpg123 refuses ${path}: ${status}`);
  const samples = new Int16Array(
    stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length),
  );
  const channel = (offset: number) => samples.filter((_, at) => at % 2 === offset);
  return { sampleRateHz, left: channel(0), right: channel(1) };
}
