import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const ECHOED = /^(?:via|from|to|call-id|cseq|contact)\s*:/i;

/** A gateway that answers every request but ACK with one status, or not at all. */
export class AnsweringGateway {
  /** `OPTIONS sip:...` and so on, as they came. */
  readonly requests: string[] = [];
  /** Undefined: silence. */
  status: number | undefined = 200;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      const lines = bytes.toString('latin1').split('\r\n');
      const [requestLine = ''] = lines;
      this.requests.push(requestLine);
      if (this.status === undefined || requestLine.startsWith('ACK')) return;
      const echoed = lines
        .filter((line) => ECHOED.test(line))
        .map((line) => (/^to\s*:/i.test(line) && !/;tag=/.test(line) ? `${line};tag=gw` : line));
      const head = [`SIP/2.0 ${this.status} Said`, ...echoed, 'Expires: 60', 'Content-Length: 0'];
      socket.send(`${head.join('\r\n')}\r\n\r\n`, from.port, from.address);
    });
  }

  static async open(address: string): Promise<AnsweringGateway> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new AnsweringGateway(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }
}
