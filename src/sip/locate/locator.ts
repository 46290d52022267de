import { isWebSocket, type Transport } from '../endpoint.ts';
import { type DnsQuery, type DnsRecords, type NaptrRecord, queryKey } from './dns-record.ts';
import { isAddress } from './is-address.ts';
import type { LocationTarget, ServerAddress } from './location-target.ts';
import { orderSrv } from './order-srv.ts';
import { serviceOf } from './service-of-transport.ts';

export interface LocatorOptions {
  /** The transports that can be used, best first. */
  readonly transports: readonly Transport[];
  /** The address families that can be used, best first. */
  readonly families: readonly ('A' | 'AAAA')[];
  /** Numbers from 0 up to but without 1: draws among SRV targets of one priority. */
  readonly random: () => number;
}

export type LocatorInput =
  | { readonly type: 'answer'; readonly query: DnsQuery; readonly answer: DnsRecords }
  /** No answer that could be used, and none to be expected. */
  | { readonly type: 'failure'; readonly query: DnsQuery };

export type LocatorOutput =
  | { readonly type: 'query'; readonly query: DnsQuery }
  /** The end: where to send, best first, at least one. */
  | { readonly type: 'located'; readonly addresses: readonly ServerAddress[] }
  /** The end: nowhere. */
  | { readonly type: 'failed' };

/** Records of one answer that are looked at, and addresses that come out, at most. */
export const LOCATOR_LIMITS = Object.freeze({ records: 32, services: 8, addresses: 64 });

/** A service that was found by name: its SRV records are the next thing to ask for. */
interface Service {
  readonly name: string;
  readonly transport: Transport;
}

/** A host whose addresses are wanted. */
interface Host {
  readonly name: string;
  readonly transport: Transport;
  readonly port: number;
}

type State =
  | { readonly name: 'naptr' }
  | { readonly name: 'srv'; readonly services: readonly Service[] }
  | { readonly name: 'addresses'; readonly hosts: readonly Host[] }
  | { readonly name: 'over' };

/**
 * Locates the servers of a target: RFC 3263 section 4 with RFC 2782 and RFC 7118.
 *
 * | state     | begins when                                  | asks for             | goes on to                             |
 * | --------- | -------------------------------------------- | -------------------- | -------------------------------------- |
 * | naptr     | neither port nor transport are given         | NAPTR of the host    | srv, of the replacements or of all     |
 * | srv       | no port is given                             | SRV of each service  | addresses, of the targets or the host  |
 * | addresses | a port is given, or no SRV record was found  | A and AAAA, each once| over                                   |
 * | over      | the host is an address, or all is answered   | -                    | -                                      |
 *
 * What DNS does not answer counts as absent: a server that knows no NAPTR must not keep us from the address. Feed one input, then
 * drain {@link pollOutput} to `undefined`. There are no deadlines: whoever asks reports an answer or a failure for each query.
 */
export class Locator {
  readonly #target: LocationTarget;
  readonly #options: LocatorOptions;
  readonly #outputs: LocatorOutput[] = [];
  readonly #waiting = new Set<string>();
  readonly #answers = new Map<string, DnsRecords>();
  #state: State = { name: 'over' };

  constructor(target: LocationTarget, options: LocatorOptions) {
    this.#target = target;
    this.#options = options;
    this.#begin();
  }

  handleInput(input: LocatorInput): void {
    const key = queryKey(input.query);
    if (!this.#waiting.delete(key)) return;
    if (input.type === 'answer') this.#answers.set(key, input.answer);
    if (this.#waiting.size === 0) this.#proceed();
  }

  pollOutput(): LocatorOutput | undefined {
    return this.#outputs.shift();
  }

  #begin(): void {
    const { host, port, transport } = this.#target;
    const usable = this.#usableTransports();
    const [first] = usable;
    if (first === undefined) {
      this.#end([]);
      return;
    }
    if (isAddress(host)) this.#end([{ host, transport: first, port: port ?? portOf(first) }]);
    else if (port !== undefined) this.#askAddresses([{ name: host, transport: first, port }]);
    else if (transport !== undefined) this.#askServices(usable);
    else {
      this.#state = { name: 'naptr' };
      this.#ask([{ name: host, type: 'NAPTR' }]);
    }
  }

  /** Everything that was asked for is answered or has failed. */
  #proceed(): void {
    const state = this.#state;
    if (state.name === 'naptr') {
      const services = this.#servicesOfNaptr();
      if (services.length > 0) this.#askSrv(services);
      else this.#askServices(this.#usableTransports());
    } else if (state.name === 'srv') this.#proceedWithSrv(state.services);
    else if (state.name === 'addresses') this.#end(this.#addressesOf(state.hosts));
  }

  /** Without a choice in the URI: all that can be used and that `sips:` allows, best first. */
  #usableTransports(): readonly Transport[] {
    const { transport, isSecure } = this.#target;
    const wanted = isSecure && transport === 'tcp' ? 'tls' : transport;
    return this.#options.transports.filter((each) => {
      if (isSecure && serviceOf(each)?.isSecure !== true) return false;
      // A web server that nobody named is no next hop.
      return wanted === undefined ? !isWebSocket(each) : each === wanted;
    });
  }

  #servicesOfNaptr(): readonly Service[] {
    const answer = this.#answers.get(queryKey({ name: this.#target.host, type: 'NAPTR' }));
    if (answer?.type !== 'NAPTR') return [];
    const usable = this.#usableTransports();
    return [...answer.records]
      .slice(0, LOCATOR_LIMITS.records)
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap((record) => serviceOfNaptr(record, usable))
      .slice(0, LOCATOR_LIMITS.services);
  }

  #askServices(transports: readonly Transport[]): void {
    this.#askSrv(
      transports.map((transport) => ({
        name: `${serviceOf(transport)?.srv}.${this.#target.host}`,
        transport,
      })),
    );
  }

  #askSrv(services: readonly Service[]): void {
    this.#state = { name: 'srv', services };
    this.#ask(services.map(({ name }) => ({ name, type: 'SRV' })));
  }

  #proceedWithSrv(services: readonly Service[]): void {
    const hosts: Host[] = [];
    let isRefused = false;
    for (const { name, transport } of services) {
      const answer = this.#answers.get(queryKey({ name, type: 'SRV' }));
      if (answer?.type !== 'SRV') continue;
      const usable = answer.records.slice(0, LOCATOR_LIMITS.records);
      for (const { target, port } of orderSrv(usable, this.#options.random)) {
        // RFC 2782: the root as the target says that the service is decidedly not there.
        if (isRoot(target)) isRefused = true;
        else if (port > 0) hosts.push({ name: target, transport, port });
      }
    }
    if (hosts.length > 0) this.#askAddresses(hosts.slice(0, LOCATOR_LIMITS.addresses));
    else if (isRefused) this.#end([]);
    else this.#askHost();
  }

  /** RFC 3263 section 4.2: no SRV record, so the host itself; UDP, or TLS for `sips:`, unless the URI says otherwise. */
  #askHost(): void {
    const usable = this.#usableTransports();
    const transport = usable.find((each) => each === 'udp') ?? usable[0];
    if (transport === undefined) this.#end([]);
    else this.#askAddresses([{ name: this.#target.host, transport, port: portOf(transport) }]);
  }

  #askAddresses(hosts: readonly Host[]): void {
    this.#state = { name: 'addresses', hosts };
    const { families } = this.#options;
    this.#ask(
      hosts
        .filter(({ name }) => !isAddress(name))
        .flatMap(({ name }) => families.map((type) => ({ name, type }))),
    );
  }

  #addressesOf(hosts: readonly Host[]): readonly ServerAddress[] {
    const found = hosts.flatMap(({ name, transport, port }) =>
      this.#addressesOfHost(name).map((host) => ({ transport, host, port })),
    );
    const seen = new Set<string>();
    return found.filter(({ transport, host, port }) => {
      const key = `${transport} ${host} ${port}`;
      return !seen.has(key) && seen.add(key);
    });
  }

  #addressesOfHost(name: string): readonly string[] {
    if (isAddress(name)) return [name];
    return this.#options.families.flatMap((type) => {
      const answer = this.#answers.get(queryKey({ name, type }));
      return answer?.type === 'A' || answer?.type === 'AAAA' ? answer.records : [];
    });
  }

  #ask(queries: readonly DnsQuery[]): void {
    for (const query of queries) {
      const key = queryKey(query);
      if (this.#waiting.has(key)) continue;
      this.#waiting.add(key);
      this.#outputs.push({ type: 'query', query });
    }
    if (this.#waiting.size === 0) this.#proceed();
  }

  #end(addresses: readonly ServerAddress[]): void {
    this.#state = { name: 'over' };
    this.#answers.clear();
    if (addresses.length === 0) this.#outputs.push({ type: 'failed' });
    else {
      const first = addresses.slice(0, LOCATOR_LIMITS.addresses);
      this.#outputs.push({ type: 'located', addresses: first });
    }
  }
}

/** Only terminal records without a rewriting rule name a service (RFC 3263 section 4.1). */
function serviceOfNaptr(record: NaptrRecord, usable: readonly Transport[]): readonly Service[] {
  const { flags, service, regexp, replacement } = record;
  if (flags.toLowerCase() !== 's' || regexp !== '' || isRoot(replacement)) return [];
  return usable
    .filter((each) => serviceOf(each)?.naptr === service.toUpperCase())
    .map((transport) => ({ name: replacement, transport }));
}

function isRoot(name: string): boolean {
  return name === '' || name === '.';
}

function portOf(transport: Transport): number {
  return serviceOf(transport)?.defaultPort ?? 5_060;
}
