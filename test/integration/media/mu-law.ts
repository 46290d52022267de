import { loadNativeAddon } from '../../../src/io/native-addon.ts';

const addon = loadNativeAddon();

export const MU_LAW_SILENCE = new Uint8Array(160).fill(0xff);

/** The engine's own coder: test/conformance/media/g711.test.ts says that it is right. */
export function encodeMuLaw(samples: Int16Array): Uint8Array {
  return addon.encodeG711('PCMU', samples);
}

export function decodeMuLaw(codes: Uint8Array): Int16Array {
  return addon.decodeG711('PCMU', codes);
}
