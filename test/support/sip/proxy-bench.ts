import { bytesToByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import type { Endpoint, Transport } from '../../../src/sip/endpoint.ts';
import type { ProxyCommand, ProxyFault } from '../../../src/sip/proxy/proxy-io.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';
import type { UserAgentOutput } from '../../../src/sip/user-agent-io.ts';

export const PROXY = '10.0.0.1';
export const CALLER = '192.0.2.1';

export interface BenchRequest {
  readonly method?: string;
  readonly uri?: string;
  readonly branch?: string;
  readonly callId?: string;
  readonly sequence?: number;
  readonly toTag?: string;
  readonly from?: string;
  readonly transport?: string;
  readonly headers?: readonly string[];
}

/** A request of somebody at `from`; Max-Forwards 70 unless the headers have one. */
export function benchRequest(options: BenchRequest = {}): string {
  const { method = 'INVITE', uri = `sip:bob@${PROXY}`, callId = 'c', sequence = 1 } = options;
  const { branch = `z9hG4bK-${callId}-${sequence}-${method}`, from = CALLER } = options;
  const { toTag, transport = 'UDP', headers = [] } = options;
  const hasMaxForwards = headers.some((line) => line.startsWith('Max-Forwards'));
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${from}:5060;branch=${branch}`,
    ...(hasMaxForwards ? [] : ['Max-Forwards: 70']),
    'From: <sip:alice@a>;tag=F',
    `To: <sip:bob@b>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${sequence} ${method}`,
    `Contact: <sip:alice@${from}>`,
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

export interface SentMessage {
  readonly text: string;
  readonly to: Endpoint;
}

/** One user agent as a proxy in virtual time, between peers that are written out by hand. */
export class ProxyBench {
  readonly ua: UserAgent;
  readonly log: UserAgentOutput[] = [];
  readonly #sent: SentMessage[] = [];
  now: MonotonicMs = monotonicMs(0);
  #serial = 0;

  constructor() {
    this.ua = new UserAgent({
      addresses: [PROXY],
      port: 5_060,
      timers: DEFAULT_TIMERS,
      createId: () => `id${++this.#serial}`,
      createToken: () => `tok${++this.#serial}`,
      maxServerTransactions: 1_000,
    });
  }

  receive(text: string, host = CALLER, transport: Transport = 'udp'): this {
    const connection = transport === 'tcp' ? 7 : undefined;
    const source = { transport, host, port: 5_060, connection } as const;
    this.ua.handleInput({ type: 'received', bytes: utf8Bytes(text), source }, this.now);
    return this.#drain();
  }

  /** What the user does with the latest request. */
  proxy(targets: readonly string[], options: Partial<ProxyCommand> = {}): ProxyFault | undefined {
    const request = this.log.findLast(({ type }) => type === 'request');
    if (request?.type !== 'request') throw new Error('no request to proxy');
    const command = {
      targets,
      isParallel: false,
      followRedirects: false,
      remainInDialog: false,
      provisionalTimeoutMs: undefined,
      headers: [],
      ...options,
    };
    const fault = this.ua.proxy(request.transaction, command, this.now);
    this.#drain();
    return fault;
  }

  /** An INVITE (or `request`) that has been proxied; what was sent for it is still to be taken. */
  forward(
    targets: readonly string[],
    options: Partial<ProxyCommand> = {},
    request: BenchRequest = {},
  ): this {
    this.receive(benchRequest(request));
    this.proxy(targets, options);
    return this;
  }

  locate(transaction: string, endpoints: readonly Endpoint[]): this {
    this.ua.handleInput({ type: 'located', transaction, endpoints }, this.now);
    return this.#drain();
  }

  failSend(transaction: string): this {
    this.ua.handleInput({ type: 'transport-failed', transaction, reason: 'refused' }, this.now);
    return this.#drain();
  }

  wait(durationMs: number): this {
    const until = after(this.now, durationMs);
    for (let at = this.ua.pollTimeout(); at !== undefined && at <= until; ) {
      this.now = at;
      this.ua.handleTimeout(at);
      this.#drain();
      at = this.ua.pollTimeout();
    }
    this.now = until;
    return this;
  }

  /** The messages sent since the last time whose start line matches. */
  take(start = /^/): readonly SentMessage[] {
    return this.#sent.splice(0).filter(({ text }) => start.test(text));
  }

  /** The only such message. */
  one(start: RegExp): SentMessage {
    const found = this.take(start);
    const [message] = found;
    if (message === undefined || found.length !== 1) {
      throw new Error(`${found.length} messages match ${start}`);
    }
    return message;
  }

  count(type: UserAgentOutput['type']): number {
    return this.log.filter((output) => output.type === type).length;
  }

  #drain(): this {
    for (let output = this.ua.pollOutput(); output; output = this.ua.pollOutput()) {
      if (output.type !== 'send') this.log.push(output);
      else this.#sent.push({ text: bytesToByteString(output.bytes), to: output.to });
    }
    return this;
  }
}

/** The values of a header, one for each line. */
export function linesOf({ text }: SentMessage, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^${name}: (.*)\r$`, 'gm'))].map((match) => match[1] ?? '');
}

export function startOf({ text }: SentMessage): string {
  return text.slice(0, text.indexOf('\r\n'));
}
