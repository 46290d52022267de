import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { SqlDatabase } from './sql-database.ts';
import type { WallClock } from './wall-clock.ts';

const DAY_MS = 86_400_000;

/** SIP ladders of calls that are over, as compressed text. What the text says is its reader's business. */
export class LadderStore {
  readonly #database: SqlDatabase;
  readonly #clock: WallClock;

  constructor(database: SqlDatabase, clock: WallClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Of a call that is stored. A ladder that is there already is replaced. */
  async save(callId: string, text: string): Promise<void> {
    const ladder = (await promisify(deflate)(text)).toString('base64');
    const { query } = this.#database;
    await this.#database.atomically([
      query.deleteFrom('sip_ladders').where('call_id', '=', callId).compile(),
      query
        .insertInto('sip_ladders')
        .values({ call_id: callId, ladder, saved_at: this.#clock.now().toISOString() })
        .compile(),
    ]);
  }

  async find(callId: string): Promise<string | undefined> {
    const row = await this.#database.query
      .selectFrom('sip_ladders')
      .select('ladder')
      .where('call_id', '=', callId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return (await promisify(inflate)(Buffer.from(row.ladder, 'base64'))).toString();
  }

  async deleteOlderThan(days: number): Promise<void> {
    const before = new Date(this.#clock.now().getTime() - days * DAY_MS).toISOString();
    const { query } = this.#database;
    await this.#database.atomically([
      query.deleteFrom('sip_ladders').where('saved_at', '<', before).compile(),
    ]);
  }
}
