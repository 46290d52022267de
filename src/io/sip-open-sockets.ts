import type { Socket } from 'node:dgram';
import type { Server } from 'node:net';
import type { Transport } from '../sip/endpoint.ts';
import type { OtherPorts } from '../sip/local-identity.ts';
import { bindSipServers, bindSipSockets, isPortTaken } from './sip-sockets.ts';
import type { SipListen, SipWorkerOptions } from './sip-worker-messages.ts';

type StreamTransport = Exclude<Transport, 'udp'>;

export interface OpenedSockets {
  readonly udp: readonly Socket[];
  readonly servers: ReadonlyMap<StreamTransport, readonly Server[]>;
  /** Of UDP and TCP. */
  readonly port: number;
  readonly ports: OtherPorts;
}

const OTHERS = ['tls', 'ws', 'wss'] as const;

/**
 * Every socket that is to be listened on. An optional one whose port is taken is left out.
 * @throws Error with one line that names the address; nothing stays open.
 */
export async function openSipSockets({
  hosts,
  port: wanted,
  listen,
}: Pick<SipWorkerOptions, 'hosts' | 'port' | 'listen'>): Promise<OpenedSockets> {
  const { udp, tcp, port } = await bindSipSockets(hosts, wanted);
  const servers = new Map<StreamTransport, readonly Server[]>([['tcp', tcp]]);
  const ports: Partial<Record<(typeof OTHERS)[number], number>> = {};
  try {
    for (const transport of OTHERS) {
      const bound = await bindOther(transport, hosts, listen[transport]);
      if (bound === undefined) continue;
      servers.set(transport, bound.servers);
      ports[transport] = bound.port;
    }
  } catch (error) {
    for (const socket of udp) socket.close();
    for (const each of servers.values()) for (const server of each) server.close();
    throw error;
  }
  return { udp, servers, port, ports };
}

async function bindOther(
  transport: 'tls' | 'ws' | 'wss',
  hosts: readonly string[],
  wanted: SipListen | undefined,
) {
  if (wanted === undefined) return undefined;
  try {
    return await bindSipServers(transport.toUpperCase(), hosts, wanted.port);
  } catch (error) {
    if (wanted.isOptional && isPortTaken(error)) return undefined;
    throw error;
  }
}
