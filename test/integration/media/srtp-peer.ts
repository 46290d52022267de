import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import {
  SRTP_KEY_BYTES,
  type SrtpAgreement,
  type SrtpSuite,
} from '../../../src/media/media-engine.ts';
import { parseRtp, type RtpPacket, serializeRtp } from '../../support/rtp/rtp-packet.ts';
import { SrtpReference } from '../../support/rtp/srtp.ts';

/** Keys of both sides, as a session is told. */
export function newKeys(suite: SrtpSuite): SrtpAgreement {
  const key = (): Uint8Array => new Uint8Array(randomBytes(SRTP_KEY_BYTES[suite]));
  return { suite, sendKey: key(), receiveKey: key() };
}

/** The far end of an encrypted session, with RTP and RTCP on one socket; its cryptography is node's. */
export class SrtpPeer {
  readonly packets: RtpPacket[] = [];
  readonly reports: Buffer[] = [];
  /** What could not be opened. */
  readonly strange: Buffer[] = [];
  readonly #socket: Socket;
  readonly #news = new EventEmitter();
  readonly #in: SrtpReference;
  readonly #out: SrtpReference;
  #target = 0;
  #rollover = 0;
  #sequenceNumber: number;

  private constructor(socket: Socket, keys: SrtpAgreement, sequenceNumber: number) {
    this.#socket = socket;
    this.#in = new SrtpReference(keys.suite, keys.sendKey);
    this.#out = new SrtpReference(keys.suite, keys.receiveKey);
    this.#sequenceNumber = sequenceNumber;
    socket.on('message', (datagram) => this.#receive(datagram));
  }

  static async open(keys: SrtpAgreement, sequenceNumber = 100): Promise<SrtpPeer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SrtpPeer(socket, keys, sequenceNumber);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  aimAt(port: number): this {
    this.#target = port;
    return this;
  }

  /** The packet on the wire. */
  send(payload: Uint8Array): Buffer {
    const datagram = this.#out.protect(
      serializeRtp({
        payloadType: 0,
        marker: false,
        ssrc: 0x1234_5678,
        sequenceNumber: this.#sequenceNumber,
        timestamp: (this.#rollover * 0x1_0000 + this.#sequenceNumber) * 160,
        payload,
      }),
      this.#rollover,
    );
    this.#sequenceNumber += 1;
    if (this.#sequenceNumber === 0x1_0000) {
      this.#sequenceNumber = 0;
      this.#rollover += 1;
    }
    this.sendBytes(datagram);
    return datagram;
  }

  sendReport(report: Uint8Array): void {
    this.sendBytes(this.#out.protectRtcp(report));
  }

  sendBytes(datagram: Uint8Array): void {
    this.#socket.send(datagram, this.#target, '127.0.0.1');
  }

  async received(count: number): Promise<void> {
    while (this.packets.length < count) await once(this.#news, 'packet');
  }

  async reported(count: number): Promise<void> {
    while (this.reports.length < count) await once(this.#news, 'report');
  }

  close(): void {
    this.#socket.close();
  }

  #receive(datagram: Buffer): void {
    const type = datagram[1] ?? 0;
    const isRtcp = type >= 192 && type <= 223;
    const clear = isRtcp ? this.#in.unprotectRtcp(datagram) : this.#in.unprotect(datagram);
    if (clear === undefined) this.strange.push(datagram);
    else if (isRtcp) this.reports.push(clear);
    else {
      const packet = parseRtp(clear);
      if (packet) this.packets.push(packet);
    }
    this.#news.emit(isRtcp ? 'report' : 'packet');
  }
}
