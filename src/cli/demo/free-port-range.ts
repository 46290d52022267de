import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Enough for a call and its RTCP, with room for ports of calls before. */
const SIZE = 10;
/** Below the range that systems give out to clients. */
const FIRST = 22_000;
const LAST = 29_990;
const ATTEMPTS = 20;

/** A run of UDP ports that nobody uses right now, as `first-last`; the first is even. */
export async function freePortRange(host: string): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const first = randomInt(FIRST / 2, LAST / 2) * 2;
    const ports = Array.from({ length: SIZE }, (_, index) => first + index);
    if (await areFree(host, ports)) return `${first}-${first + SIZE - 1}`;
  }
  throw new Error(`no ${SIZE} free UDP ports in a row between ${FIRST} and ${LAST + SIZE}`);
}

async function areFree(host: string, ports: readonly number[]): Promise<boolean> {
  const sockets: Socket[] = [];
  try {
    for (const port of ports) {
      const socket = createSocket('udp4');
      sockets.push(socket);
      socket.bind(port, host);
      await once(socket, 'listening');
    }
    return true;
  } catch {
    // Taken by another program: the next range may be free.
    return false;
  } finally {
    await Promise.all(sockets.map(closeSocket));
  }
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((done) => {
    socket.close(done);
  });
}
