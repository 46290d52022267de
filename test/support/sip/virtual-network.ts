import { bytesToByteString, noBytes, utf8Bytes } from '../../../src/core/bytes.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import type { Endpoint } from '../../../src/sip/endpoint.ts';
import { header } from '../../../src/sip/message/headers.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';
import type { CommandResult, Sent, UserAgentOutput } from '../../../src/sip/user-agent-io.ts';

export interface NetworkOptions {
  /** Way of one datagram, in milliseconds. */
  readonly delayMs?: number;
  /** Whether the n-th datagram is lost. */
  readonly loses?: (index: number) => boolean;
}

interface Datagram {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** User agents on one wire in virtual time. Every output but `send` goes to the log of its user agent. */
export class VirtualNetwork {
  readonly #options: NetworkOptions;
  readonly #nodes = new Map<string, VirtualNode>();
  readonly #wire: Datagram[] = [];
  #sent = 0;
  /** `host start-line` of everything put on the wire, lost or not. */
  readonly trace: string[] = [];
  now: MonotonicMs = monotonicMs(0);

  constructor(options: NetworkOptions = {}) {
    this.#options = options;
  }

  node(host: string): VirtualNode {
    const node = new VirtualNode(host, this);
    this.#nodes.set(host, node);
    return node;
  }

  put(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    const text = bytesToByteString(bytes);
    this.trace.push(`${from.host} ${text.slice(0, text.indexOf('\r\n'))}`);
    if (this.#options.loses?.(this.#sent++) === true) return;
    this.#wire.push({ at: this.now + (this.#options.delayMs ?? 0), bytes, from, to });
  }

  /** Lets everything happen until the wire is empty and no timer is due before `until`. */
  run(until = Number.POSITIVE_INFINITY): void {
    for (let next = this.#next(); next !== undefined && next <= until; next = this.#next()) {
      this.now = monotonicMs(Math.max(this.now, next));
      const at = this.#wire.findIndex((each) => each.at <= this.now);
      const [datagram] = at === -1 ? [] : this.#wire.splice(at, 1);
      if (datagram === undefined) for (const node of this.#nodes.values()) node.wake();
      else this.#nodes.get(datagram.to.host)?.receive(datagram.bytes, datagram.from);
    }
  }

  /** Only what is on the wire, no timers. */
  deliver(): void {
    this.run(this.now);
  }

  #next(): number | undefined {
    const times = this.#wire.map((each) => each.at);
    for (const node of this.#nodes.values()) {
      const at = node.userAgent.pollTimeout();
      if (at !== undefined) times.push(at);
    }
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

export type Logged = Exclude<UserAgentOutput, { type: 'send' }>;

export class VirtualNode {
  readonly host: string;
  readonly userAgent: UserAgent;
  readonly #network: VirtualNetwork;
  readonly log: Logged[] = [];
  /** Called for each output as it comes. */
  onOutput: (output: Logged) => void = () => undefined;
  #serial = 0;

  constructor(host: string, network: VirtualNetwork) {
    this.host = host;
    this.#network = network;
    this.userAgent = new UserAgent({
      addresses: [host],
      port: 5_060,
      timers: DEFAULT_TIMERS,
      createId: () => `${host}#${++this.#serial}`,
      createToken: () => `${host.replaceAll('.', '-')}t${++this.#serial}`,
      maxServerTransactions: 1_000,
    });
  }

  receive(bytes: Uint8Array, from: Endpoint): void {
    this.userAgent.handleInput({ type: 'received', bytes, source: from }, this.#network.now);
    this.#drain();
  }

  receiveText(text: string, host = '192.0.2.99', port = 5_060): void {
    const source = { transport: 'udp', host, port, connection: undefined } as const;
    this.receive(utf8Bytes(text), source);
  }

  wake(): void {
    this.userAgent.handleTimeout(this.#network.now);
    this.#drain();
  }

  invite(host: string, callId = 'call'): Sent {
    return this.#sent((now) =>
      this.userAgent.request(
        {
          method: 'INVITE',
          uri: `sip:x@${host}`,
          headers: [header('Call-ID', callId)],
          body: utf8Bytes('v=0'),
        },
        now,
      ),
    );
  }

  /** Sends a request outside of any dialog to `host`. */
  send(method: string, host: string, headers = noHeaders(), body = ''): Sent {
    const outgoing = { method, uri: `sip:x@${host}`, headers, body: utf8Bytes(body) };
    return this.#sent((now) => this.userAgent.request(outgoing, now));
  }

  respond(
    transaction: string,
    statusCode: number,
    headers = noHeaders(),
    body = '',
  ): CommandResult {
    const outgoing = { statusCode, reason: 'Reason', headers, body: utf8Bytes(body) };
    return this.#run((now) => this.userAgent.respond(transaction, outgoing, now));
  }

  request(dialog: string, method: string, headers = noHeaders(), body = ''): Sent {
    const outgoing = { method, headers, body: utf8Bytes(body) };
    return this.#sent((now) => this.userAgent.requestInDialog(dialog, outgoing, now));
  }

  /** Any command; what follows from it is put on the wire. */
  command(command: (now: MonotonicMs) => CommandResult): CommandResult {
    return this.#run(command);
  }

  acknowledge(dialog: string): CommandResult {
    const outgoing = { headers: [], body: noBytes() };
    return this.#run((now) => this.userAgent.acknowledge(dialog, outgoing, now));
  }

  cancel(transaction: string): CommandResult {
    return this.#run((now) => this.userAgent.cancel(transaction, [], now));
  }

  abandon(transaction: string): void {
    this.userAgent.abandon(transaction, this.#network.now);
    this.#drain();
  }

  /** The latest output of this type. */
  last<Type extends Logged['type']>(type: Type): Logged & { readonly type: Type } {
    const found = this.log.findLast((each) => each.type === type);
    if (found === undefined) throw new Error(`no ${type} in the log of ${this.host}`);
    return found as Logged & { readonly type: Type };
  }

  statuses(): number[] {
    return this.log.flatMap((each) => (each.type === 'response' ? [each.response.statusCode] : []));
  }

  count(type: Logged['type']): number {
    return this.log.filter((each) => each.type === type).length;
  }

  #sent(command: (now: MonotonicMs) => CommandResult): Sent {
    const result = this.#run(command);
    if ('fault' in result) throw new Error(`refused: ${result.fault}`);
    return result;
  }

  #run(command: (now: MonotonicMs) => CommandResult): CommandResult {
    const result = command(this.#network.now);
    this.#drain();
    return result;
  }

  #drain(): void {
    const source = {
      transport: 'udp',
      host: this.host,
      port: 5_060,
      connection: undefined,
    } as const;
    for (;;) {
      const output = this.userAgent.pollOutput();
      if (output === undefined) return;
      if (output.type === 'send') this.#network.put(output.bytes, source, output.to);
      else {
        this.log.push(output);
        this.onOutput(output);
      }
    }
  }
}

function noHeaders(): readonly ReturnType<typeof header>[] {
  return [];
}
