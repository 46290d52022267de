import { Resolver } from 'node:dns/promises';
import type { Transport } from '../sip/endpoint.ts';
import { DeadAddresses } from '../sip/locate/dead-addresses.ts';
import { type DnsQuery, type DnsRecords, queryKey } from '../sip/locate/dns-record.ts';
import type { LocationTarget, ServerAddress } from '../sip/locate/location-target.ts';
import { Locator } from '../sip/locate/locator.ts';
import { DnsCache } from './dns-cache.ts';
import { type HostNames, readHosts } from './hosts-file.ts';
import { monotonicClock } from './monotonic-clock.ts';

export interface SipResolverOptions {
  /** `address` or `address:port` of the DNS servers; those of the system when absent. */
  readonly servers?: readonly string[] | undefined;
  readonly transports: readonly Transport[];
  readonly families: readonly ('A' | 'AAAA')[];
  /** Another hosts file than the system's. */
  readonly hostsPath?: string | undefined;
}

export const RESOLVER_LIMITS = Object.freeze({
  /** Of one question to one server. */
  timeoutMs: 1_000,
  tries: 2,
  /** Of everything that it takes to locate one target. */
  locateMs: 5_000,
  /** Questions under way; one beyond counts as not answered. */
  questions: 500,
  hostsRefreshMs: 30_000,
});

/** The name has no such record, or does not exist. */
const ABSENT: readonly string[] = ['ENODATA', 'ENOTFOUND'];

/**
 * RFC 3263 on the DNS of this machine: {@link Locator} with a cache, with one question at a time for each name, and with a memory
 * of addresses that did not answer. The hosts file comes first. Nothing waits longer than {@link RESOLVER_LIMITS} says.
 */
export class SipResolver {
  readonly #options: SipResolverOptions;
  readonly #cache = new DnsCache();
  readonly #dead = new DeadAddresses();
  readonly #resolvers = new Set<Resolver>();
  readonly #asking = new Map<string, Promise<DnsRecords | undefined>>();
  #hosts: Promise<HostNames>;
  #hostsReadAt: number;

  constructor(options: SipResolverOptions) {
    this.#options = options;
    this.#hosts = readHosts(options.hostsPath);
    this.#hostsReadAt = monotonicClock.now();
  }

  /** Where to send, best first; nothing when there is nowhere. Never rejects. */
  async locate(target: LocationTarget): Promise<readonly ServerAddress[]> {
    const deadline = deadlineIn(RESOLVER_LIMITS.locateMs);
    const addresses = await Promise.race([this.#run(target), deadline.passed]);
    deadline.clear();
    return this.#dead.sort(addresses, monotonicClock.now());
  }

  /** An address that {@link locate} gave does not answer: it is tried last for a while. */
  noteDead(address: ServerAddress): void {
    this.#dead.add(address, monotonicClock.now());
  }

  /** Questions under way are given up. */
  close(): void {
    for (const resolver of this.#resolvers) resolver.cancel();
  }

  #run(target: LocationTarget): Promise<readonly ServerAddress[]> {
    const { transports, families } = this.#options;
    return new Promise((resolve) => {
      const locator = new Locator(target, { transports, families, random: Math.random });
      const drain = () => {
        for (let next = locator.pollOutput(); next !== undefined; next = locator.pollOutput()) {
          if (next.type === 'located') resolve(next.addresses);
          else if (next.type === 'failed') resolve([]);
          else void ask(next.query);
        }
      };
      const ask = async (query: DnsQuery) => {
        const answer = await this.#answer(query);
        if (answer === undefined) locator.handleInput({ type: 'failure', query });
        else locator.handleInput({ type: 'answer', query, answer });
        drain();
      };
      drain();
    });
  }

  async #answer(query: DnsQuery): Promise<DnsRecords | undefined> {
    const fromHosts = await this.#answerOfHosts(query);
    if (fromHosts !== undefined) return fromHosts;
    const key = queryKey(query);
    const known = this.#cache.find(key, monotonicClock.now());
    if (known !== undefined) return known.answer;
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    if (this.#asking.size >= RESOLVER_LIMITS.questions) return undefined;
    const question = this.#ask(query, key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, question);
    return question;
  }

  async #answerOfHosts({ name, type }: DnsQuery): Promise<DnsRecords | undefined> {
    const now = monotonicClock.now();
    if (now - this.#hostsReadAt > RESOLVER_LIMITS.hostsRefreshMs) {
      this.#hostsReadAt = now;
      this.#hosts = readHosts(this.#options.hostsPath);
    }
    const hosts = await this.#hosts;
    const host = hosts.get(name.toLowerCase().replace(/^(?:_[^.]*\.)+/, ''));
    if (host === undefined) return undefined;
    if (type === 'NAPTR' || type === 'SRV') return { type, records: [] };
    return { type, records: host[type] };
  }

  async #ask(query: DnsQuery, key: string): Promise<DnsRecords | undefined> {
    try {
      const { answer, ttlSeconds } = await this.#query(query);
      this.#cache.store(key, answer, ttlSeconds, monotonicClock.now());
      return answer;
    } catch (error) {
      const now = monotonicClock.now();
      if (!ABSENT.includes(codeOf(error))) return this.#cache.storeFailure(key, now);
      const answer: DnsRecords = { type: query.type, records: [] };
      this.#cache.store(key, answer, undefined, now);
      return answer;
    }
  }

  /** Each question has a resolver of its own: garbage in one answer costs the others of that socket their answers. */
  async #query(query: DnsQuery): Promise<Answer> {
    const { timeoutMs: timeout, tries } = RESOLVER_LIMITS;
    const resolver = new Resolver({ timeout, tries, maxTimeout: timeout });
    const { servers } = this.#options;
    if (servers !== undefined) resolver.setServers(servers);
    this.#resolvers.add(resolver);
    try {
      return await recordsOf(resolver, query);
    } finally {
      this.#resolvers.delete(resolver);
    }
  }
}

async function recordsOf(resolver: Resolver, { name, type }: DnsQuery): Promise<Answer> {
  switch (type) {
    case 'NAPTR':
      return {
        answer: { type, records: await resolver.resolveNaptr(name) },
        ttlSeconds: undefined,
      };
    case 'SRV': {
      const records = await resolver.resolveSrv(name);
      return {
        answer: {
          type,
          records: records.map(({ name: target, ...record }) => ({ ...record, target })),
        },
        ttlSeconds: undefined,
      };
    }
    case 'A':
      return addressAnswer(type, await resolver.resolve4(name, { ttl: true }));
    default:
      return addressAnswer(type, await resolver.resolve6(name, { ttl: true }));
  }
}

interface Answer {
  readonly answer: DnsRecords;
  readonly ttlSeconds: number | undefined;
}

function addressAnswer(
  type: 'A' | 'AAAA',
  records: readonly { readonly address: string; readonly ttl: number }[],
): Answer {
  const ttlSeconds = Math.min(...records.map(({ ttl }) => ttl));
  return { answer: { type, records: records.map(({ address }) => address) }, ttlSeconds };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function deadlineIn(delayMs: number): {
  readonly passed: Promise<readonly ServerAddress[]>;
  readonly clear: () => void;
} {
  let handle: NodeJS.Timeout | undefined;
  const passed = new Promise<readonly ServerAddress[]>((resolve) => {
    handle = setTimeout(() => resolve([]), delayMs);
  });
  return { passed, clear: () => clearTimeout(handle) };
}
