import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A HEP 3 packet as a capture server reads it. */
export interface ReceivedHep {
  readonly family: number;
  readonly protocol: number;
  readonly source: string;
  readonly target: string;
  readonly atUs: number;
  readonly protocolType: number;
  readonly captureId: number;
  readonly password: string | undefined;
  readonly correlationId: string;
  readonly payload: string;
}

/** A capture server that keeps what it reads. Written from the specification, not from the sender. */
export class HepReceiver {
  readonly received: ReceivedHep[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => this.received.push(parseHep(bytes)));
  }

  static async open(): Promise<HepReceiver> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new HepReceiver(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }
}

function parseHep(bytes: Buffer): ReceivedHep {
  if (bytes.toString('latin1', 0, 4) !== 'HEP3') throw new Error('no HEP 3');
  if (bytes.readUInt16BE(4) !== bytes.length)
    throw new Error('the length is not that of the packet');
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < bytes.length; at += bytes.readUInt16BE(at + 4)) {
    if (bytes.readUInt16BE(at) !== 0) throw new Error('not a generic chunk');
    chunks.set(bytes.readUInt16BE(at + 2), bytes.subarray(at + 6, at + bytes.readUInt16BE(at + 4)));
  }
  const chunk = (type: number): Buffer => {
    const found = chunks.get(type);
    if (found === undefined) throw new Error(`no chunk ${type}`);
    return found;
  };
  return {
    family: chunk(1).readUInt8(),
    protocol: chunk(2).readUInt8(),
    source: `${chunk(3).join('.')}:${chunk(7).readUInt16BE()}`,
    target: `${chunk(4).join('.')}:${chunk(8).readUInt16BE()}`,
    atUs: chunk(9).readUInt32BE() * 1e6 + chunk(10).readUInt32BE(),
    protocolType: chunk(11).readUInt8(),
    captureId: chunk(12).readUInt32BE(),
    password: chunks.get(14)?.toString(),
    correlationId: chunk(17).toString(),
    payload: chunk(15).toString(),
  };
}
