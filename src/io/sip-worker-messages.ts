import type { DrachtioServerStats } from '../drachtio/drachtio-server-io.ts';
import type { CaptureBatch } from './sip-tap.ts';

/** What the thread is started with. */
export interface SipWorkerOptions {
  readonly host: string;
  readonly port: number;
  readonly externalIp: string | undefined;
  readonly allow: readonly string[];
  readonly t1Ms: number;
  readonly secret: string;
  /** DNS servers instead of those of the system. */
  readonly dnsServers: readonly string[] | undefined;
  /** Whether every message is posted too, in batches. */
  readonly captures: boolean;
}

export interface SipServerStats extends DrachtioServerStats {
  /** Datagrams and connections of sources that are not on the list. */
  readonly droppedNotAllowed: number;
  readonly tcpConnections: number;
}

export interface SipThreadStats extends SipServerStats {
  /** JavaScript heap of the thread; without garbage under `node --expose-gc`. */
  readonly heapUsedBytes: number;
  /** What its heap holds outside of itself: buffers. */
  readonly externalBytes: number;
}

export type ToSipWorker =
  | { readonly type: 'set-allowed'; readonly cidrs: readonly string[] }
  | { readonly type: 'stats'; readonly id: number }
  /** One batch of captured messages is read. */
  | { readonly type: 'capture-read' }
  | { readonly type: 'close' };

export type FromSipWorker =
  | {
      readonly type: 'started';
      readonly port: number;
      readonly controlPort: number;
      readonly addresses: readonly string[];
    }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'capture'; readonly batch: CaptureBatch }
  | { readonly type: 'stats'; readonly id: number; readonly stats: SipThreadStats };
