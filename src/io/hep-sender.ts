import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { CapturedMessage } from '../trace/captured-message.ts';
import { type HepPacketOptions, hepPacket } from '../trace/hep-packet.ts';

export interface HepSenderOptions extends HepPacketOptions {
  /** Name or address of the capture server. */
  readonly host: string;
  readonly port: number;
}

/** How soon a server that moved to another address is found again. */
const RESOLVE_MS = 60_000;
const MAX_QUEUED_BYTES = 1_048_576;

/** Sends captured messages to a HEP 3 server, as far as that works: nothing waits for it, failures are counted. */
export class HepSender {
  readonly #options: HepSenderOptions;
  readonly #refresh: NodeJS.Timeout;
  readonly #sockets: Partial<Record<4 | 6, Socket>> = {};
  #address: { readonly address: string; readonly family: 4 | 6 } | undefined;
  #sent = 0;
  #failed = 0;
  #isClosed = false;

  private constructor(options: HepSenderOptions) {
    this.#options = options;
    this.#refresh = setInterval(() => void this.#resolve(), RESOLVE_MS).unref();
  }

  /** Resolves once the name was looked up, whether it was found or not. */
  static async open(options: HepSenderOptions): Promise<HepSender> {
    const sender = new HepSender(options);
    await sender.#resolve();
    return sender;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Messages that did not leave: no such name, no route, no room in the socket. */
  get failed(): number {
    return this.#failed;
  }

  send(message: CapturedMessage, correlationId: string): void {
    const packet = hepPacket(message, correlationId, this.#options);
    const address = this.#address;
    if (packet === undefined || address === undefined || this.#isClosed) {
      this.#failed++;
      return;
    }
    const socket = this.#socket(address.family);
    if (socket.getSendQueueSize() > MAX_QUEUED_BYTES) {
      this.#failed++;
      return;
    }
    socket.send(packet, this.#options.port, address.address, (error) => {
      if (error === null) this.#sent++;
      else this.#failed++;
    });
  }

  /** What is queued still leaves. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#refresh);
    for (const socket of Object.values(this.#sockets)) setImmediate(() => socket.close());
  }

  #socket(family: 4 | 6): Socket {
    const known = this.#sockets[family];
    if (known !== undefined) return known;
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6').unref();
    // A send reports its error to its own callback.
    socket.on('error', () => undefined);
    this.#sockets[family] = socket;
    return socket;
  }

  async #resolve(): Promise<void> {
    const found = await lookup(this.#options.host).catch(() => undefined);
    if (found !== undefined) {
      this.#address = { address: found.address, family: found.family === 6 ? 6 : 4 };
    }
  }
}
