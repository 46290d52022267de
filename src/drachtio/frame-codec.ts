import { byteStringToBytes, bytesToByteString, concatBytes, noBytes } from '../core/bytes.ts';

/** Frames from a client have at most five digits of length. */
const MAX_FRAME_BYTES = 99_999;
/** A longer one is skipped when its length has no more digits than this. */
const MAX_READABLE_DIGITS = 7;
/** Enough for the id and the type of a frame that is refused. */
const MAX_KEPT_HEAD_BYTES = 256;
const HASH = 35;

/** One frame `<length>#<text>`: the length counts bytes. The leader is a byte string, as the identifiers in it are. */
export function encodeFrame(leader: string, message?: Uint8Array): Uint8Array {
  const head = message === undefined ? leader : `${leader}\r\n`;
  const body = message ?? noBytes();
  return concatBytes([byteStringToBytes(`${head.length + body.length}#${head}`), body]);
}

/** A frame that is too long: what is left of it is thrown away as it comes. */
interface Oversized {
  leftBytes: number;
  head: string;
}

/** Cuts a client's bytes, however they were split or joined on the way, into frames. */
export class FrameDecoder {
  #pending: Uint8Array = noBytes();
  #oversized: Oversized | undefined;
  #refused: string[] = [];
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

  /** Removes and returns the starts of the frames that were too long, leaders included, and were not read. */
  takeRefused(): readonly string[] {
    const refused = this.#refused;
    this.#refused = [];
    return refused;
  }

  #next(): string | undefined {
    while (this.#skip()) {
      const prefix = this.#lengthPrefix();
      if (prefix === undefined) return undefined;
      const end = prefix.octets + prefix.length;
      if (prefix.length <= MAX_FRAME_BYTES) {
        if (this.#pending.length < end) return undefined;
        const frame = bytesToByteString(this.#pending.subarray(prefix.octets, end));
        this.#pending = this.#pending.subarray(end);
        return frame;
      }
      this.#pending = this.#pending.subarray(prefix.octets);
      this.#oversized = { leftBytes: prefix.length, head: '' };
    }
    return undefined;
  }

  /** What stands before the next frame; undefined when it is incomplete, or breaks everything. */
  #lengthPrefix(): { readonly octets: number; readonly length: number } | undefined {
    const prefix = this.#pending.subarray(0, MAX_READABLE_DIGITS + 1);
    const hash = prefix.indexOf(HASH);
    const digits = bytesToByteString(hash === -1 ? prefix : prefix.subarray(0, hash));
    const isTooLong = hash === -1 && digits.length > MAX_READABLE_DIGITS;
    this.#isBroken = !/^[0-9]*$/.test(digits) || hash === 0 || isTooLong;
    if (this.#isBroken || hash === -1) return undefined;
    return { octets: hash + 1, length: Number(digits) };
  }

  /** False while an oversized frame has more to come. */
  #skip(): boolean {
    const frame = this.#oversized;
    if (frame === undefined) return true;
    const taken = this.#pending.subarray(0, frame.leftBytes);
    const room = MAX_KEPT_HEAD_BYTES - frame.head.length;
    frame.head += bytesToByteString(taken.subarray(0, Math.max(0, room)));
    frame.leftBytes -= taken.length;
    this.#pending = this.#pending.subarray(taken.length);
    if (frame.leftBytes > 0) return false;
    this.#refused.push(frame.head);
    this.#oversized = undefined;
    return true;
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
