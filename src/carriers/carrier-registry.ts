import { isIP } from 'node:net';
import type { Carrier, Gateway } from './carrier.ts';
import { NetworkTable } from './network-table.ts';

type Listener = () => void;

/** The carriers of this installation as they are now: those of the configuration and those that accounts made. */
export class CarrierRegistry {
  readonly #carriers = new Map<string, Carrier>();
  /** Addresses that the names of gateways stand for, by gateway. */
  readonly #resolved = new Map<string, readonly string[]>();
  readonly #listeners = new Set<Listener>();
  #networks: NetworkTable<Carrier> = new NetworkTable([]);
  #inboundUsers: ReadonlyMap<string, Carrier> = new Map();

  constructor(carriers: readonly Carrier[]) {
    for (const carrier of carriers) this.#carriers.set(carrier.id, carrier);
    this.#index();
  }

  get all(): readonly Carrier[] {
    return [...this.#carriers.values()];
  }

  find(id: string): Carrier | undefined {
    return this.#carriers.get(id);
  }

  /** Adds it, or replaces the one with its id. */
  put(carrier: Carrier): void {
    this.#carriers.set(carrier.id, carrier);
    this.#changed();
  }

  remove(id: string): void {
    for (const { id: gatewayId } of this.#carriers.get(id)?.gateways ?? []) {
      this.#resolved.delete(gatewayId);
    }
    if (this.#carriers.delete(id)) this.#changed();
  }

  /** Called after every change; the returned function ends that. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the names of gateways stand for at the moment. Says nothing when it is as before. */
  setResolved(addresses: ReadonlyMap<string, readonly string[]>): void {
    this.#resolved.clear();
    for (const [gatewayId, list] of addresses) this.#resolved.set(gatewayId, list);
    this.#index();
  }

  /** Where a name of a gateway leads, the first choice first, as far as it has been resolved. */
  addressesOf(gatewayId: string): readonly string[] {
    return this.#resolved.get(gatewayId) ?? [];
  }

  /** Every network that calls are accepted from. */
  allowList(): readonly string[] {
    return [...new Set(this.all.flatMap((carrier) => this.#networksOf(carrier)))];
  }

  /** The carrier with the smallest network around the address; undefined for a stranger. */
  carrierFor(sourceAddress: string): Carrier | undefined {
    return this.#networks.ownerOf(sourceAddress);
  }

  /** The `auth` trunk whose inbound user name this is, with the password its digest is checked by. */
  carrierByInboundUser(username: string): Carrier | undefined {
    return this.#inboundUsers.get(username);
  }

  #networksOf(carrier: Carrier): readonly string[] {
    const { networks, gateways } = carrier;
    return [...networks, ...gateways.flatMap((gateway) => this.#sourcesOf(carrier, gateway))];
  }

  /** A trunk that we register with calls from where the registrar is. */
  #sourcesOf({ trunkType }: Carrier, gateway: Gateway): readonly string[] {
    if (!gateway.isActive || (!gateway.inbound && trunkType !== 'reg')) return [];
    if (isIP(gateway.host) !== 0) return [`${gateway.host}/${gateway.netmask}`];
    return this.#resolved.get(gateway.id) ?? [];
  }

  #changed(): void {
    this.#index();
    for (const listener of this.#listeners) listener();
  }

  #index(): void {
    const entries = this.all.flatMap((carrier) =>
      this.#networksOf(carrier).map((network) => [network, carrier] as const),
    );
    this.#networks = new NetworkTable(entries);
    this.#inboundUsers = new Map(
      this.all.flatMap((carrier) =>
        carrier.trunkType === 'auth' && carrier.inboundAuth !== undefined
          ? [[carrier.inboundAuth.username, carrier] as const]
          : [],
      ),
    );
  }
}
