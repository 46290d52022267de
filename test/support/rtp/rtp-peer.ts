import { randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeG711, encodeG711, type G711Law, PAYLOAD_TYPE } from './g711-reference.ts';
import { type ReceivedPacket, type RtpContinuity, rtpContinuity } from './rtp-continuity.ts';
import { parseRtp, serializeRtp } from './rtp-packet.ts';

const PTIME_MS = 20;
const SAMPLES_PER_PACKET = 160;
const SILENCE = new Int16Array(SAMPLES_PER_PACKET);
/** A minute of both ways, far more than any test has. */
const MAX_PACKETS = 6_000;

export interface RtpPeerOptions {
  readonly address?: string;
  readonly law?: G711Law;
}

/**
 * A telephone's audio socket for tests: like one it sends a packet every 20 ms once it knows where to (the source of the first
 * packet it gets, or {@link start}), silence while it has nothing to say, and keeps everything it hears.
 */
export class RtpPeer {
  readonly address: string;
  readonly received: ReceivedPacket[] = [];
  readonly #socket: Socket;
  readonly #law: G711Law;
  readonly #ssrc = randomInt(2 ** 32);
  readonly #queue: Int16Array[] = [];
  readonly #waiting: { readonly packets: number; readonly resolve: () => void }[] = [];
  #drained: (() => void)[] = [];
  #remote: { readonly address: string; readonly port: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #packetsSent = 0;

  private constructor(socket: Socket, law: G711Law) {
    this.#socket = socket;
    this.#law = law;
    this.address = socket.address().address;
    socket.on('message', (bytes, from) => this.#handlePacket(bytes, from));
  }

  static async open(options: RtpPeerOptions = {}): Promise<RtpPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, options.address ?? '127.0.0.1');
    await once(socket, 'listening');
    return new RtpPeer(socket, options.law ?? 'PCMU');
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get packetsSent(): number {
    return this.#packetsSent;
  }

  /** Begins to send; later calls are ignored. */
  start(remote: { readonly address: string; readonly port: number }): void {
    if (this.#remote !== undefined) return;
    this.#remote = remote;
    this.#startedAtMs = performance.now();
    this.#sendDue();
  }

  /** Says it after what is still to be said; resolves when the last packet of it is sent. 8 kHz. */
  speak(samples: Int16Array): Promise<void> {
    for (let at = 0; at < samples.length; at += SAMPLES_PER_PACKET) {
      const frame = new Int16Array(SAMPLES_PER_PACKET);
      frame.set(samples.subarray(at, at + SAMPLES_PER_PACKET));
      this.#queue.push(frame);
    }
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Resolves when it has heard so many packets in all. */
  heard(packets: number): Promise<void> {
    if (this.received.length >= packets) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ packets, resolve }));
  }

  /** Everything heard in its law, packet after packet as it came. */
  audio(): Int16Array {
    const bytes = this.received
      .filter((packet) => packet.payloadType === PAYLOAD_TYPE[this.#law])
      .flatMap((packet) => [...packet.payload]);
    return decodeG711(this.#law, Uint8Array.from(bytes));
  }

  continuity(): RtpContinuity {
    return rtpContinuity(this.received);
  }

  /** Whatever it is, from the same port as its audio. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#remote?.port ?? 0, this.#remote?.address);
  }

  /** Stops sending and frees the port. What was heard stays. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket.close();
  }

  #handlePacket(bytes: Uint8Array, from: RemoteInfo): void {
    const atMs = performance.now();
    const packet = parseRtp(bytes);
    if (packet === undefined || this.received.length >= MAX_PACKETS) return;
    this.received.push({ ...packet, atMs, address: from.address, port: from.port });
    this.start({ address: from.address, port: from.port });
    for (const { packets, resolve } of this.#waiting) {
      if (this.received.length >= packets) resolve();
    }
  }

  /** A late timer is made up for at once: the rate is the clock's, not the timer's. */
  #sendDue(): void {
    const dueAtMs = () => this.#startedAtMs + this.#packetsSent * PTIME_MS;
    while (dueAtMs() <= performance.now()) this.#sendPacket();
    this.#timer = setTimeout(() => this.#sendDue(), Math.max(0, dueAtMs() - performance.now()));
  }

  #sendPacket(): void {
    const frame = this.#queue.shift() ?? SILENCE;
    const bytes = serializeRtp({
      payloadType: PAYLOAD_TYPE[this.#law],
      marker: this.#packetsSent === 0,
      sequenceNumber: this.#packetsSent & 0xffff,
      timestamp: (this.#packetsSent * SAMPLES_PER_PACKET) >>> 0,
      ssrc: this.#ssrc,
      payload: encodeG711(this.#law, frame),
    });
    this.#packetsSent += 1;
    this.#socket.send(bytes, this.#remote?.port ?? 0, this.#remote?.address);
    if (this.#queue.length > 0) return;
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }
}
