import { readFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';

/** The addresses of one name. */
interface HostAddresses {
  readonly A: string[];
  readonly AAAA: string[];
}

export type HostNames = ReadonlyMap<string, HostAddresses>;

/** Longer files belong to blockers of advertisements: what is behind is not read. */
const MAX_HOSTS_BYTES = 262_144;
/** RFC 6761 section 6.3: the name means this machine wherever it is asked for. */
const LOCALHOST = '127.0.0.1 localhost\n::1 localhost\n';

/** The names of a hosts file, lower case. What is no line of one is skipped. */
export function parseHosts(text: string): HostNames {
  const names = new Map<string, HostAddresses>();
  for (const line of text.slice(0, MAX_HOSTS_BYTES).split('\n')) {
    const [address = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const type = isIPv4(address) ? 'A' : isIPv6(address) ? 'AAAA' : undefined;
    if (type === undefined) continue;
    for (const alias of aliases) {
      const known = names.get(alias.toLowerCase()) ?? { A: [], AAAA: [] };
      names.set(alias.toLowerCase(), known);
      if (!known[type].includes(address)) known[type].push(address);
    }
  }
  return names;
}

/** A file that cannot be read has `localhost` alone. */
export async function readHosts(path = '/etc/hosts'): Promise<HostNames> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const names = parseHosts(text);
  return names.has('localhost') ? names : parseHosts(`${LOCALHOST}${text}`);
}
