import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What the kernel holds for a process. */
export interface ProcessStatus {
  readonly openFiles: number;
  readonly udpSockets: number;
  readonly tcpSockets: number;
  readonly threads: number;
  readonly rssBytes: number;
}

/** Linux only: everything is in /proc. */
export function processStatus(pid: number): ProcessStatus {
  const files = openFiles(pid);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    openFiles: files.length,
    udpSockets: countSockets(files, readFileSync(`/proc/${pid}/net/udp`, 'utf8')),
    tcpSockets: countSockets(files, readFileSync(`/proc/${pid}/net/tcp`, 'utf8')),
    threads: field(status, 'Threads'),
    rssBytes: field(status, 'VmRSS') * 1_024,
  };
}

/** Where each descriptor points. */
function openFiles(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      // Closed since the folder was read.
      return [];
    }
  });
}

/** How many of the files are sockets of this table, which lists those of every process. */
export function countSockets(files: readonly string[], table: string): number {
  const inodes = new Set(table.split('\n').map((line) => `socket:[${inodeOf(line)}]`));
  return files.filter((file) => inodes.has(file)).length;
}

/** The tenth column. */
function inodeOf(line: string): string {
  return line.trim().split(/\s+/)[9] ?? '';
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
}
