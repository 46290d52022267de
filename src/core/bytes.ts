const NO_BYTES: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();

/** The empty body, shared. */
export function noBytes(): Uint8Array {
  return NO_BYTES;
}

/**
 * One character per byte (U+0000 to U+00FF). Nothing is interpreted, so that text in any encoding, or in none, goes
 * through a parser and {@link byteStringToBytes} unchanged.
 */
export function bytesToByteString(bytes: Uint8Array): string {
  return nodeBuffer(bytes).toString('latin1');
}

/** The inverse of {@link bytesToByteString}. A character above U+00FF keeps its low eight bits only. */
export function byteStringToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  nodeBuffer(bytes).write(text, 'latin1');
  return bytes;
}

/** The same memory. */
function nodeBuffer({ buffer, byteOffset, byteLength }: Uint8Array) {
  // biome-ignore lint/style/noRestrictedGlobals: a loop takes a hundred times as long, and TextDecoder has no encoding that leaves 0x80 to 0x9F alone.
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The UTF-8 bytes of ordinary text. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Ordinary text as a byte string of its UTF-8 form: what it looks like inside a parsed message. */
export function utf8ByteString(text: string): string {
  return bytesToByteString(encoder.encode(text));
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Index of CR LF CR LF at or after `from`, or -1. */
export function indexOfBlankLine(bytes: Uint8Array, from = 0): number {
  let at = bytes.indexOf(13, from);
  while (at !== -1 && at + 3 < bytes.length) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
    at = bytes.indexOf(13, at + 1);
  }
  return -1;
}
