import type { StatementResult } from '../sql-database.ts';

/** What the main thread and the SQLite thread say to each other. */

export interface SqliteStatement {
  readonly sql: string;
  readonly parameters: readonly SqliteValue[];
}

export type SqliteValue = string | number | bigint | null | Uint8Array;

/** Statements that take effect together. */
export interface SqliteUnit {
  readonly isWrite: boolean;
  readonly statements: readonly SqliteStatement[];
}

export type SqliteRequest =
  | { readonly type: 'batch'; readonly units: readonly SqliteUnit[] }
  | { readonly type: 'close' };

export type SqliteUnitResult =
  | { readonly ok: true; readonly results: readonly StatementResult[] }
  | { readonly ok: false; readonly error: string };

export type SqliteReply =
  | { readonly type: 'opened' }
  | { readonly type: 'open-failed'; readonly error: string }
  | { readonly type: 'batch-done'; readonly results: readonly SqliteUnitResult[] };
