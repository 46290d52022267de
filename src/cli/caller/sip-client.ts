import { randomBytes, randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface SipClientOptions {
  readonly host: string;
  readonly port: number;
  readonly toUser: string;
  readonly fromUser: string;
  /** Address of ours on which SIP and RTP are received. */
  readonly localHost: string;
}

export interface SipAnswer {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
}

interface Response extends SipAnswer {
  readonly cseqMethod: string;
  readonly toTag: string | undefined;
  readonly contact: string | undefined;
}

const T1_MS = 500;

/**
 * The SIP half of the built-in caller: one call over UDP as a user agent client, with just what that takes (RFC 3261 sections
 * 13, 15, 17.1). It shares no code with the server it calls, so that the two cannot agree on a mistake.
 */
export class SipClient {
  readonly #options: SipClientOptions;
  readonly #socket: Socket;
  readonly #callId = randomUUID();
  readonly #fromTag = randomBytes(4).toString('hex');
  #toTag: string | undefined;
  #remoteTarget: string;
  #cseq = 1;
  #retransmit: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  #onResponse: ((response: Response) => void) | undefined;
  #onBye: (() => void) | undefined;
  #ended = false;
  #isClosed = false;

  private constructor(options: SipClientOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    this.#remoteTarget = `sip:${options.toUser}@${options.host}:${options.port}`;
    socket.on('message', (data) => this.#receive(data.toString('latin1')));
  }

  static async open(options: SipClientOptions): Promise<SipClient> {
    const socket = createSocket('udp4');
    socket.bind(0, options.localHost);
    await once(socket, 'listening');
    return new SipClient(options, socket);
  }

  get callId(): string {
    return this.#callId;
  }

  /** Called once when the far end sends BYE. */
  set onBye(listener: () => void) {
    this.#onBye = listener;
  }

  /** INVITE with `sdp`; resolves with the final response, ACKed. */
  async invite(sdp: string): Promise<SipAnswer> {
    const branch = this.#branch();
    const response = await this.#transact('INVITE', branch, sdp);
    this.#toTag = response.toTag;
    if (response.status < 300 && response.contact) this.#remoteTarget = response.contact;
    // The ACK of a 2xx is a transaction of its own; that of a failure belongs to the INVITE's (RFC 3261 17.1.1.3).
    const cseq = this.#cseq;
    const acknowledge = () =>
      this.#send('ACK', response.status < 300 ? this.#branch() : branch, '', cseq);
    this.#onResponse = (again) => {
      if (again.cseqMethod === 'INVITE' && again.status >= 200) void acknowledge();
    };
    await acknowledge();
    return response;
  }

  /** BYE, unless the far end was first. */
  async bye(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#cseq += 1;
    await this.#transact('BYE', this.#branch(), '');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retransmit);
    clearTimeout(this.#giveUp);
    this.#socket.close();
  }

  #transact(method: 'INVITE' | 'BYE', branch: string, body: string): Promise<Response> {
    const cseq = this.#cseq;
    return new Promise((resolve, reject) => {
      this.#giveUp = setTimeout(() => {
        clearTimeout(this.#retransmit);
        reject(
          new Error(`no answer to ${method} from ${this.#options.host}:${this.#options.port}`),
        );
      }, 64 * T1_MS);
      this.#onResponse = (response) => {
        if (response.cseqMethod !== method) return;
        clearTimeout(this.#retransmit);
        if (response.status < 200) return;
        clearTimeout(this.#giveUp);
        resolve(response);
      };
      this.#sendUntilAnswered(() => void this.#send(method, branch, body, cseq), T1_MS);
    });
  }

  #sendUntilAnswered(send: () => void, waitMs: number): void {
    send();
    this.#retransmit = setTimeout(() => this.#sendUntilAnswered(send, waitMs * 2), waitMs);
  }

  /** Resolves when the system has it: a socket that is closed earlier drops it. */
  #send(method: string, branch: string, body: string, cseq: number): Promise<void> {
    const { host, port, toUser, fromUser, localHost } = this.#options;
    const local = `${localHost}:${this.#socket.address().port}`;
    const lines = [
      `${method} ${this.#remoteTarget} SIP/2.0`,
      `Via: SIP/2.0/UDP ${local};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:${fromUser}@${local}>;tag=${this.#fromTag}`,
      `To: <sip:${toUser}@${host}:${port}>${this.#toTag ? `;tag=${this.#toTag}` : ''}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:${fromUser}@${local}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const message = `${lines.join('\r\n')}\r\n\r\n${body}`;
    return new Promise((sent) => {
      this.#socket.send(message, port, host, () => sent());
    });
  }

  #receive(text: string): void {
    if (text.startsWith('SIP/2.0 ')) {
      const response = parseResponse(text);
      if (response) this.#onResponse?.(response);
    } else this.#answerRequest(text);
  }

  #answerRequest(text: string): void {
    const method = text.slice(0, text.indexOf(' '));
    if (method === 'ACK') return;
    const kept = text.split('\r\n').filter((line) => /^(via|from|to|call-id|cseq):/i.test(line));
    const status = method === 'BYE' || method === 'OPTIONS' ? '200 OK' : '501 Not Implemented';
    const { host, port } = this.#options;
    this.#socket.send(
      `SIP/2.0 ${status}\r\n${kept.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`,
      port,
      host,
    );
    if (method !== 'BYE' || this.#ended) return;
    this.#ended = true;
    this.#onBye?.();
  }

  #branch(): string {
    return `z9hG4bK${randomBytes(8).toString('hex')}`;
  }
}

function parseResponse(text: string): Response | undefined {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)/.exec(head);
  const cseq = /^cseq: *\d+ +([A-Z]+)/im.exec(head);
  if (!status || !cseq) return undefined;
  return {
    status: Number(status[1]),
    reason: status[2] ?? '',
    body: rest.join('\r\n\r\n'),
    cseqMethod: cseq[1] ?? '',
    toTag: /^to:.*;tag=([^;\s]+)/im.exec(head)?.[1],
    contact: /^contact:.*<([^>]+)>/im.exec(head)?.[1],
  };
}
