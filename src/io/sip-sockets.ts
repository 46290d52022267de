import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';

const PORT_ATTEMPTS = 20;
const UDP_BUFFER_BYTES = 4 * 1_048_576;

export interface BoundSockets {
  readonly udp: UdpSocket;
  readonly tcp: Server;
  readonly port: number;
}

/** UDP and TCP on one port; with port 0 on one that is free for both. Rejects with one line that names the address. */
export async function bindSipSockets(host: string, port: number): Promise<BoundSockets> {
  let failure: unknown;
  for (let attempt = 0; attempt < (port === 0 ? PORT_ATTEMPTS : 1); attempt++) {
    const tcp = createServer();
    const udp = createSocket({ type: 'udp4', recvBufferSize: UDP_BUFFER_BYTES });
    try {
      const bound = await listenOn(tcp, host, port);
      udp.bind(bound, host);
      await once(udp, 'listening');
      return { udp, tcp, port: bound };
    } catch (error) {
      failure = error;
      tcp.close();
      udp.close();
    }
  }
  throw listenError('SIP', `${host}:${port}`, failure);
}

export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function listenError(what: string, address: string, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why = code === 'EADDRINUSE' ? 'the port is in use' : (code ?? String(cause));
  return new Error(`cannot listen for ${what} on ${address}: ${why}`, { cause });
}

/** The addresses behind a bind address: itself, or for 0.0.0.0 all of this machine, loopback last. */
export function reachableAddresses(host: string): readonly string[] {
  if (host !== '0.0.0.0') return [host];
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const ipv4 = all.filter((each) => each.family === 'IPv4');
  const outside = ipv4.filter((each) => !each.internal).map((each) => each.address);
  const inside = ipv4.filter((each) => each.internal).map((each) => each.address);
  return [...outside, ...inside];
}
