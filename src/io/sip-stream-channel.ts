import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { StreamFramer } from '../sip/message/stream-framer.ts';
import { failurePhrase, type SipChannel, type SipChannelListener } from './sip-channel.ts';

const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');
const TCP_KEEP_ALIVE_MS = 60_000;

/** TCP, or TLS over it: messages are cut out of the stream (RFC 3261 section 18.3). */
export class SipStreamChannel implements SipChannel {
  readonly #socket: Socket;
  readonly #framer = new StreamFramer();
  /** What waits for the connection; undefined once it is there. */
  #waiting: Buffer[] | undefined;
  #waitingBytes = 0;
  #failure: string | undefined;
  listener: SipChannelListener | undefined;

  /** `readyEvent` is given for a connection that is being opened. */
  constructor(socket: Socket, readyEvent?: 'connect' | 'secureConnect') {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    if (readyEvent !== undefined) {
      this.#waiting = [];
      socket.once(readyEvent, () => this.#open());
    }
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', (error) => {
      this.fail(failurePhrase(error));
    });
    socket.on('close', () => this.listener?.onClosed(this.#failure ?? 'Connection Closed'));
  }

  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.destroyed;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength + this.#waitingBytes;
  }

  get isPartial(): boolean {
    return this.#framer.isPartial;
  }

  get certificate(): PeerCertificate | undefined {
    if (!(this.#socket instanceof TLSSocket) || !this.#socket.authorized) return undefined;
    return this.#socket.getPeerCertificate();
  }

  send(message: Uint8Array): void {
    this.#write(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  }

  ping(): void {
    this.#write(PING);
  }

  pong(): void {
    this.#write(PONG);
  }

  end(): void {
    this.#socket.end();
  }

  /** Ends it with this reason, unless there was one before. */
  fail(reason: string): void {
    this.#failure ??= reason;
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #write(bytes: Buffer): void {
    if (this.#waiting === undefined) {
      this.#socket.write(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    for (const bytes of waiting) this.#socket.write(bytes);
    this.listener?.onOpen();
  }

  #read(bytes: Buffer): void {
    if (bytes.equals(PONG) && !this.#framer.isPartial) this.listener?.onPong();
    this.listener?.onFramed(this.#framer.push(bytes));
  }
}
