import { networkInterfaces } from 'node:os';

export interface OwnSipAddress {
  /** That SIP listens on, and those that the world knows us by. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
}

const DEFAULT_SIP_PORT = 5_060;
const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** Whether SIP sent there comes back to ourselves. A name other than `localhost` is not resolved. */
export function isOwnSipAddress(
  own: OwnSipAddress,
  host: string,
  port: number | undefined,
): boolean {
  if (!own.ports.includes(port ?? DEFAULT_SIP_PORT)) return false;
  const { hosts } = own;
  if (hosts.includes(host)) return true;
  if (host === 'localhost' && hosts.some((each) => LOCAL_NAMES.includes(each))) return true;
  const isEveryHost = hosts.some((each) => each === '0.0.0.0' || each === '::');
  return isEveryHost && isOfThisMachine(host);
}

function isOfThisMachine(host: string): boolean {
  if (LOCAL_NAMES.includes(host) || host.startsWith('127.')) return true;
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return interfaces.some(({ address }) => address === host);
}
