import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface ReceivedRtp {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

export interface RtpToSend {
  readonly payload: Uint8Array;
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly ssrc?: number;
  /** Instead of the next one; the next one follows it. */
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
}

/** The far end of a call: a real UDP socket that sends and keeps RTP. */
export class RtpPeer {
  readonly packets: ReceivedRtp[] = [];
  readonly #socket: Socket;
  #target = 0;
  #sequenceNumber = 100;
  #timestamp = 4_000;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram) => this.#receive(datagram));
  }

  static async open(address = '127.0.0.1'): Promise<RtpPeer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(0, address);
    await once(socket, 'listening');
    return new RtpPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The session's RTP port. */
  aimAt(port: number): this {
    this.#target = port;
    return this;
  }

  send(packet: RtpToSend): void {
    const sequenceNumber = packet.sequenceNumber ?? this.#sequenceNumber;
    const timestamp = packet.timestamp ?? this.#timestamp;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.#timestamp = (timestamp + packet.payload.length) >>> 0;
    const datagram = Buffer.alloc(12 + packet.payload.length);
    datagram[0] = 0x80;
    datagram[1] = (packet.payloadType ?? 0) | (packet.marker ? 0x80 : 0);
    datagram.writeUInt16BE(sequenceNumber, 2);
    datagram.writeUInt32BE(timestamp, 4);
    datagram.writeUInt32BE(packet.ssrc ?? 0x1234_5678, 8);
    datagram.set(packet.payload, 12);
    this.sendBytes(datagram);
  }

  sendBytes(datagram: Uint8Array): void {
    this.#socket.send(datagram, this.#target, '127.0.0.1');
  }

  /** Resolves when `count` packets have come since the peer was opened. */
  async received(count: number): Promise<readonly ReceivedRtp[]> {
    while (this.packets.length < count) await once(this.#socket, 'message');
    return this.packets.slice(0, count);
  }

  /** Answers each packet with one of its own: the engine's clock is the peer's. */
  answerWith(payload: () => Uint8Array): void {
    this.#socket.on('message', () => this.send({ payload: payload() }));
  }

  close(): void {
    this.#socket.close();
  }

  #receive(datagram: Buffer): void {
    const second = datagram[1] ?? 0;
    if (datagram.length < 12 || (second >= 192 && second <= 223)) return;
    this.packets.push({
      marker: second >= 128,
      payloadType: second & 0x7f,
      sequenceNumber: datagram.readUInt16BE(2),
      timestamp: datagram.readUInt32BE(4),
      ssrc: datagram.readUInt32BE(8),
      payload: datagram.subarray(12),
    });
  }
}
