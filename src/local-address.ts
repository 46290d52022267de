import { networkInterfaces } from 'node:os';

/** Where a peer finds what listens on `host`: the host itself, or for all interfaces the first one that leads outside. */
export function localAddress(host: string): string {
  if (host !== '0.0.0.0') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const outward = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return outward?.address ?? '127.0.0.1';
}
