import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A bare UDP socket that keeps every datagram and lets a test wait for one. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #received: string[] = [];
  readonly #waiting: ((message: string) => boolean)[] = [];
  readonly port: number;
  readonly host: string;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.host = host;
    this.port = (socket.address() as AddressInfo).port;
    socket.on('message', (bytes) => this.#receive(bytes.toString('latin1')));
  }

  static async open(host = '127.0.0.1'): Promise<RawPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new RawPeer(socket, host);
  }

  get received(): readonly string[] {
    return this.#received;
  }

  send(message: string, port: number, host = '127.0.0.1'): void {
    this.#socket.send(Buffer.from(message, 'latin1'), port, host);
  }

  /** The first datagram not yet waited for whose start matches; those before it stay. */
  next(start: RegExp): Promise<string> {
    const at = this.#received.findIndex((message) => start.test(message));
    if (at !== -1) return Promise.resolve(this.#received.splice(at, 1)[0] ?? '');
    return new Promise((resolve) => {
      this.#waiting.push((message) => {
        if (!start.test(message)) return false;
        resolve(message);
        return true;
      });
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive(message: string): void {
    const at = this.#waiting.findIndex((take) => take(message));
    if (at === -1) this.#received.push(message);
    else this.#waiting.splice(at, 1);
  }
}

let branches = 0;

export interface RawRequest {
  readonly method: string;
  readonly from: RawPeer;
  readonly callId: string;
  readonly sequence?: number;
  readonly branch?: string;
  readonly toTag?: string;
  readonly uri?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly transport?: 'UDP' | 'TCP';
}

/** A request as a simple phone writes it; its From tag is `caller`. */
export function rawRequest(options: RawRequest): string {
  const { method, from, callId, sequence = 1, body = '', transport = 'UDP' } = options;
  const { branch = `z9hG4bK-raw-${++branches}`, uri = 'sip:agent@127.0.0.1' } = options;
  const toTag = options.toTag === undefined ? '' : `;tag=${options.toTag}`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${from.host}:${from.port};branch=${branch}`,
    'Max-Forwards: 70',
    `From: "Caller" <sip:+15550100@127.0.0.1>;tag=caller`,
    `To: <sip:agent@127.0.0.1>${toTag}`,
    `Call-ID: ${callId}`,
    `CSeq: ${sequence} ${method}`,
    `Contact: <sip:caller@${from.host}:${from.port}>`,
    ...(options.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** The answer of a simple phone to a request that it received; its To tag is `callee`. */
export function rawResponse(
  request: string,
  status: string,
  options: { readonly headers?: readonly string[]; readonly body?: string } = {},
): string {
  const { body = '' } = options;
  const echoed = request.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
  const to = headerOf(request, 'To');
  return [
    `SIP/2.0 ${status}`,
    ...echoed,
    `To: ${/;tag=/.test(to) ? to : `${to};tag=callee`}`,
    ...(options.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

export function headerOf(message: string, name: string): string {
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(message)?.[1]?.trim() ?? '';
}

/** The CSeq of a later request of the same dialog: where the count begins is the server's choice. */
export function cseqAfter(request: string, later: number, method: string): string {
  return `${Number.parseInt(headerOf(request, 'CSeq'), 10) + later} ${method}`;
}

export function toTagOf(message: string): string {
  return /;tag=([^;\r]*)/.exec(headerOf(message, 'To'))?.[1] ?? '';
}
