import type { Selectable } from 'kysely';
import type { SqlDatabase, Statement } from './sql-database.ts';
import type { CarriersTable } from './tables.ts';
import type { WallClock } from './wall-clock.ts';

/** A carrier that an account made, as it is kept. */
export interface CarrierRow {
  readonly id: string;
  readonly accountId: string;
  readonly sid: string;
  /** JSON, without any secret. */
  readonly settings: string;
  /** Encrypted. */
  readonly secrets: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What can change of one. */
export type CarrierRowContent = Omit<CarrierRow, 'createdAt' | 'updatedAt'>;

/** Carriers that accounts made. What is in them is `carriers/`'s business. */
export class CarrierStore {
  readonly #database: SqlDatabase;
  readonly #clock: WallClock;

  constructor(database: SqlDatabase, clock: WallClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Oldest first. */
  async all(): Promise<readonly CarrierRow[]> {
    const rows = await this.#database.query
      .selectFrom('carriers')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(toCarrierRow);
  }

  /** Keeps it together with `also` (all or none). */
  async create(row: CarrierRow, also: readonly Statement[] = []): Promise<void> {
    const { id, sid, settings, secrets } = row;
    const { accountId: account_id, createdAt: created_at, updatedAt: updated_at } = row;
    const insert = this.#database.query
      .insertInto('carriers')
      .values({ id, account_id, sid, settings, secrets, created_at, updated_at })
      .compile();
    await this.#database.atomically([insert, ...also]);
  }

  /** Returns when it was changed. */
  async update({ id, settings, secrets }: CarrierRowContent): Promise<string> {
    const now = this.#clock.now().toISOString();
    await this.#database.query
      .updateTable('carriers')
      .set({ settings, secrets, updated_at: now })
      .where('id', '=', id)
      .execute();
    return now;
  }

  async remove(id: string): Promise<void> {
    await this.#database.query.deleteFrom('carriers').where('id', '=', id).execute();
  }
}

function toCarrierRow(row: Selectable<CarriersTable>): CarrierRow {
  const { id, sid, settings, secrets } = row;
  const { account_id: accountId, created_at: createdAt, updated_at: updatedAt } = row;
  return { id, accountId, sid, settings, secrets, createdAt, updatedAt };
}
