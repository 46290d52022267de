import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { headerOf } from './raw-peer.ts';
import { TransportPeer } from './transport-peer.ts';

/** Where the messages of RFC 4475 want their replies over UDP: the ports of their Via, the default one first. */
const REPLY_PORTS: readonly number[] = [5_060, 5_050];
const FINAL = /^SIP\/2\.0 [2-6][0-9]{2}/;

export interface TortureLineOptions {
  readonly transport: Transport;
  /** Of the server. */
  readonly port: number;
  /** Whom the datagrams come from. */
  readonly localAddress: string;
}

/** A carrier's line that sends octets as they are and keeps what comes back: over UDP on the ports that most messages name, else on the connection. */
export class TortureLine {
  readonly #transport: Transport;
  readonly #peer: TransportPeer | undefined;
  readonly #sockets: readonly Socket[];
  readonly #port: number;
  readonly #finals: string[] = [];
  readonly #waiting: ((final: string) => void)[] = [];

  private constructor(
    { transport, port }: TortureLineOptions,
    ends: { readonly peer?: TransportPeer; readonly sockets?: readonly Socket[] },
  ) {
    this.#transport = transport;
    this.#port = port;
    this.#peer = ends.peer;
    this.#sockets = ends.sockets ?? [];
    for (const socket of this.#sockets) {
      socket.on('message', (bytes) => this.#receive(bytes.toString('latin1')));
    }
  }

  static async open(options: TortureLineOptions): Promise<TortureLine> {
    const { transport, port, localAddress } = options;
    if (transport !== 'udp') {
      return new TortureLine(options, { peer: await TransportPeer.connect(transport, { port }) });
    }
    const sockets = REPLY_PORTS.map((local) => createSocket('udp4').bind(local, localAddress));
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    return new TortureLine(options, { sockets });
  }

  send(bytes: Uint8Array): void {
    if (this.#peer === undefined) this.#sockets[0]?.send(bytes, this.#port, '127.0.0.1');
    else this.#peer.send(bytes);
  }

  /** The next final response that nobody has taken; it is acknowledged when it is one to INVITE. */
  async final(requestUri = 'sip:x@127.0.0.1'): Promise<string> {
    const final = this.#peer
      ? await this.#peer.next(FINAL)
      : (this.#finals.shift() ??
        (await new Promise<string>((resolve) => this.#waiting.push(resolve))));
    const isOfInvite = /INVITE$/.test(headerOf(final, 'CSeq'));
    if (isOfInvite && !this.isClosed) this.send(acknowledge(final, requestUri));
    return final;
  }

  /** Final responses that nobody has taken. */
  get unread(): readonly string[] {
    if (this.#peer === undefined) return this.#finals;
    return this.#peer.received.filter((message) => FINAL.test(message));
  }

  /** An OPTIONS of its own over this line; resolves with its answer. Finals that come before it stay unread. */
  async options(callId: string): Promise<string> {
    this.send(Buffer.from(this.#optionsRequest(callId)));
    const early: string[] = [];
    for (;;) {
      const final = await this.final();
      if (headerOf(final, 'Call-ID') !== callId) {
        early.push(final);
        continue;
      }
      this.#giveBack(early);
      return final;
    }
  }

  /** Settles when the server has ended the connection. */
  get closed(): Promise<void> {
    return this.#peer?.closed ?? Promise.resolve();
  }

  get isClosed(): boolean {
    return this.#peer?.isClosed ?? false;
  }

  close(): void {
    this.#peer?.close();
    for (const socket of this.#sockets) socket.close();
  }

  #giveBack(early: readonly string[]): void {
    if (this.#peer === undefined) this.#finals.unshift(...early);
    else for (const final of early) this.#peer.receive(final);
  }

  #receive(message: string): void {
    if (!FINAL.test(message)) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#finals.push(message);
    else waiting(message);
  }

  #optionsRequest(callId: string): string {
    const via = `SIP/2.0/${this.#transport.toUpperCase()} 127.0.0.1:5060;branch=z9hG4bK-${callId};rport`;
    return [
      'OPTIONS sip:alive@127.0.0.1 SIP/2.0',
      `Via: ${via}`,
      'Max-Forwards: 70',
      'From: <sip:carrier@127.0.0.1>;tag=1',
      'To: <sip:alive@127.0.0.1>',
      `Call-ID: ${callId}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  }
}

/** ACK of a failure: the same top Via (RFC 3261 section 17.1.1.3). */
function acknowledge(final: string, requestUri: string): Uint8Array {
  // Headers come back under the names that they came with.
  const sent = (name: string, compact: string) => headerOf(final, name) || headerOf(final, compact);
  const lines = [
    `ACK ${requestUri} SIP/2.0`,
    `Via: ${sent('Via', 'v')}`,
    `From: ${sent('From', 'f')}`,
    `To: ${sent('To', 't')}`,
    `Call-ID: ${sent('Call-ID', 'i')}`,
    `CSeq: ${Number.parseInt(headerOf(final, 'CSeq'), 10)} ACK`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
