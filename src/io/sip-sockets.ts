import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { LookupOneOptions } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { hostText, isIpv6 } from '../sip/ip-address.ts';

const PORT_ATTEMPTS = 20;
const UDP_BUFFER_BYTES = 4 * 1_048_576;

export interface BoundSockets {
  /** One for each host, in their order. */
  readonly udp: readonly UdpSocket[];
  readonly tcp: readonly Server[];
  readonly port: number;
}

export interface BoundServers {
  readonly servers: readonly Server[];
  readonly port: number;
}

/** UDP and TCP of every host on one port; with port 0 on one that is free for all. Rejects with one line that names the address. */
export async function bindSipSockets(
  hosts: readonly string[],
  port: number,
): Promise<BoundSockets> {
  let failure: unknown;
  for (let attempt = 0; attempt < (port === 0 ? PORT_ATTEMPTS : 1); attempt++) {
    const tcp: Server[] = [];
    const udp: UdpSocket[] = [];
    try {
      let bound = port;
      for (const host of hosts) {
        const server = createServer();
        tcp.push(server);
        bound = await listenOn(server, host, bound);
        const socket = udpSocket(host);
        udp.push(socket);
        // With addressOnly the event comes before bind returns.
        const listening = once(socket, 'listening');
        socket.bind(bound, host);
        await listening;
      }
      return { udp, tcp, port: bound };
    } catch (error) {
      failure = error;
      for (const each of tcp) each.close();
      for (const each of udp) each.close();
    }
  }
  throw listenError('SIP', hosts, port, failure);
}

/** TCP of every host on one port. Rejects with one line that names transport and address. */
export async function bindSipServers(
  what: string,
  hosts: readonly string[],
  port: number,
): Promise<BoundServers> {
  const servers: Server[] = [];
  try {
    let bound = port;
    for (const host of hosts) {
      const server = createServer();
      servers.push(server);
      bound = await listenOn(server, host, bound);
    }
    return { servers, port: bound };
  } catch (error) {
    for (const each of servers) each.close();
    throw listenError(`SIP over ${what}`, hosts, port, error);
  }
}

export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  server.listen({ port, host, ipv6Only: isIpv6(host) });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export function isPortTaken(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}

/** IPv4 and IPv6 each have their own socket: an IPv6 one that also hears IPv4 would show other addresses. */
function udpSocket(host: string): UdpSocket {
  const recvBufferSize = UDP_BUFFER_BYTES;
  return isIpv6(host)
    ? createSocket({ type: 'udp6', ipv6Only: true, recvBufferSize, lookup: addressOnly })
    : createSocket({ type: 'udp4', recvBufferSize, lookup: addressOnly });
}

/** Names were resolved before: an address needs no turn of the event loop to be looked up. */
function addressOnly(
  address: string,
  _options: LookupOneOptions,
  found: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  found(null, address, isIpv6(address) ? 6 : 4);
}

function listenError(what: string, hosts: readonly string[], port: number, cause: unknown): Error {
  const { code, address } = (cause ?? {}) as NodeJS.ErrnoException & { readonly address?: string };
  const why = code === 'EADDRINUSE' ? 'the port is in use' : (code ?? String(cause));
  const where = `${hostText(address ?? hosts[0] ?? '')}:${port}`;
  return new Error(`cannot listen for ${what} on ${where}: ${why}`, { cause });
}
