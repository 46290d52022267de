import { randomUUID } from 'node:crypto';
import { invariant } from '../core/invariant.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { WallClock } from './wall-clock.ts';

export interface ApiKeyRow {
  readonly id: string;
  readonly accountId: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** Accounts, the hashes of their keys, and this installation's own secrets. */
export class AccountStore {
  readonly #database: SqlDatabase;
  readonly #clock: WallClock;

  constructor(database: SqlDatabase, clock: WallClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The id of the one account of this installation, made when it is missing. */
  async ensureDefaultAccount(): Promise<string> {
    const { query } = this.#database;
    const found = await query
      .selectFrom('accounts')
      .select('id')
      .orderBy('created_at')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (found !== undefined) return found.id;
    const id = randomUUID();
    await query
      .insertInto('accounts')
      .values({ id, name: 'default', created_at: this.#now() })
      .execute();
    return id;
  }

  async apiKeys(): Promise<readonly ApiKeyRow[]> {
    const rows = await this.#database.query.selectFrom('api_keys').selectAll().execute();
    return rows.map((row) => ({ id: row.id, accountId: row.account_id, hash: row.hash }));
  }

  /** Makes `hash` the only key of the account. */
  async replaceApiKey(accountId: string, hash: string): Promise<void> {
    const { query } = this.#database;
    await this.#database.atomically([
      query.deleteFrom('api_keys').where('account_id', '=', accountId).compile(),
      query
        .insertInto('api_keys')
        .values({ id: randomUUID(), account_id: accountId, hash, created_at: this.#now() })
        .compile(),
    ]);
  }

  /** The secret of this name, `candidate` when there is none yet. */
  async ensureSecret(name: string, candidate: string): Promise<string> {
    const { query } = this.#database;
    const [, found] = await this.#database.atomically([
      query
        .insertInto('secrets')
        .values({ name, value: candidate })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .compile(),
      query.selectFrom('secrets').select('value').where('name', '=', name).compile(),
    ]);
    const { value } = found?.rows[0] ?? {};
    invariant(typeof value === 'string', 'a secret that was just ensured is there');
    return value;
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}
