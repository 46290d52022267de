import type { Endpoint, Transport } from './endpoint.ts';

export interface LocalIdentityOptions {
  /** IPv4 addresses on which the sockets can be reached. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Written into Via and Contact instead of the own address. */
  readonly externalIp?: string | undefined;
}

/** What this user agent calls itself, depending on who is listening. */
export class LocalIdentity {
  readonly #options: LocalIdentityOptions;

  constructor(options: LocalIdentityOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#options.port;
  }

  /** The own address that shares most with the remote one; loopback only for loopback. */
  addressFor(remoteHost: string): string {
    let best = this.#options.addresses[0] ?? '127.0.0.1';
    for (const address of this.#options.addresses) {
      if (affinity(address, remoteHost) > affinity(best, remoteHost)) best = address;
    }
    return best;
  }

  hostFor(remoteHost: string): string {
    return this.#options.externalIp ?? this.addressFor(remoteHost);
  }

  /** `host:port`, what stands for `@localhost` in an application's headers. */
  hostPortFor(remoteHost: string): string {
    return `${this.hostFor(remoteHost)}:${this.#options.port}`;
  }

  contactFor(remote: Endpoint): string {
    return `<sip:${this.hostPortFor(remote.host)}${transportParameter(remote.transport)}>`;
  }

  viaFor(remote: Endpoint, branch: string): string {
    const protocol = remote.transport.toUpperCase();
    return `SIP/2.0/${protocol} ${this.hostPortFor(remote.host)};rport;branch=${branch}`;
  }

  /** Whether a request to this endpoint would come back to us. */
  isSelf({ host, port }: Endpoint): boolean {
    const { addresses, externalIp } = this.#options;
    return port === this.#options.port && (addresses.includes(host) || host === externalIp);
  }

  /** `udp/host:port` for every transport. */
  hostPorts(kind: 'external' | 'local'): readonly string[] {
    const { addresses, externalIp, port } = this.#options;
    const hosts = kind === 'external' && externalIp !== undefined ? [externalIp] : addresses;
    return hosts.flatMap((host) => [`udp/${host}:${port}`, `tcp/${host}:${port}`]);
  }
}

function transportParameter(transport: Transport): string {
  return transport === 'udp' ? '' : `;transport=${transport}`;
}

/** Octets in common from the left, with loopback and the rest of the world kept apart. */
function affinity(own: string, remote: string): number {
  const isLoopback = own.startsWith('127.');
  if (isLoopback !== (remote.startsWith('127.') || remote === 'localhost')) {
    return isLoopback ? -2 : -1;
  }
  const theirs = remote.split('.');
  const octets = own.split('.');
  const differs = octets.findIndex((octet, index) => octet !== theirs[index]);
  return differs === -1 ? octets.length : differs;
}
