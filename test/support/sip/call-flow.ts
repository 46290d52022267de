import { type Header, header } from '../../../src/sip/message/headers.ts';
import type { CommandResult } from '../../../src/sip/user-agent-io.ts';
import { VirtualNetwork, type VirtualNode } from './virtual-network.ts';

export const ALICE = '10.0.0.1';
export const BOB = '10.0.0.2';
export const PROXY_1 = '10.0.0.11';
export const PROXY_2 = '10.0.0.12';

const NAMES: Readonly<Record<string, string>> = {
  [ALICE]: 'Alice',
  [BOB]: 'Bob',
  [PROXY_1]: 'Proxy1',
  [PROXY_2]: 'Proxy2',
};
const DELAY_MS = 10;

/** The ladder of a call between named user agents, each message 10 ms on its way. */
export class CallFlow {
  readonly network: VirtualNetwork;
  readonly alice: VirtualNode;
  readonly bob: VirtualNode;
  #lost = 0;
  #read = 0;

  constructor() {
    this.network = new VirtualNetwork({ delayMs: DELAY_MS, loses: () => this.#lost-- > 0 });
    this.alice = this.network.node(ALICE);
    this.bob = this.network.node(BOB);
  }

  /** A node that forwards every new request to this URI, and stays in the dialog. */
  proxy(host: string, ...targets: readonly string[]): VirtualNode {
    const node = this.network.node(host);
    node.onOutput = (output) => {
      if (output.type !== 'request') return;
      const command = {
        targets,
        isParallel: false,
        followRedirects: false,
        remainInDialog: true,
        provisionalTimeoutMs: undefined,
        headers: [],
      };
      node.userAgent.proxy(output.transaction, command, this.network.now);
    };
    return node;
  }

  /** What was sent since the last time, as `Alice INVITE` and `Bob 200`. */
  get news(): readonly string[] {
    const lines = this.network.trace.slice(this.#read);
    this.#read = this.network.trace.length;
    return lines.map((line) => {
      const [host = '', first = '', second = ''] = line.split(' ');
      return `${NAMES[host] ?? host} ${first.startsWith('SIP/') ? second : first}`;
    });
  }

  /** The next messages put on the wire, that many, are lost. */
  lose(count = 1): this {
    this.#lost = count;
    return this;
  }

  /** Everything that is on its way arrives, and what it causes. */
  arrive(durationMs = 10 * DELAY_MS): this {
    this.network.run(this.network.now + durationMs);
    return this;
  }

  /** What is on its way now arrives, and nothing that it causes. */
  cross(): this {
    return this.arrive(DELAY_MS);
  }

  invite(headers: readonly Header[] = [], body = 'v=0 alice'): string {
    const { dialog = '' } = this.alice.send('INVITE', BOB, headers, body);
    return dialog;
  }

  /** Bob answers the latest request. */
  answer(statusCode: number, headers: readonly Header[] = []): CommandResult {
    const isOffer = statusCode < 300 && statusCode > 180;
    const { transaction } = this.bob.last('request');
    return this.bob.respond(transaction, statusCode, headers, isOffer ? 'v=0 bob' : '');
  }

  /** Alice and Bob are talking; the ladder so far is read. */
  talk(headers: readonly Header[] = []): string {
    const dialog = this.invite(headers);
    this.arrive();
    this.answer(200);
    this.arrive();
    this.alice.acknowledge(dialog);
    this.arrive();
    this.#read = this.network.trace.length;
    return dialog;
  }

  /** Whether nothing is left of any call once all timers have run. */
  isOver(): boolean {
    this.network.run(this.network.now + 10_000_000);
    return [this.alice, this.bob].every(({ userAgent: { stats } }) => {
      return stats.transactions + stats.dialogs + stats.pendingTimers + stats.proxied === 0;
    });
  }
}

export function contact(host: string): Header {
  return header('Contact', `<sip:x@${host}>`);
}
