import { SipAllowList } from './io/sip-allow-list.ts';
import { localAddresses, localAddressFor } from './io/sip-local-addresses.ts';
import { parseIpAddress } from './sip/ip-address.ts';
import { LocalIdentity } from './sip/local-identity.ts';

const ANY = '0.0.0.0';
/** Networks whose way is asked for; calls of the rest go by the nearest own address. */
const MAX_NETWORKS = 1_000;

interface Way {
  readonly network: SipAllowList;
  readonly bits: number;
  readonly address: string;
}

/**
 * The own IPv4 address that goes into the SDP of a call, by who the call is with: the one from which the system sends there, as far as
 * {@link learn} was told of it, else the one in its network, else the one that leads outside. Where audio is bound to one address there is no choice.
 */
export class MediaAddresses {
  readonly #only: string | undefined;
  readonly #identity: LocalIdentity;
  #ways: readonly Way[] = [];
  #generation = 0;

  private constructor(only: string | undefined, identity: LocalIdentity) {
    this.#only = only;
    this.#identity = identity;
  }

  /** @param host - what audio is bound to; `0.0.0.0` for every address of this machine */
  static async open(host: string): Promise<MediaAddresses> {
    const local = await localAddresses([host]);
    return new MediaAddresses(
      host === ANY ? undefined : host,
      new LocalIdentity({ ...local, port: 0 }),
    );
  }

  /** Asks the system for its way to each of these addresses and networks. Never rejects; of several at once the last one counts. */
  async learn(networks: readonly string[]): Promise<void> {
    if (this.#only !== undefined) return;
    const generation = ++this.#generation;
    const ways: Way[] = [];
    for (const entry of networks.slice(0, MAX_NETWORKS)) {
      const address = await localAddressFor(hostOf(entry));
      const network = SipAllowList.parse([entry]);
      if (address !== undefined) ways.push({ network, bits: bitsOf(entry), address });
    }
    // The narrowest first.
    if (generation === this.#generation) this.#ways = ways.toSorted((a, b) => b.bits - a.bits);
  }

  addressFor(peer: string): string {
    if (this.#only !== undefined) return this.#only;
    const way = this.#ways.find(({ network }) => network.allows(peer));
    return way?.address ?? this.#identity.addressFor(peer);
  }
}

function bitsOf(entry: string): number {
  return Number(entry.split('/')[1] ?? Number.POSITIVE_INFINITY);
}

/** An address of the network: the first one may stand for the network itself. */
function hostOf(entry: string): string {
  const [address = ''] = entry.split('/');
  const octets = parseIpAddress(address);
  if (octets?.length !== 4 || bitsOf(entry) > 30) return address;
  const [last = 0] = octets.slice(-1);
  return [...octets.slice(0, 3), Math.min(last + 1, 254)].join('.');
}
