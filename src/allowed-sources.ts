import { isIP } from 'node:net';
import type { Gateway } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { SipResolver } from './io/sip-resolver.ts';
import type { Logger } from './telemetry/logger.ts';

export interface AllowedSourcesOptions {
  readonly registry: CarrierRegistry;
  readonly logger: Logger;
  /** The whole list, whenever it may have changed. */
  readonly publish: (networks: readonly string[]) => void;
  /** RFC 3263: every address that a call may try. */
  readonly locate: SipResolver['locate'];
}

/** How soon a gateway that moved to another address is heard again. */
const REFRESH_MS = 60_000;

/**
 * Who the embedded SIP server hears: the networks that may call, and the gateways that calls go to, whose answers have to come through. A gateway that
 * cannot be resolved is said once; it is left out, or heard where it was last: name servers fail, and calls go on.
 */
export class AllowedSources {
  readonly #options: AllowedSourcesOptions;
  readonly #unresolved = new Set<string>();
  /** By name. */
  readonly #lastKnown = new Map<string, readonly string[]>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #resolved: ReadonlyMap<string, readonly string[]> = new Map();
  #generation = 0;

  constructor(options: AllowedSourcesOptions) {
    this.#options = options;
    this.#stopListening = options.registry.onChange(() => void this.refresh());
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  /** Never rejects. Of several at once, the one that was begun last counts. */
  async refresh(): Promise<void> {
    const generation = ++this.#generation;
    const { registry, publish } = this.#options;
    publish(this.list());
    const gateways = registry.all.flatMap((carrier) =>
      carrier.gateways
        .filter(({ isActive }) => isActive)
        .map((each) => [carrier.name, each] as const),
    );
    const resolved = new Map(
      await Promise.all(
        gateways.map(async ([name, gateway]) => {
          return [gateway.id, await this.#addressesOf(name, gateway)] as const;
        }),
      ),
    );
    if (generation !== this.#generation) return;
    const names = new Set(gateways.map(([, { host }]) => host));
    for (const host of this.#lastKnown.keys()) if (!names.has(host)) this.#lastKnown.delete(host);
    this.#resolved = resolved;
    registry.setResolved(resolved);
    publish(this.list());
  }

  close(): void {
    this.#generation += 1;
    this.#stopListening();
    clearInterval(this.#timer);
  }

  /** With the names as they were last resolved. */
  list(): readonly string[] {
    const { registry } = this.#options;
    const literal = registry.all
      .flatMap(({ gateways }) => gateways)
      .filter(({ host, isActive }) => isActive && isIP(host) !== 0)
      .map(({ host }) => host);
    const resolved = [...this.#resolved.values()].flat();
    return [...new Set([...registry.allowList(), ...literal, ...resolved])];
  }

  async #addressesOf(carrier: string, gateway: Gateway): Promise<readonly string[]> {
    const { host } = gateway;
    if (isIP(host) !== 0) return [host];
    const { port, transport } = gateway;
    const { locate } = this.#options;
    const located = await locate({ host, port, transport, isSecure: false });
    const addresses = [...new Set(located.map((address) => address.host))];
    if (addresses.length > 0) {
      this.#unresolved.delete(gateway.id);
      this.#lastKnown.set(host, addresses);
      return addresses;
    }
    if (!this.#unresolved.has(gateway.id)) {
      this.#unresolved.add(gateway.id);
      this.#options.logger.warn({ carrier, host }, 'the gateway has no address');
    }
    return this.#lastKnown.get(host) ?? [];
  }
}
