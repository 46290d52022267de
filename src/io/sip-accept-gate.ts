import type { Socket } from 'node:net';
import { sourceKey } from '../sip/admission/source-key.ts';

export interface SipAcceptLimits {
  /** Connections of one address at once; of an IPv6 network of 64 bits, which is one customer's. */
  readonly maxPerAddress: number;
  /** TLS handshakes and WebSocket upgrades under way at once. */
  readonly maxHandshakes: number;
  /** How long one of them may take, in milliseconds. */
  readonly handshakeMs: number;
}

export const DEFAULT_ACCEPT_LIMITS: SipAcceptLimits = Object.freeze({
  maxPerAddress: 500,
  maxHandshakes: 256,
  handshakeMs: 5_000,
});

interface Handshake {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
}

/**
 * Who may connect, asked before a byte is read. A handshake that takes too long ends; when there are too many, the oldest makes room, so that
 * nobody is locked out by connections that say nothing.
 */
export class SipAcceptGate {
  readonly #limits: SipAcceptLimits;
  readonly #isAllowed: (address: string) => boolean;
  readonly #perAddress = new Map<string, number>();
  readonly #handshakes = new Map<string, Handshake>();
  #refused = 0;

  constructor(isAllowed: (address: string) => boolean, limits = DEFAULT_ACCEPT_LIMITS) {
    this.#isAllowed = isAllowed;
    this.#limits = limits;
  }

  /** Connections of allowed addresses that were too many. */
  get refused(): number {
    return this.#refused;
  }

  get handshakeMs(): number {
    return this.#limits.handshakeMs;
  }

  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** False when the connection was closed. */
  admit(socket: Socket): boolean {
    const { remoteAddress: address, remotePort } = socket;
    socket.on('error', () => socket.destroy());
    if (address === undefined || remotePort === undefined || !this.#isAllowed(address)) {
      socket.destroy();
      return false;
    }
    const source = sourceKey(address);
    const count = this.#perAddress.get(source) ?? 0;
    if (count >= this.#limits.maxPerAddress) {
      this.#refused++;
      socket.destroy();
      return false;
    }
    this.#perAddress.set(source, count + 1);
    const key = keyOf(socket);
    socket.once('close', () => {
      this.#leave(source);
      this.#settle(key);
    });
    return true;
  }

  /** A handshake begins; it ends with {@link settle} or with the connection. */
  begin(socket: Socket): void {
    if (this.#handshakes.size >= this.#limits.maxHandshakes) {
      const [oldest] = this.#handshakes;
      this.#refused++;
      if (oldest !== undefined) {
        this.#settle(oldest[0]);
        oldest[1].socket.destroy();
      }
    }
    const timer = setTimeout(() => socket.destroy(), this.#limits.handshakeMs).unref();
    this.#handshakes.set(keyOf(socket), { socket, timer });
  }

  /** `socket` may be the TLS socket over the one that was admitted. */
  settle(socket: Socket): void {
    this.#settle(keyOf(socket));
  }

  close(): void {
    for (const { socket, timer } of this.#handshakes.values()) {
      clearTimeout(timer);
      socket.destroy();
    }
    this.#handshakes.clear();
  }

  #leave(source: string): void {
    const count = (this.#perAddress.get(source) ?? 1) - 1;
    if (count === 0) this.#perAddress.delete(source);
    else this.#perAddress.set(source, count);
  }

  #settle(key: string): void {
    clearTimeout(this.#handshakes.get(key)?.timer);
    this.#handshakes.delete(key);
  }
}

function keyOf({ localPort, remoteAddress, remotePort }: Socket): string {
  return `${localPort}|${remoteAddress}|${remotePort}`;
}
