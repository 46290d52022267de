import { randomUUID } from 'node:crypto';
import { TrunklineError } from '../core/errors.ts';
import type { SecretBox } from '../store/secret-box.ts';
import type { SipUserRow, SipUserStore } from '../store/sip-user-store.ts';
import type { Statement } from '../store/sql-database.ts';
import { SIP_USER_LIMITS, type SipUser, type UserHashes } from './sip-user.ts';
import { userHashesOf } from './user-hashes.ts';

/** A softphone with what is known of it beside its settings. */
export interface SipUserRecord {
  readonly user: SipUser;
  /** ISO 8601 in UTC; undefined: of the configuration. */
  readonly createdAt?: string;
}

export interface SipUserSettings
  extends Pick<SipUser, 'username' | 'displayName' | 'agent' | 'maxContacts'> {
  readonly password: string;
}

export interface SipUsersOptions {
  /** Of the configuration: not to be changed. */
  readonly configured: readonly SipUser[];
  readonly store: SipUserStore;
  readonly box: SecretBox;
  /** Of those that are added. */
  readonly realm: string;
}

export interface SipUserDraft {
  readonly user: SipUser;
  readonly createdAt: string;
}

/** The softphones that there are, kept and live. */
export class SipUsers {
  readonly #options: SipUsersOptions;
  readonly #byId = new Map<string, SipUserRecord>();
  readonly #byUsername = new Map<string, SipUser>();
  /** Told after every change. */
  onChange: (() => void) | undefined;

  private constructor(options: SipUsersOptions, stored: readonly SipUserRecord[]) {
    this.#options = options;
    // A user name of the configuration hides one that an account made before.
    for (const record of stored) this.#put(record);
    for (const user of options.configured) this.#put({ user });
  }

  /** @throws TrunklineError `config-invalid` when the secrets cannot be read with this key */
  static async open(options: SipUsersOptions): Promise<SipUsers> {
    const rows = await options.store.all();
    return new SipUsers(
      options,
      rows.map((row) => toRecord(row, options.box)),
    );
  }

  get size(): number {
    return this.#byUsername.size;
  }

  /** Of the account, oldest first. */
  list(accountId: string): readonly SipUserRecord[] {
    return [...this.#byId.values()].filter(({ user }) => user.accountId === accountId);
  }

  /** @throws TrunklineError `sip-user-not-found` */
  find(accountId: string, id: string): SipUserRecord {
    const record = this.#byId.get(id);
    if (record !== undefined && record.user.accountId === accountId) return record;
    throw new TrunklineError('sip-user-not-found', 'there is no SIP user with this id');
  }

  byId(id: string): SipUser | undefined {
    return this.#byId.get(id)?.user;
  }

  byUsername(username: string): SipUser | undefined {
    return this.#byUsername.get(username);
  }

  /** One that is about to be added. @throws TrunklineError `sip-user-conflict` */
  draft(accountId: string, { password, ...settings }: SipUserSettings): SipUserDraft {
    const { realm } = this.#options;
    const { username } = settings;
    if (this.#byUsername.has(username)) throw conflict('username is in use');
    if (this.list(accountId).length >= SIP_USER_LIMITS.perAccount) {
      throw conflict(`an account has at most ${SIP_USER_LIMITS.perAccount} SIP users`);
    }
    const hashes = userHashesOf({ username, realm, password });
    const user = { ...settings, id: randomUUID(), accountId, realm, hashes };
    return { user, createdAt: new Date().toISOString() };
  }

  /** Keeps it together with `also` (all or none); it can register at once. @throws TrunklineError `store-unavailable`, `sip-user-conflict` */
  async add({ user, createdAt }: SipUserDraft, also: readonly Statement[] = []): Promise<void> {
    const { store, box } = this.#options;
    if (this.#byUsername.has(user.username)) throw conflict('username is in use');
    // Taken while it is being written: nobody else gets the name meanwhile.
    this.#put({ user, createdAt });
    try {
      await store.create({ ...toRow(user, box), createdAt }, also);
    } catch (error) {
      this.#drop(user);
      throw error;
    }
    this.onChange?.();
  }

  /** @throws TrunklineError `sip-user-not-found`, `sip-user-read-only`, `store-unavailable` */
  async remove(accountId: string, id: string): Promise<void> {
    const { user, createdAt } = this.find(accountId, id);
    if (createdAt === undefined) {
      throw new TrunklineError(
        'sip-user-read-only',
        'this SIP user is in the configuration file and can be changed there only',
      );
    }
    await this.#options.store.remove(id);
    this.#drop(user);
    this.onChange?.();
  }

  #put(record: SipUserRecord): void {
    this.#byId.set(record.user.id, record);
    this.#byUsername.set(record.user.username, record.user);
  }

  #drop({ id, username }: SipUser): void {
    this.#byId.delete(id);
    if (this.#byUsername.get(username)?.id === id) this.#byUsername.delete(username);
  }
}

function conflict(message: string): TrunklineError {
  return new TrunklineError('sip-user-conflict', message);
}

function toRow(user: SipUser, box: SecretBox): Omit<SipUserRow, 'createdAt'> {
  const { id, accountId, username, hashes, ...settings } = user;
  return {
    id,
    accountId,
    username,
    settings: JSON.stringify(settings),
    secrets: box.seal(id, JSON.stringify(hashes)),
  };
}

/** The JSON is what {@link toRow} wrote, so it is trusted. */
function toRecord(row: SipUserRow, box: SecretBox): SipUserRecord {
  const { id, accountId, username, createdAt } = row;
  const settings: Pick<SipUser, 'realm' | 'displayName' | 'agent' | 'maxContacts'> = JSON.parse(
    row.settings,
  );
  const hashes: UserHashes = JSON.parse(box.open(id, row.secrets));
  return { user: { ...settings, id, accountId, username, hashes }, createdAt };
}
