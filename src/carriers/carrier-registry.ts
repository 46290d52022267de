import { BlockList, isIPv4 } from 'node:net';
import { type Carrier, dialledUser, type Route } from './carrier.ts';

/** The carriers of this installation: whose call is it, and who takes one. */
export class CarrierRegistry {
  readonly #carriers: readonly Carrier[];
  readonly #networks: readonly (readonly [Carrier, BlockList])[];

  constructor(carriers: readonly Carrier[]) {
    this.#carriers = carriers;
    this.#networks = carriers.map((carrier) => [carrier, toNetworks(carrier.inbound)]);
  }

  /** Every network that calls are accepted from. */
  allowList(): readonly string[] {
    return [...new Set(this.#carriers.flatMap((carrier) => carrier.inbound))];
  }

  /** The first carrier that owns the address; undefined for a stranger. An IPv4 address in IPv6 form counts as IPv4. */
  carrierFor(sourceAddress: string): Carrier | undefined {
    const address = sourceAddress.replace(/^::ffff:/i, '');
    if (!isIPv4(address)) return undefined;
    return this.#networks.find(([, networks]) => networks.check(address))?.[0];
  }

  /** The first carrier with a gateway, until routes have priorities; undefined when no carrier takes calls. */
  routeFor(toNumber: string): Route | undefined {
    for (const carrier of this.#carriers) {
      const { gateway } = carrier;
      if (gateway !== undefined)
        return { carrier, gateway, toUser: dialledUser(carrier, toNumber) };
    }
    return undefined;
  }
}

function toNetworks(inbound: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const network of inbound) {
    const [address = '', prefix = '32'] = network.split('/');
    networks.addSubnet(address, Number(prefix));
  }
  return networks;
}
