import { byteStringToBytes, bytesToByteString, concatBytes, noBytes } from '../core/bytes.ts';

/** Frames from a client have at most five digits of length. */
const MAX_LENGTH_DIGITS = 5;
const HASH = 35;

/** One frame `<length>#<text>`: the length counts bytes. The leader is a byte string, as the identifiers in it are. */
export function encodeFrame(leader: string, message?: Uint8Array): Uint8Array {
  const head = message === undefined ? leader : `${leader}\r\n`;
  const body = message ?? noBytes();
  return concatBytes([byteStringToBytes(`${head.length + body.length}#${head}`), body]);
}

/** Cuts a client's bytes, however they were split or joined on the way, into frames. */
export class FrameDecoder {
  #pending: Uint8Array = noBytes();
  #isBroken = false;

  /** True once a length was no number: nothing after it can be read, the client is to be dropped. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The complete frames as byte strings. */
  push(bytes: Uint8Array): readonly string[] {
    if (this.#isBroken) return [];
    this.#pending = this.#pending.length === 0 ? bytes : concatBytes([this.#pending, bytes]);
    const frames: string[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): string | undefined {
    const prefix = this.#pending.subarray(0, MAX_LENGTH_DIGITS + 1);
    const hash = prefix.indexOf(HASH);
    const digits = bytesToByteString(hash === -1 ? prefix : prefix.subarray(0, hash));
    if (
      !/^[0-9]*$/.test(digits) ||
      hash === 0 ||
      (hash === -1 && digits.length > MAX_LENGTH_DIGITS)
    ) {
      this.#isBroken = true;
      return undefined;
    }
    if (hash === -1) return undefined;
    const end = hash + 1 + Number(digits);
    if (this.#pending.length < end) return undefined;
    const frame = bytesToByteString(this.#pending.subarray(hash + 1, end));
    this.#pending = this.#pending.subarray(end);
    return frame;
  }
}

/** What a client sent: its id for the answer, the kind, the other fields, and the SIP message behind the first line. */
export interface ClientMessage {
  readonly id: string;
  readonly type: string;
  readonly fields: readonly string[];
  readonly payload: string | undefined;
}

export function parseClientMessage(frame: string): ClientMessage | undefined {
  const lineEnd = frame.indexOf('\r\n');
  const leader = lineEnd === -1 ? frame : frame.slice(0, lineEnd);
  const [id = '', type = '', ...fields] = leader.split('|');
  if (id === '' || type === '') return undefined;
  return { id, type, fields, payload: lineEnd === -1 ? undefined : frame.slice(lineEnd + 2) };
}
