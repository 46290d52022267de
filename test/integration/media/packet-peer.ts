import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { parseRtp, type RtpPacket, serializeRtp } from '../../support/rtp/rtp-packet.ts';

/** A sequence number or timestamp given takes the place of the next one; the next one follows it. */
type PacketToSend = Pick<RtpPacket, 'payload'> & Partial<RtpPacket>;

/** The far end of a media session: a real UDP socket that sends what it is told, packet by packet, and keeps what it gets. */
export class PacketPeer {
  readonly packets: RtpPacket[] = [];
  readonly #socket: Socket;
  #target = 0;
  #sequenceNumber = 100;
  #timestamp = 4_000;
  #passed = 0;
  #losesEvery = Number.POSITIVE_INFINITY;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram) => this.#receive(datagram));
  }

  static async open(address = '127.0.0.1'): Promise<PacketPeer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(0, address);
    await once(socket, 'listening');
    return new PacketPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The session's RTP port. */
  aimAt(port: number): this {
    this.#target = port;
    return this;
  }

  send(packet: PacketToSend): void {
    const sequenceNumber = packet.sequenceNumber ?? this.#sequenceNumber;
    const timestamp = packet.timestamp ?? this.#timestamp;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.#timestamp = (timestamp + packet.payload.length) >>> 0;
    const defaults = { payloadType: 0, marker: false, ssrc: 0x1234_5678 };
    this.sendBytes(serializeRtp({ ...defaults, ...packet, sequenceNumber, timestamp }));
  }

  sendBytes(datagram: Uint8Array): void {
    this.#socket.send(datagram, this.#target, '127.0.0.1');
  }

  /** Resolves when `count` packets have come since the peer was opened. */
  async received(count: number): Promise<readonly RtpPacket[]> {
    while (this.packets.length < count) await once(this.#socket, 'message');
    return this.packets.slice(0, count);
  }

  /** Answers each packet with one of its own: the engine's clock is the peer's. */
  answerWith(payload: () => Uint8Array): void {
    this.answerBy(() => this.send({ payload: payload() }));
  }

  answerBy(send: () => void): void {
    this.#socket.on('message', send);
  }

  /** What comes here leaves there: the two ends of a wire. */
  passOn(otherEnd: PacketPeer): void {
    this.#socket.on('message', (datagram) => {
      this.#passed += 1;
      if (this.#passed % this.#losesEvery !== 0) otherEnd.sendBytes(datagram);
    });
  }

  /** Of those that are passed on. */
  loseEvery(nth: number): void {
    this.#losesEvery = nth;
  }

  onPacket(listener: () => void): void {
    this.#socket.on('message', listener);
  }

  close(): void {
    this.#socket.close();
  }

  #receive(datagram: Buffer): void {
    const packet = parseRtp(datagram);
    if (packet) this.packets.push(packet);
  }
}
