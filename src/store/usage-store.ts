import type { SqlDatabase } from './sql-database.ts';

export interface UsageRow {
  readonly accountId: string;
  /** `2026-01-31`, UTC. */
  readonly day: string;
  readonly calls: number;
  readonly minutes: number;
  readonly microUsd: number;
}

/** What accounts have used of their days. */
export class UsageStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Of that day, one row per account. */
  async ofDay(day: string): Promise<readonly UsageRow[]> {
    const rows = await this.#database.query
      .selectFrom('daily_usage')
      .selectAll()
      .where('day', '=', day)
      .execute();
    return rows.map(({ account_id, micro_usd, calls, minutes }) => {
      return { accountId: account_id, day, calls, minutes, microUsd: Number(micro_usd) };
    });
  }

  /** Replaces what was kept of this day. Rows take effect in the order they are saved in. */
  async save({ accountId, day, calls, minutes, microUsd }: UsageRow): Promise<void> {
    const used = { calls, minutes, micro_usd: microUsd };
    await this.#database.atomically([
      this.#database.query
        .insertInto('daily_usage')
        .values({ account_id: accountId, day, ...used })
        .onConflict((conflict) => conflict.columns(['account_id', 'day']).doUpdateSet(used))
        .compile(),
    ]);
  }
}
