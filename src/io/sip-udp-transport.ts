import type { Socket } from 'node:dgram';
import type { Endpoint } from '../sip/endpoint.ts';
import { isIpv6 } from '../sip/ip-address.ts';
import { isStun, stunResponse } from '../sip/stun.ts';
import type { SipDestination } from './sip-connections.ts';

const CR = 13;
const LF = 10;
const NUL = 0;

export interface SipUdpListener {
  onMessage(bytes: Uint8Array, source: Endpoint): void;
  /** Asked for every datagram. */
  isAllowed(address: string): boolean;
}

/** With its bind address: asking the socket is a system call. */
interface BoundSocket {
  readonly socket: Socket;
  readonly address: string;
}

/** SIP over UDP on one socket for each bind address. */
export class SipUdpTransport {
  readonly #sockets: readonly BoundSocket[];
  readonly #listener: SipUdpListener;

  constructor(sockets: readonly Socket[], listener: SipUdpListener) {
    this.#sockets = sockets.map((socket) => ({ socket, address: socket.address().address }));
    this.#listener = listener;
    for (const socket of sockets) {
      socket.on('message', (bytes, { address, port }) =>
        this.#receive(socket, bytes, address, port),
      );
      // A send reports its error to its own callback; what remains concerns no one message.
      socket.on('error', () => undefined);
    }
  }

  /** `localAddress` says from which of several sockets of one family. */
  send(
    bytes: Uint8Array,
    { address, port }: SipDestination,
    localAddress: string | undefined,
    onDone: (error: Error | undefined) => void,
  ): void {
    const socket = this.#socketFor(address, localAddress);
    if (socket === undefined) {
      setImmediate(() => onDone(new Error('no socket of this address family')));
      return;
    }
    socket.send(bytes, port, address, (error) => onDone(error ?? undefined));
  }

  close(): void {
    for (const { socket } of this.#sockets) socket.close();
  }

  #socketFor(address: string, localAddress: string | undefined): Socket | undefined {
    const isSix = isIpv6(address);
    const usable = this.#sockets.filter((bound) => isIpv6(bound.address) === isSix);
    return (usable.find((bound) => bound.address === localAddress) ?? usable[0])?.socket;
  }

  #receive(socket: Socket, bytes: Buffer, host: string, port: number): void {
    if (!this.#listener.isAllowed(host)) return;
    if (isStun(bytes)) {
      const response = stunResponse(bytes, { host, port });
      // Lost like any other datagram when it cannot be sent.
      if (response !== undefined) socket.send(response, port, host, () => undefined);
      return;
    }
    if (isKeepAlive(bytes)) return;
    this.#listener.onMessage(bytes, { transport: 'udp', host, port, connection: undefined });
  }
}

/** What phones send to keep a NAT open: line breaks or zeros, and no SIP. */
function isKeepAlive(bytes: Buffer): boolean {
  return bytes.length <= 8 && bytes.every((octet) => octet === CR || octet === LF || octet === NUL);
}
