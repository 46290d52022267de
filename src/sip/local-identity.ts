import { Memo } from '../core/memo.ts';
import { type Endpoint, isReliable, TRANSPORTS, type Transport } from './endpoint.ts';
import { hostText, isSameHost, parseIpAddress, sharedBits } from './ip-address.ts';

export interface LocalIdentityOptions {
  /** Addresses on which the sockets can be reached, the preferred one first. */
  readonly addresses: readonly string[];
  /** Of UDP and TCP. */
  readonly port: number;
  /** Of the other transports that are listened on. */
  readonly ports?: OtherPorts | undefined;
  /** Leading bits of the networks that the addresses are in, where known. */
  readonly prefixBits?: ReadonlyMap<string, number> | undefined;
  /** Written into Via and Contact instead of an own address of its family. */
  readonly externalIp?: string | undefined;
}

export type OtherPorts = Readonly<Partial<Record<'tls' | 'ws' | 'wss', number>>>;

type Scope = 'loopback' | 'link' | 'wide';

/** More than any two addresses can have in common. */
const SAME_NETWORK = 1_000;
const OTHER_SCOPE = -1;
const LOOPBACK_OUTSIDE = -2;
const OTHER_FAMILY = -3;
/** Far ends whose nearest address is remembered. */
const MAX_NEAREST = 1_000;

/** What this user agent calls itself, depending on who is listening. */
export class LocalIdentity {
  readonly #options: LocalIdentityOptions;
  /** Asked for several times a message, about few hosts. */
  readonly #nearest = new Memo(MAX_NEAREST, (remoteHost: string) => this.#nearestTo(remoteHost));

  constructor(options: LocalIdentityOptions) {
    this.#options = options;
  }

  /** Where the transport is listened on; for one that is not, the port of UDP and TCP. */
  portFor(transport: Transport): number {
    return this.#listeningPort(transport) ?? this.#options.port;
  }

  /** Of its family, the own address in its network, else the one that shares most with it; loopback only for loopback. */
  addressFor(remoteHost: string): string {
    return this.#nearest.of(remoteHost);
  }

  #nearestTo(remoteHost: string): string {
    const remote = parseIpAddress(remoteHost === 'localhost' ? '127.0.0.1' : remoteHost);
    let best = this.#options.addresses[0] ?? '127.0.0.1';
    let bestAffinity = this.#affinity(best, remote);
    for (const address of this.#options.addresses) {
      const affinity = this.#affinity(address, remote);
      if (affinity <= bestAffinity) continue;
      best = address;
      bestAffinity = affinity;
    }
    return best;
  }

  hostFor(remoteHost: string): string {
    const own = this.addressFor(remoteHost);
    const { externalIp } = this.#options;
    if (externalIp === undefined) return own;
    return isOfOneFamily(externalIp, own) ? externalIp : own;
  }

  /** `host:port`, what stands for `@localhost` in an application's headers. */
  hostPortFor(remoteHost: string, transport: Transport = 'udp'): string {
    return `${hostText(this.hostFor(remoteHost))}:${this.portFor(transport)}`;
  }

  /** A SIPS URI when asked for (RFC 3261 section 8.1.1.8): its transport is TLS without saying so, or `ws` for WSS. */
  contactFor(remote: Endpoint, scheme: 'sip' | 'sips' = 'sip'): string {
    const transport = scheme === 'sips' && remote.transport !== 'wss' ? 'tls' : remote.transport;
    const parameter = scheme === 'sips' ? (transport === 'wss' ? 'ws' : 'udp') : transport;
    return `<${scheme}:${this.hostPortFor(remote.host, transport)}${transportParameter(parameter)}>`;
  }

  viaFor(remote: Endpoint, branch: string): string {
    const { transport, host } = remote;
    const sentBy = this.hostPortFor(host, transport);
    return `SIP/2.0/${transport.toUpperCase()} ${sentBy};rport;branch=${branch}`;
  }

  /** Whether a request to this endpoint would come back to us. */
  isSelf({ host, port, transport }: Endpoint): boolean {
    if (port !== this.#listeningPort(transport)) return false;
    const { addresses, externalIp } = this.#options;
    const own = externalIp === undefined ? addresses : [...addresses, externalIp];
    return own.some((address) => isSameHost(address, host));
  }

  /** `udp/host:port` for every transport that is listened on. */
  hostPorts(kind: 'external' | 'local'): readonly string[] {
    const { addresses, externalIp } = this.#options;
    const hosts = kind === 'external' ? withExternal(addresses, externalIp) : addresses;
    return [...hosts].flatMap((host) =>
      TRANSPORTS.flatMap((transport) => {
        const port = this.#listeningPort(transport);
        return port === undefined ? [] : [`${transport}/${hostText(host)}:${port}`];
      }),
    );
  }

  #listeningPort(transport: Transport): number | undefined {
    const { port, ports = {} } = this.#options;
    return transport === 'udp' || transport === 'tcp' ? port : ports[transport];
  }

  #affinity(address: string, remote: readonly number[] | undefined): number {
    const own = parseIpAddress(address) ?? [];
    const scope = scopeOf(own);
    // A name leads outside, most likely by IPv4.
    const remoteScope = remote === undefined ? 'wide' : scopeOf(remote);
    if (own.length !== (remote?.length ?? 4)) return OTHER_FAMILY;
    if (scope !== remoteScope) return scope === 'loopback' ? LOOPBACK_OUTSIDE : OTHER_SCOPE;
    if (remote === undefined) return 0;
    const shared = sharedBits(own, remote);
    const bits = this.#options.prefixBits?.get(address);
    // Whole octets: what two public addresses share beyond that is chance.
    if (bits !== undefined && shared >= bits) return SAME_NETWORK + bits;
    return Math.floor(shared / 8);
  }
}

function withExternal(addresses: readonly string[], external: string | undefined): Set<string> {
  const told = addresses.map((own) =>
    external !== undefined && isOfOneFamily(own, external) ? external : own,
  );
  return new Set(told);
}

function isOfOneFamily(a: string, b: string): boolean {
  return parseIpAddress(a)?.length === parseIpAddress(b)?.length;
}

function transportParameter(transport: Transport): string {
  return isReliable(transport) ? `;transport=${transport}` : '';
}

function scopeOf(octets: readonly number[]): Scope {
  const [first = 0, second = 0] = octets;
  if (octets.length === 4) {
    if (first === 127) return 'loopback';
    return first === 169 && second === 254 ? 'link' : 'wide';
  }
  if (octets.slice(0, 15).every((octet) => octet === 0) && octets[15] === 1) return 'loopback';
  return first === 0xfe && (second & 0xc0) === 0x80 ? 'link' : 'wide';
}
