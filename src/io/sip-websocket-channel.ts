import { isUtf8 } from 'node:buffer';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { type RawData, WebSocket } from 'ws';
import { failurePhrase, type SipChannel, type SipChannelListener } from './sip-channel.ts';

const PING = '\r\n\r\n';
const PONG = '\r\n';
/** RFC 6455 section 7.4.1. */
const NORMAL_CLOSURE = 1_000;

/** RFC 7118: one message in each WebSocket message, text or binary. */
export class SipWebSocketChannel implements SipChannel {
  readonly #socket: WebSocket;
  #waiting: Uint8Array[] | undefined;
  #waitingBytes = 0;
  #failure: string | undefined;
  #certificate: PeerCertificate | undefined;
  listener: SipChannelListener | undefined;
  readonly isPartial = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    if (socket.readyState === WebSocket.CONNECTING) {
      this.#waiting = [];
      socket.once('open', () => this.#open());
      socket.once('upgrade', ({ socket: below }) => {
        const isVerified = below instanceof TLSSocket && below.authorized;
        if (isVerified) this.#certificate = below.getPeerCertificate();
      });
    }
    socket.on('message', (data) => this.#read(data));
    socket.on('pong', () => this.listener?.onPong());
    socket.on('error', (error) => this.fail(upgradePhrase(error)));
    socket.on('close', () => this.listener?.onClosed(this.#failure ?? 'Connection Closed'));
  }

  get isUsable(): boolean {
    const { readyState } = this.#socket;
    return readyState === WebSocket.OPEN || readyState === WebSocket.CONNECTING;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount + this.#waitingBytes;
  }

  get certificate(): PeerCertificate | undefined {
    return this.#certificate;
  }

  send(message: Uint8Array): void {
    if (this.#waiting === undefined) {
      this.#socket.send(message, { binary: !isUtf8(message) });
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.length;
  }

  /** RFC 6455 section 5.5.2: every peer answers it. */
  ping(): void {
    if (this.#waiting === undefined) this.#socket.ping();
  }

  /** RFC 7118 section 6: the answer to CR LF CR LF in a message of its own. */
  pong(): void {
    if (this.#waiting === undefined) this.#socket.send(PONG);
  }

  end(): void {
    this.#socket.close(NORMAL_CLOSURE);
  }

  /** Ends it with this reason, unless there was one before. */
  fail(reason: string): void {
    this.#failure ??= reason;
    this.#socket.terminate();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    for (const message of waiting) this.send(message);
    this.listener?.onOpen();
  }

  #read(data: RawData): void {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat([data].flat().map(toBuffer));
    const text = bytes.length <= PING.length ? bytes.toString('latin1') : '';
    if (bytes.length === 0) return;
    if (text === PONG) this.listener?.onPong();
    else this.listener?.onFramed([text === PING ? { type: 'ping' } : { type: 'message', bytes }]);
  }
}

function toBuffer(part: Buffer | ArrayBuffer): Buffer {
  return Buffer.isBuffer(part) ? part : Buffer.from(part);
}

function upgradePhrase(error: Error): string {
  const isRefused = /Unexpected server response|subprotocol|Sec-WebSocket/.test(error.message);
  return isRefused ? 'WebSocket Upgrade Refused' : failurePhrase(error);
}
