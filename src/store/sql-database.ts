import type { CompiledQuery, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A statement that the query builder made, to be run together with others. */
export type Statement = CompiledQuery;

export interface StatementResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly affectedRows: number;
}

/**
 * What the stores need of a database. Each SQL database is a folder of its own that implements this; outside of those folders
 * statements come from the query builder and are the same for all.
 */
export interface SqlDatabase {
  /** Builds statements, and runs single ones. */
  readonly query: Kysely<Tables>;
  /**
   * Runs statements in order, all or none. Calls are committed in the order they were made.
   * @throws TrunklineError `store-unavailable`
   */
  atomically(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  /** Waits for what was begun. */
  close(): Promise<void>;
}
