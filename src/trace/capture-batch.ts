import {
  type CapturedMessage,
  TRACE_TRANSPORTS,
  type TraceAddress,
  type TraceTransport,
} from './captured-message.ts';

/** Time, direction, transport, two ports, two lengths of hosts, length of the message. */
const FIXED_BYTES = 8 + 1 + 1 + 2 + 2 + 1 + 1 + 4;
const MAX_HOST_BYTES = 255;

/** What one message takes in a batch. */
export function recordBytes({ local, remote, bytes }: CapturedMessage): number {
  return FIXED_BYTES + hostLength(local) + hostLength(remote) + bytes.length;
}

/** Writes one message after the other into one buffer, which then goes to another thread as a whole. */
export class CaptureBatchWriter {
  readonly #buffer: ArrayBuffer;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes: number) {
    this.#buffer = new ArrayBuffer(capacityBytes);
    this.#view = new DataView(this.#buffer);
    this.#bytes = new Uint8Array(this.#buffer);
  }

  /** The used part is its first {@link length} bytes. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  get length(): number {
    return this.#length;
  }

  /** False, and nothing written, when the rest of the buffer is too small. */
  add(message: CapturedMessage): boolean {
    if (this.#length + recordBytes(message) > this.#buffer.byteLength) return false;
    const { atUs, direction, transport, local, remote, bytes } = message;
    const view = this.#view;
    let at = this.#length;
    view.setFloat64(at, atUs);
    view.setUint8(at + 8, direction === 'in' ? 0 : 1);
    view.setUint8(at + 9, TRACE_TRANSPORTS.indexOf(transport));
    view.setUint16(at + 10, local.port);
    view.setUint16(at + 12, remote.port);
    view.setUint8(at + 14, hostLength(local));
    view.setUint8(at + 15, hostLength(remote));
    view.setUint32(at + 16, bytes.length);
    at = this.#writeHost(at + FIXED_BYTES, local);
    at = this.#writeHost(at, remote);
    this.#bytes.set(bytes, at);
    this.#length = at + bytes.length;
    return true;
  }

  #writeHost(from: number, address: TraceAddress): number {
    const length = hostLength(address);
    for (let at = 0; at < length; at++) this.#bytes[from + at] = address.host.charCodeAt(at);
    return from + length;
  }
}

/** The messages of a batch, in the order in which they were written. Their bytes are views of the buffer. */
export function* readCaptureBatch(buffer: ArrayBuffer, length: number): Generator<CapturedMessage> {
  const view = new DataView(buffer);
  let at = 0;
  while (at + FIXED_BYTES <= length) {
    const localEnd = at + FIXED_BYTES + view.getUint8(at + 14);
    const remoteEnd = localEnd + view.getUint8(at + 15);
    const end = remoteEnd + view.getUint32(at + 16);
    yield {
      atUs: view.getFloat64(at),
      direction: view.getUint8(at + 8) === 0 ? 'in' : 'out',
      transport: transportAt(view.getUint8(at + 9)),
      local: { host: readHost(buffer, at + FIXED_BYTES, localEnd), port: view.getUint16(at + 10) },
      remote: { host: readHost(buffer, localEnd, remoteEnd), port: view.getUint16(at + 12) },
      bytes: new Uint8Array(buffer, remoteEnd, end - remoteEnd),
    };
    at = end;
  }
}

function transportAt(index: number): TraceTransport {
  return TRACE_TRANSPORTS[index] ?? 'udp';
}

/** Addresses are ASCII. */
function readHost(buffer: ArrayBuffer, from: number, to: number): string {
  return String.fromCharCode(...new Uint8Array(buffer, from, to - from));
}

function hostLength({ host }: TraceAddress): number {
  return Math.min(host.length, MAX_HOST_BYTES);
}
