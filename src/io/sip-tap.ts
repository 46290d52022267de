import type { Endpoint, Transport } from '../sip/endpoint.ts';
import { CaptureBatchWriter, recordBytes } from '../trace/capture-batch.ts';
import type { CapturedMessage, TraceAddress } from '../trace/captured-message.ts';
import { monotonicClock } from './monotonic-clock.ts';

/** What one thread hands to the other: messages in a buffer that then belongs to the reader. */
export interface CaptureBatch {
  readonly buffer: ArrayBuffer;
  /** Used bytes of the buffer. */
  readonly length: number;
  /** Messages lost so far, since the reader was behind. */
  readonly dropped: number;
}

export interface SipTapOptions {
  /** Wall time of the monotonic clock's zero, in milliseconds since 1970. */
  readonly epochMs: number;
  /** Our end of the way to and from there. */
  readonly localFor: (remoteHost: string, transport: Transport) => TraceAddress;
  readonly post: (batch: CaptureBatch) => void;
}

const BATCH_BYTES = 65_536;
/** How long a message waits for others to go along with. */
const BATCH_MS = 100;
/** Batches that the reader has not acknowledged; more messages are dropped and counted. */
const MAX_UNREAD_BATCHES = 32;

/**
 * Copies every SIP message that passes the sockets into batches for another thread. Bounded in memory by the batches that are
 * under way; never waits. After {@link close} nothing is posted.
 */
export class SipTap {
  readonly #options: SipTapOptions;
  #writer: CaptureBatchWriter | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unread = 0;
  #dropped = 0;

  constructor(options: SipTapOptions) {
    this.#options = options;
  }

  received(bytes: Uint8Array, { host, port, transport }: Endpoint): void {
    this.#record('in', transport, { host, port }, bytes);
  }

  /** `address` is the one that the name was resolved to. */
  sent(bytes: Uint8Array, to: Endpoint & { readonly address: string }): void {
    this.#record('out', to.transport, { host: to.address, port: to.port }, bytes);
  }

  /** The reader is done with one batch. */
  acknowledge(): void {
    this.#unread = Math.max(0, this.#unread - 1);
  }

  /** Posts what is there. */
  close(): void {
    this.#post();
  }

  #record(
    direction: CapturedMessage['direction'],
    transport: Transport,
    remote: TraceAddress,
    bytes: Uint8Array,
  ): void {
    if (this.#unread >= MAX_UNREAD_BATCHES) {
      this.#dropped++;
      return;
    }
    const { epochMs, localFor } = this.#options;
    const local = localFor(remote.host, transport);
    const atUs = Math.round((epochMs + monotonicClock.now()) * 1_000);
    const message = { atUs, direction, transport, local, remote, bytes };
    if (this.#writer?.add(message)) return;
    this.#post();
    this.#writer = new CaptureBatchWriter(Math.max(BATCH_BYTES, recordBytes(message)));
    this.#writer.add(message);
    this.#timer = setTimeout(() => this.#post(), BATCH_MS).unref();
  }

  #post(): void {
    clearTimeout(this.#timer);
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    this.#unread++;
    const { buffer, length } = writer;
    this.#options.post({ buffer, length, dropped: this.#dropped });
  }
}
