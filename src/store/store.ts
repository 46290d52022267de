import { AccountStore } from './account-store.ts';
import { CallStore } from './call-store.ts';
import { CarrierStore } from './carrier-store.ts';
import { IdempotencyStore } from './idempotency-store.ts';
import { LadderStore } from './ladder-store.ts';
import { migrate } from './migrations.ts';
import { SipUserStore } from './sip-user-store.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';
import { UsageStore } from './usage-store.ts';
import { systemClock, type WallClock } from './wall-clock.ts';

export interface StoreOptions {
  /** SQLite file; its folder is made when it is missing. */
  readonly file: string;
  /** The database is lost; from now on everything is refused with `store-unavailable`. */
  readonly onFailure: (error: Error) => void;
  readonly maxQueued?: number;
  readonly clock?: WallClock;
}

export interface Store {
  readonly calls: CallStore;
  readonly accounts: AccountStore;
  readonly idempotency: IdempotencyStore;
  readonly ladders: LadderStore;
  readonly carriers: CarrierStore;
  readonly usage: UsageStore;
  readonly sipUsers: SipUserStore;
  /** False once the database is lost. */
  readonly isWorking: boolean;
  close(): Promise<void>;
}

const DEFAULT_MAX_QUEUED = 10_000;

/** Opens the database and brings it to the newest form. @throws TrunklineError `store-unavailable` */
export async function openStore(options: StoreOptions): Promise<Store> {
  let isWorking = true;
  const database = await openSqlite({
    file: options.file,
    maxQueued: options.maxQueued ?? DEFAULT_MAX_QUEUED,
    onFailure: (error) => {
      isWorking = false;
      options.onFailure(error);
    },
  });
  const clock = options.clock ?? systemClock;
  const idempotency = new IdempotencyStore(database, clock);
  try {
    await migrate(database, clock);
    await idempotency.releaseAbandoned();
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    calls: new CallStore(database, clock),
    accounts: new AccountStore(database, clock),
    idempotency,
    ladders: new LadderStore(database, clock),
    carriers: new CarrierStore(database, clock),
    usage: new UsageStore(database),
    sipUsers: new SipUserStore(database, clock),
    get isWorking() {
      return isWorking;
    },
    close: () => database.close(),
  };
}
