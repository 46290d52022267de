import type { DeadlineQueue } from '../core/deadline-queue.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { UserAgent } from '../sip/user-agent.ts';
import type { CallRecords } from './call-records.ts';
import type { ClientMessages } from './client-messages.ts';
import type { Connection, Connections } from './connections.ts';
import type { DrachtioServerOptions } from './drachtio-server-io.ts';
import type { EarlyUpdates } from './early-updates.ts';
import type { ProxyReplies } from './proxy-replies.ts';

/** What the parts of the server share: who has which request and which dialog. */
export interface DrachtioContext {
  readonly options: DrachtioServerOptions;
  readonly ua: UserAgent;
  readonly messages: ClientMessages;
  readonly connections: Connections;
  readonly transactionOwners: Map<string, number>;
  readonly dialogOwners: Map<string, number>;
  /** Requests that an application has not reacted to at all. */
  readonly unanswered: DeadlineQueue<string>;
  readonly earlyUpdates: EarlyUpdates;
  readonly proxied: ProxyReplies;
  readonly records: CallRecords;
  /** Ends a connection and what it has. */
  readonly drop: (connection: Connection, now: MonotonicMs) => void;
}
