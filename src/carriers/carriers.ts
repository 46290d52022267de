import { randomUUID } from 'node:crypto';
import { TrunklineError } from '../core/errors.ts';
import type { CarrierStore } from '../store/carrier-store.ts';
import type { SecretBox } from '../store/secret-box.ts';
import type { Statement } from '../store/sql-database.ts';
import type { Carrier } from './carrier.ts';
import { CarrierRegistry } from './carrier-registry.ts';
import { toCarrier, toCarrierRow } from './carrier-row.ts';

/** A carrier with what is known of it beside its settings. */
export interface CarrierRecord {
  readonly carrier: Carrier;
  /** Its id in the telephony layer; of a carrier of the configuration the same as its id. */
  readonly sid: string;
  /** Undefined: of the configuration. ISO 8601 in UTC. */
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

export interface CarriersOptions {
  /** Of the configuration: everybody's, and not to be changed. */
  readonly system: readonly Carrier[];
  readonly store: CarrierStore;
  readonly box: SecretBox;
}

type Kept = Required<Omit<CarrierRecord, 'carrier'>>;

export interface CarrierDraft extends Kept {
  readonly carrier: Carrier & { readonly accountId: string };
}

/** Of one account. */
const MAX_CARRIERS = 500;

/** The carriers that there are, kept and live: what is made here is in the {@link CarrierRegistry} at once. */
export class Carriers {
  readonly registry: CarrierRegistry;
  readonly #options: CarriersOptions;
  readonly #kept: Map<string, Kept>;
  readonly #usersBeingWritten = new Set<string>();

  private constructor(options: CarriersOptions, stored: ReadonlyMap<Carrier, Kept>) {
    this.#options = options;
    this.registry = new CarrierRegistry([...options.system, ...stored.keys()]);
    this.#kept = new Map([...stored].map(([carrier, kept]) => [carrier.id, kept]));
  }

  /** @throws TrunklineError `config-invalid` when the passwords cannot be read with this key */
  static async open(options: CarriersOptions): Promise<Carriers> {
    const rows = await options.store.all();
    const stored = rows.map((row) => {
      const { sid, createdAt, updatedAt } = row;
      return [toCarrier(row, options.box), { sid, createdAt, updatedAt }] as const;
    });
    return new Carriers(options, new Map(stored));
  }

  /** Those of the configuration first, then the account's own, oldest first. */
  list(accountId: string): readonly CarrierRecord[] {
    return this.registry.all
      .filter((carrier) => isVisible(carrier, accountId))
      .map((carrier) => this.#record(carrier));
  }

  /** @throws TrunklineError `carrier-not-found` */
  find(accountId: string, id: string): CarrierRecord {
    const carrier = this.registry.find(id);
    if (carrier === undefined || !isVisible(carrier, accountId)) throw notFound();
    return this.#record(carrier);
  }

  /** A carrier that is about to be added. @throws TrunklineError `carrier-conflict` */
  draft(accountId: string, settings: Omit<Carrier, 'id' | 'accountId'>): CarrierDraft {
    const carrier = { ...settings, id: randomUUID(), accountId };
    if (this.list(accountId).length >= MAX_CARRIERS) {
      throw conflict(`an account has at most ${MAX_CARRIERS} carriers`);
    }
    this.#refuseSharedUser(carrier);
    const createdAt = new Date().toISOString();
    return { carrier, sid: randomUUID(), createdAt, updatedAt: createdAt };
  }

  /** Keeps it together with `also` (all or none), and takes calls to and from it. @throws TrunklineError `carrier-conflict`, `store-unavailable` */
  async add(draft: CarrierDraft, also: readonly Statement[] = []): Promise<void> {
    const { store, box } = this.#options;
    const { carrier, ...kept } = draft;
    await this.#alone(carrier, async () => {
      await store.create({ ...toCarrierRow(carrier, kept.sid, box), ...kept }, also);
      this.#kept.set(carrier.id, kept);
      this.registry.put(carrier);
    });
  }

  /** @throws TrunklineError `carrier-not-found`, `carrier-read-only`, `carrier-conflict`, `store-unavailable` */
  async update(accountId: string, changed: Carrier): Promise<CarrierRecord> {
    const { store, box } = this.#options;
    const kept = this.#own(accountId, changed.id);
    const carrier = { ...changed, accountId };
    return this.#alone(carrier, async () => {
      const updatedAt = await store.update(toCarrierRow(carrier, kept.sid, box));
      if (this.#kept.has(carrier.id)) {
        this.#kept.set(carrier.id, { ...kept, updatedAt });
        this.registry.put(carrier);
      }
      return { carrier, ...kept, updatedAt };
    });
  }

  /** Running calls go on. @throws TrunklineError `carrier-not-found`, `carrier-read-only`, `store-unavailable` */
  async remove(accountId: string, id: string): Promise<void> {
    this.#own(accountId, id);
    await this.#options.store.remove(id);
    this.#kept.delete(id);
    this.registry.remove(id);
  }

  #record(carrier: Carrier): CarrierRecord {
    const kept = this.#kept.get(carrier.id);
    return kept === undefined ? { carrier, sid: carrier.id } : { carrier, ...kept };
  }

  #own(accountId: string, id: string): Kept {
    const { carrier } = this.find(accountId, id);
    const kept = this.#kept.get(carrier.id);
    if (kept !== undefined) return kept;
    throw new TrunklineError(
      'carrier-read-only',
      'this carrier is in the configuration file and can be changed there only',
    );
  }

  /** Nobody else gets its user name while it is being written. @throws TrunklineError `carrier-conflict` */
  async #alone<Result>(carrier: Carrier, write: () => Promise<Result>): Promise<Result> {
    const username = inboundUserOf(carrier);
    this.#refuseSharedUser(carrier);
    if (username === undefined) return await write();
    if (this.#usersBeingWritten.has(username)) throw sharedUser();
    this.#usersBeingWritten.add(username);
    try {
      return await write();
    } finally {
      this.#usersBeingWritten.delete(username);
    }
  }

  /** Whose call it is must be clear from the user name. */
  #refuseSharedUser(carrier: Carrier): void {
    const username = inboundUserOf(carrier);
    if (username === undefined) return;
    const other = this.registry.carrierByInboundUser(username);
    if (other !== undefined && other.id !== carrier.id) throw sharedUser();
  }
}

function inboundUserOf({ inboundAuth, trunkType }: Carrier): string | undefined {
  return trunkType === 'auth' ? inboundAuth?.username : undefined;
}

function sharedUser(): TrunklineError {
  return conflict('inbound_auth.username is in use by another carrier');
}

function isVisible({ accountId }: Carrier, to: string): boolean {
  return accountId === undefined || accountId === to;
}

function notFound(): TrunklineError {
  return new TrunklineError('carrier-not-found', 'there is no carrier with this id');
}

function conflict(message: string): TrunklineError {
  return new TrunklineError('carrier-conflict', message);
}
