import type { Selectable } from 'kysely';
import type { SqlDatabase, Statement } from './sql-database.ts';
import type { SipUsersTable } from './tables.ts';
import type { WallClock } from './wall-clock.ts';

/** A softphone that an account made, as it is kept. */
export interface SipUserRow {
  readonly id: string;
  readonly accountId: string;
  readonly username: string;
  /** JSON, without any secret. */
  readonly settings: string;
  /** Encrypted. */
  readonly secrets: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
}

/** Softphones and where they are registered. What is in them is `registrar/`'s business. */
export class SipUserStore {
  readonly #database: SqlDatabase;
  readonly #clock: WallClock;

  constructor(database: SqlDatabase, clock: WallClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Oldest first. */
  async all(): Promise<readonly SipUserRow[]> {
    const rows = await this.#database.query
      .selectFrom('sip_users')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(toSipUserRow);
  }

  /** Keeps it together with `also` (all or none). */
  async create(row: SipUserRow, also: readonly Statement[] = []): Promise<void> {
    const { id, username, settings, secrets } = row;
    const { accountId: account_id, createdAt: created_at } = row;
    const insert = this.#database.query
      .insertInto('sip_users')
      .values({ id, account_id, username, settings, secrets, created_at })
      .compile();
    await this.#database.atomically([insert, ...also]);
  }

  /** With its registrations. */
  async remove(id: string): Promise<void> {
    const { query } = this.#database;
    await this.#database.atomically([
      query.deleteFrom('sip_registrations').where('user_id', '=', id).compile(),
      query.deleteFrom('sip_users').where('id', '=', id).compile(),
    ]);
  }

  /** By user, as JSON. */
  async registrations(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#database.query
      .selectFrom('sip_registrations')
      .select(['user_id', 'bindings'])
      .execute();
    return new Map(rows.map(({ user_id, bindings }) => [user_id, bindings]));
  }

  /** Undefined: there are none any more. */
  async saveRegistration(userId: string, bindings: string | undefined): Promise<void> {
    const { query } = this.#database;
    const remove = query.deleteFrom('sip_registrations').where('user_id', '=', userId).compile();
    const updated_at = this.#clock.now().toISOString();
    const insert =
      bindings === undefined
        ? []
        : [
            query
              .insertInto('sip_registrations')
              .values({ user_id: userId, bindings, updated_at })
              .compile(),
          ];
    await this.#database.atomically([remove, ...insert]);
  }
}

function toSipUserRow(row: Selectable<SipUsersTable>): SipUserRow {
  const { id, username, settings, secrets } = row;
  const { account_id: accountId, created_at: createdAt } = row;
  return { id, accountId, username, settings, secrets, createdAt };
}
