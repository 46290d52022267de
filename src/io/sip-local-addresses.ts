import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isIpv6 } from '../sip/ip-address.ts';

const ANY_IPV4 = '0.0.0.0';
const ANY_IPV6 = '::';
/** Documentation addresses (RFC 5737, RFC 3849): nothing is sent, the system only chooses a way. */
const OUTSIDE_IPV4 = '192.0.2.1';
const OUTSIDE_IPV6 = '2001:db8::1';

export interface LocalAddresses {
  /** On which the sockets can be reached, the one that leads outside first, loopback last. */
  readonly addresses: readonly string[];
  readonly prefixBits: ReadonlyMap<string, number>;
}

/** The addresses behind bind addresses: each itself, or for `0.0.0.0` and `::` all of this machine of that family. */
export async function localAddresses(hosts: readonly string[]): Promise<LocalAddresses> {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const addresses: string[] = [];
  for (const host of hosts) {
    if (host === ANY_IPV4) {
      addresses.push(...(await ordered(all, 'IPv4', OUTSIDE_IPV4)));
    } else if (host === ANY_IPV6) {
      addresses.push(...(await ordered(all, 'IPv6', OUTSIDE_IPV6)));
    } else addresses.push(host);
  }
  const prefixBits = new Map(all.map(({ address, cidr }) => [address, bitsOf(cidr)]));
  return { addresses: [...new Set(addresses)], prefixBits };
}

/** The kinds of address records that can be used from these bind addresses. */
export function addressFamilies(hosts: readonly string[]): readonly ('A' | 'AAAA')[] {
  const families = ['A', 'AAAA'] as const;
  return families.filter((family) => hosts.some((host) => isIpv6(host) === (family === 'AAAA')));
}

/** The own address from which the system sends to this one; undefined when it knows no way. */
export async function localAddressFor(destination: string): Promise<string | undefined> {
  const socket = createSocket(isIpv6(destination) ? 'udp6' : 'udp4');
  try {
    socket.connect(9, destination);
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

async function ordered(
  all: readonly NetworkInterfaceInfo[],
  family: 'IPv4' | 'IPv6',
  outside: string,
): Promise<readonly string[]> {
  const own = all.filter((each) => each.family === family);
  const first = await localAddressFor(outside);
  const rank = ({ address, internal }: NetworkInterfaceInfo) =>
    internal ? 3 : address === first ? 0 : address.startsWith('fe80:') ? 2 : 1;
  return own.toSorted((a, b) => rank(a) - rank(b)).map(({ address }) => address);
}

function bitsOf(cidr: string | null): number {
  return Number(cidr?.split('/')[1] ?? Number.POSITIVE_INFINITY);
}
