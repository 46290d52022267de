import type { SqlDatabase, Statement } from './sql-database.ts';
import type { WallClock } from './wall-clock.ts';

const LIFETIME_MS = 24 * 3_600_000;

/** A client's key, in its account, for one request. */
export interface IdempotentRequest {
  readonly accountId: string;
  readonly key: string;
  /** Equal for equal requests. */
  readonly fingerprint: string;
}

export interface StoredReply {
  readonly status: number;
  readonly body: string;
}

export type Reservation =
  | { readonly type: 'reserved' }
  | { readonly type: 'running' }
  | { readonly type: 'different-request' }
  | { readonly type: 'replay'; readonly reply: StoredReply };

/** Answers kept for 24 hours, so that a repeated request has one effect. */
export class IdempotencyStore {
  readonly #database: SqlDatabase;
  readonly #clock: WallClock;

  constructor(database: SqlDatabase, clock: WallClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Of any number of equal requests at once, one gets `reserved`. */
  async reserve({ accountId, key, fingerprint }: IdempotentRequest): Promise<Reservation> {
    const { query } = this.#database;
    const nowMs = this.#clock.now().getTime();
    const [, inserted, found] = await this.#database.atomically([
      query
        .deleteFrom('idempotency_keys')
        .where('expires_at', '<=', new Date(nowMs).toISOString())
        .compile(),
      query
        .insertInto('idempotency_keys')
        .values({
          account_id: accountId,
          key,
          fingerprint,
          status: null,
          body: null,
          expires_at: new Date(nowMs + LIFETIME_MS).toISOString(),
        })
        .onConflict((conflict) => conflict.columns(['account_id', 'key']).doNothing())
        .compile(),
      query
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('account_id', '=', accountId)
        .where('key', '=', key)
        .compile(),
    ]);
    if (inserted?.affectedRows === 1) return { type: 'reserved' };
    return toReservation(found?.rows[0] ?? {}, fingerprint);
  }

  /** The statement that keeps the answer; run it with the effect, so that neither is there without the other. */
  completion(request: IdempotentRequest, reply: StoredReply): Statement {
    return this.#database.query
      .updateTable('idempotency_keys')
      .set({ status: reply.status, body: reply.body })
      .where('account_id', '=', request.accountId)
      .where('key', '=', request.key)
      .compile();
  }

  /** The statement that forgets a request which had no effect and may be repeated. */
  release(request: IdempotentRequest): Statement {
    return this.#database.query
      .deleteFrom('idempotency_keys')
      .where('account_id', '=', request.accountId)
      .where('key', '=', request.key)
      .compile();
  }

  async run(statement: Statement): Promise<void> {
    await this.#database.atomically([statement]);
  }

  /** Forgets requests that were running when an earlier run ended. To be called before any request. */
  async releaseAbandoned(): Promise<void> {
    await this.#database.query.deleteFrom('idempotency_keys').where('status', 'is', null).execute();
  }
}

function toReservation(row: Readonly<Record<string, unknown>>, expected: string): Reservation {
  const { fingerprint, status, body } = row;
  if (fingerprint !== expected) return { type: 'different-request' };
  if (typeof status !== 'number' || typeof body !== 'string') return { type: 'running' };
  return { type: 'replay', reply: { status, body } };
}
