import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SeededRandom } from '../../../support/random/seeded-random.ts';
import type { Behaviour } from './session-plan.ts';

const RTP_HEADER_BYTES = 12;
const EVENT_PAYLOAD_TYPE = 101;
const LARGEST_DATAGRAM = 3_000;
const FLOOD = 15;

/**
 * The far end of every session: one socket that answers each packet as the session that it came from is to be answered. Keeps nothing
 * of a session but how it behaves.
 */
export class FaultyPeer {
  readonly #socket: Socket;
  readonly #random: SeededRandom;
  readonly #behaviours = new Map<number, Behaviour>();

  private constructor(socket: Socket, seed: number) {
    this.#socket = socket;
    this.#random = new SeededRandom(seed);
    socket.on('message', (packet, { port }) => this.#answer(packet, port));
  }

  static async open(seed: number): Promise<FaultyPeer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new FaultyPeer(socket, seed);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Of the session at `port`, from now on. */
  behave(port: number, behaviour: Behaviour): void {
    this.#behaviours.set(port, behaviour);
  }

  close(): void {
    this.#socket.close();
  }

  #answer(packet: Buffer, port: number): void {
    if (packet.length < RTP_HEADER_BYTES) return;
    switch (this.#behaviours.get(port)) {
      case 'echo':
        this.#send(packet, port);
        break;
      case 'lossy':
        this.#sendBadly(packet, port);
        break;
      case 'garbage':
        this.#send(this.#garbage(packet), port);
        break;
      case 'flood':
        for (let count = 0; count < FLOOD; count += 1) this.#send(renumbered(packet, count), port);
        break;
      case 'keys':
        this.#send(packet, port);
        this.#send(this.#keyOf(packet), port);
        break;
      default:
    }
  }

  /** One in five is lost; some come twice, some out of order, some with another SSRC. */
  #sendBadly(packet: Buffer, port: number): void {
    if (this.#random.oneIn(5)) return;
    this.#send(packet, port);
    if (this.#random.oneIn(10)) this.#send(packet, port);
    if (this.#random.oneIn(10)) this.#send(renumbered(packet, -3), port);
    if (!this.#random.oneIn(200)) return;
    const other = Buffer.from(packet);
    other.writeUInt32BE(this.#random.word(), 8);
    this.#send(other, port);
  }

  /** Noise, the beginning of a packet, a packet with a flipped bit, one that is too large, RTCP that is none. */
  #garbage(packet: Buffer): Buffer {
    const random = this.#random;
    const kind = random.below(5);
    if (kind === 0) return noise(random, random.below(300));
    if (kind === 1) return packet.subarray(0, random.below(packet.length));
    if (kind === 2) {
      const flipped = Buffer.from(packet);
      flipped.writeUInt8(flipped.readUInt8(random.below(flipped.length)) ^ 0x40, 0);
      return flipped;
    }
    if (kind === 3) return Buffer.concat([packet, Buffer.alloc(LARGEST_DATAGRAM)]);
    const report = noise(random, 4 + random.below(200));
    report.writeUInt16BE(0x80c8 + random.below(5), 0);
    return report;
  }

  /** RFC 4733: some key, in some state. */
  #keyOf(packet: Buffer): Buffer {
    const key = Buffer.alloc(RTP_HEADER_BYTES + 4);
    packet.copy(key, 0, 0, RTP_HEADER_BYTES);
    key.writeUInt8(EVENT_PAYLOAD_TYPE, 1);
    key.writeUInt8(this.#random.below(18), RTP_HEADER_BYTES);
    key.writeUInt8(this.#random.pick([10, 0x8a]), RTP_HEADER_BYTES + 1);
    key.writeUInt16BE(this.#random.below(4_000), RTP_HEADER_BYTES + 2);
    return key;
  }

  /** Nobody may be there any more. */
  #send(packet: Buffer, port: number): void {
    this.#socket.send(packet, port, '127.0.0.1', () => {});
  }
}

function noise(random: SeededRandom, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.word() & 0xff));
}

function renumbered(packet: Buffer, by: number): Buffer {
  const other = Buffer.from(packet);
  other.writeUInt16BE((packet.readUInt16BE(2) + by) & 0xffff, 2);
  return other;
}
