export interface HashKey {
  readonly low: number;
  readonly high: number;
}

/** A key from a random token of any length. */
export function hashKeyOf(token: string): HashKey {
  let low = 0x811c9dc5;
  let high = 0x2545f491;
  for (let at = 0; at < token.length; at++) {
    low = Math.imul(low ^ token.charCodeAt(at), 0x01000193);
    high = Math.imul((high << 5) ^ (high >>> 27) ^ token.charCodeAt(at), 0x5bd1e995);
  }
  return { low, high };
}

/**
 * HalfSipHash-2-4 of a byte string, 64 bits as 16 hexadecimal digits: short, and not to be guessed without the key. For names
 * that have to be recognised as our own, not for secrets that are worth years of computing.
 */
export function keyedHash(key: HashKey, text: string): string {
  const { low, high } = key;
  const state = new Int32Array([low, high ^ 0xee, 0x6c796765 ^ low, 0x74656462 ^ high]);
  const end = text.length - (text.length % 4);
  for (let start = 0; start < end; start += 4) absorb(state, wordAt(text, start, 4));
  absorb(state, (text.length << 24) | wordAt(text, end, text.length - end));
  mix(state, 2, 0xee);
  for (let count = 0; count < 4; count++) round(state);
  const first = at(state, 1) ^ at(state, 3);
  mix(state, 1, 0xdd);
  for (let count = 0; count < 4; count++) round(state);
  return hex(first) + hex(at(state, 1) ^ at(state, 3));
}

function wordAt(text: string, start: number, octets: number): number {
  let word = 0;
  for (let index = 0; index < octets; index++) {
    word |= (text.charCodeAt(start + index) & 0xff) << (8 * index);
  }
  return word;
}

function absorb(state: Int32Array, word: number): void {
  mix(state, 3, word);
  round(state);
  round(state);
  mix(state, 0, word);
}

function at(state: Int32Array, index: number): number {
  return state[index] ?? 0;
}

function mix(state: Int32Array, index: number, word: number): void {
  state[index] = at(state, index) ^ word;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function round(state: Int32Array): void {
  let [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = state;
  v0 = (v0 + v1) | 0;
  v1 = rotate(v1, 5) ^ v0;
  v0 = rotate(v0, 16);
  v2 = (v2 + v3) | 0;
  v3 = rotate(v3, 8) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = rotate(v3, 7) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = rotate(v1, 13) ^ v2;
  state[0] = v0;
  state[1] = v1;
  state[2] = rotate(v2, 16);
  state[3] = v3;
}

/** The octets of the word, the lowest first. */
function hex(word: number): string {
  let text = '';
  for (let shift = 0; shift < 32; shift += 8) {
    text += ((word >>> shift) & 0xff).toString(16).padStart(2, '0');
  }
  return text;
}
