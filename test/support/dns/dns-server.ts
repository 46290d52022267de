import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { encodeAnswer, parseQuestion, type Question, type ZoneRecord } from './dns-wire.ts';

/** What goes wrong with the answers for a name and everything below it. */
export type DnsFault =
  | 'silence'
  | 'servfail'
  | 'nxdomain'
  | 'wrong-id'
  /** Over UDP: truncated and empty; over TCP: right. */
  | 'truncated'
  | 'cname-loop'
  | 'huge'
  | 'garbage'
  | { readonly lateMs: number };

/** A name server on loopback, UDP and TCP, that is told what to say and how to fail. */
export class DnsServer {
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #zone = new Map<string, ZoneRecord[]>();
  readonly #faults = new Map<string, DnsFault>();
  /** `TYPE name` of every question. */
  readonly asked: string[] = [];
  askedOverTcp = 0;
  readonly port: number;

  private constructor(udp: UdpSocket, tcp: Server) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.port = (udp.address() as AddressInfo).port;
    udp.on('message', (message, { address, port }) =>
      this.#answer(message, 'udp', (bytes) => udp.send(bytes, port, address)),
    );
    tcp.on('connection', (socket) => this.#serve(socket));
  }

  static async open(): Promise<DnsServer> {
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const tcp = createServer();
    tcp.listen(udp.address().port, '127.0.0.1');
    await once(tcp, 'listening');
    return new DnsServer(udp, tcp);
  }

  /** For `dns.servers`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  add(name: string, ...records: readonly ZoneRecord[]): this {
    this.#zone.set(name, [...(this.#zone.get(name) ?? []), ...records]);
    return this;
  }

  fail(name: string, fault: DnsFault | undefined): this {
    if (fault === undefined) this.#faults.delete(name);
    else this.#faults.set(name, fault);
    return this;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#udp.close();
    this.#tcp.close();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length > 2 && pending.length >= pending.readUInt16BE(0) + 2) {
        const end = pending.readUInt16BE(0) + 2;
        const message = pending.subarray(2, end);
        pending = pending.subarray(end);
        this.askedOverTcp++;
        this.#answer(message, 'tcp', (answer) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          socket.write(Buffer.concat([length, answer]));
        });
      }
    });
  }

  #answer(message: Buffer, way: 'udp' | 'tcp', reply: (bytes: Buffer) => void): void {
    const question = parseQuestion(message);
    this.asked.push(`${question.type} ${question.name}`);
    const fault = this.#faultOf(question.name);
    if (fault === 'silence') return;
    if (typeof fault === 'object') {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        reply(this.#right(question));
      }, fault.lateMs);
      this.#timers.add(timer);
    } else if (fault === undefined) reply(this.#right(question));
    else reply(this.#wrong(question, fault, way));
  }

  #faultOf(name: string): DnsFault | undefined {
    for (const [suffix, fault] of this.#faults) {
      if (name === suffix || name.endsWith(`.${suffix}`)) return fault;
    }
    return undefined;
  }

  #right({ id, name, type, bytes: question }: Question): Buffer {
    const known = this.#zone.get(name);
    const records = (known ?? [])
      .filter((record) => record.type === type || record.type === 'CNAME')
      .map((record) => ({ ...record, owner: name }));
    return encodeAnswer({ id, question, records, rcode: known === undefined ? 3 : 0 });
  }

  #wrong(asked: Question, fault: DnsFault, way: 'udp' | 'tcp'): Buffer {
    const { id, name, bytes: question } = asked;
    switch (fault) {
      case 'servfail':
        return encodeAnswer({ id, question, records: [], rcode: 2 });
      case 'nxdomain':
        return encodeAnswer({ id, question, records: [], rcode: 3 });
      case 'wrong-id':
        return encodeAnswer({ id: id ^ 0xffff, question, records: [] });
      case 'truncated':
        if (way === 'tcp') return this.#right(asked);
        return encodeAnswer({ id, question, records: [], isTruncated: true });
      case 'cname-loop': {
        const records = [
          { owner: name, type: 'CNAME', data: `loop.${name}` },
          { owner: `loop.${name}`, type: 'CNAME', data: name },
        ] as const;
        return encodeAnswer({ id, question, records });
      }
      case 'huge': {
        const records = Array.from({ length: way === 'udp' ? 80 : 1_000 }, (_, at) => ({
          owner: name,
          type: 'A' as const,
          data: `127.1.${at >> 8}.${at & 255}`,
        }));
        return encodeAnswer({ id, question, records });
      }
      default:
        return Buffer.concat([question, Buffer.alloc(40, 0xff)]);
    }
  }
}
