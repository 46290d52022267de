import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Endpoint {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

const POLL_MS = 10;
const GIVE_UP_MS = 10_000;

/** A port that nobody has at the moment. */
export async function freePort(transport: 'udp' | 'tcp', address: string): Promise<number> {
  if (transport === 'udp') {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    return port;
  }
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const port = portOf(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** Another process tells nobody when it has bound its socket; the kernel's socket table does. */
export async function untilBound(endpoint: Endpoint): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (!(await isBound(endpoint))) {
    if (performance.now() > deadline) throw new Error(`nobody listens on ${endpoint.port}`);
    await delay(POLL_MS);
  }
}

async function isBound({ transport, address, port }: Endpoint): Promise<boolean> {
  const hex = (value: number) => value.toString(16).toUpperCase();
  const octets = address.split('.').map((octet) => hex(Number(octet)).padStart(2, '0'));
  const local = ` ${octets.reverse().join('')}:${hex(port).padStart(4, '0')} `;
  return (await readFile(`/proc/net/${transport}`, 'latin1')).includes(local);
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
