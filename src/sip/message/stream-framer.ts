import { bytesToByteString, concatBytes, indexOfBlankLine, noBytes } from '../../core/bytes.ts';
import { Headers } from './headers.ts';
import { parseHeaderLines } from './parse-headers.ts';
import { MAX_MESSAGE_BYTES } from './sip-message.ts';
import { parseDecimal } from './tokens.ts';

export type Framed =
  | { readonly type: 'message'; readonly bytes: Uint8Array }
  /** CR LF CR LF between messages: answer CR LF (RFC 5626 section 4.4.1). */
  | { readonly type: 'ping' }
  /** The end of this message cannot be known: answer what can be answered, then close (RFC 3261 section 18.3). */
  | { readonly type: 'broken'; readonly bytes: Uint8Array };

const CR = 13;
const LF = 10;

/** Cuts the bytes of one stream connection into messages by Content-Length. Never holds more than one message. */
export class StreamFramer {
  #pending: Uint8Array = noBytes();
  /** Where to go on looking for the blank line: bytes that come one at a time are read once each. */
  #searchFrom = 0;
  /** Where the message ends, once its head is complete. */
  #end: number | undefined;
  #isBroken = false;

  /** True while the beginning of a message waits for its rest. */
  get isPartial(): boolean {
    return this.#pending.length > 0 && !isLineBreak(this.#pending[0]);
  }

  push(bytes: Uint8Array): readonly Framed[] {
    const framed: Framed[] = [];
    if (this.#isBroken) return framed;
    this.#pending = this.#pending.length === 0 ? bytes : concatBytes([this.#pending, bytes]);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      framed.push(next);
      if (next.type !== 'broken') continue;
      this.#isBroken = true;
      this.#pending = noBytes();
    }
    return framed;
  }

  #next(): Framed | undefined {
    const other = this.#end === undefined ? (this.#skipLineBreaks() ?? this.#findEnd()) : undefined;
    if (other !== undefined) return other;
    const end = this.#end;
    const bytes = this.#pending;
    if (end === undefined || bytes.length < end) return undefined;
    this.#pending = bytes.length === end ? noBytes() : bytes.subarray(end);
    this.#searchFrom = 0;
    this.#end = undefined;
    return { type: 'message', bytes: bytes.subarray(0, end) };
  }

  /** Sets the end of the message that has begun; returns what there is to say when it cannot have one. */
  #findEnd(): Framed | undefined {
    const bytes = this.#pending;
    if (bytes[0] === undefined || isLineBreak(bytes[0])) return undefined;
    const headEnd = indexOfBlankLine(bytes, this.#searchFrom);
    if (headEnd === -1) {
      this.#searchFrom = Math.max(0, bytes.length - 3);
      return bytes.length > MAX_MESSAGE_BYTES ? { type: 'broken', bytes } : undefined;
    }
    const bodyLength = bodyLengthOf(bytes.subarray(0, headEnd));
    const end = headEnd + 4 + (bodyLength ?? 0);
    if (bodyLength === undefined || end > MAX_MESSAGE_BYTES) {
      return { type: 'broken', bytes: bytes.subarray(0, headEnd + 4) };
    }
    this.#end = end;
    return undefined;
  }

  #skipLineBreaks(): Framed | undefined {
    while (isLineBreak(this.#pending[0])) {
      const bytes = this.#pending;
      if (indexOfBlankLine(bytes.subarray(0, 4)) === 0) {
        this.#pending = bytes.subarray(4);
        return { type: 'ping' };
      }
      // Fewer than four bytes may still become a ping.
      if (bytes.length < 4 && bytes.every(isLineBreak)) return undefined;
      this.#pending = bytes.subarray(1);
    }
    return undefined;
  }
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === CR || byte === LF;
}

/** Over a stream the header is mandatory for a body (RFC 3261 section 20.14): one that comes without it is none. */
function bodyLengthOf(head: Uint8Array): number | undefined {
  const text = bytesToByteString(head);
  const lines = new Headers(parseHeaderLines(text.slice(text.indexOf('\r\n') + 2)).headers).lines(
    'content-length',
  );
  const [line] = lines;
  if (line === undefined) return 0;
  return lines.length > 1 ? undefined : parseDecimal(line.value, MAX_MESSAGE_BYTES);
}
