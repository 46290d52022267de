import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { ConfigError } from './config/config-error.ts';

/** Where a peer finds what listens on `host`: the host itself, or for all interfaces the first one that leads outside. */
export function localAddress(host: string): string {
  if (host !== '0.0.0.0') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const outward = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return outward?.address ?? '127.0.0.1';
}

/** @throws ConfigError naming `key` when no UDP socket can be bound to `host` on this machine. */
export async function requireOwnAddress(key: string, host: string): Promise<void> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, host);
    await once(socket, 'listening');
  } catch {
    throw new ConfigError(key, `${host} is not an address of this machine`);
  } finally {
    socket.close();
  }
}
