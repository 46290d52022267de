import { timingSafeEqual } from 'node:crypto';
import type { AccountStore } from '../store/account-store.ts';
import { generateApiKey, hashApiKey } from './api-key.ts';

/** Who a request is from. */
export interface Caller {
  readonly accountId: string;
  readonly apiKeyId: string;
}

export interface EnsuredApiKey {
  readonly accountId: string;
  /** Set when the key was made just now: show it once, it cannot be read again. */
  readonly generatedKey?: string;
}

/**
 * Sees to it that the default account has a key. A configured one becomes the only key; without one the key of an earlier
 * start stays, and at the first start one is generated.
 */
export async function ensureApiKey(
  accounts: AccountStore,
  configured: string | undefined,
): Promise<EnsuredApiKey> {
  const accountId = await accounts.ensureDefaultAccount();
  if (configured !== undefined) {
    await accounts.replaceApiKey(accountId, hashApiKey(configured).toString('hex'));
    return { accountId };
  }
  const keys = await accounts.apiKeys();
  if (keys.some((key) => key.accountId === accountId)) return { accountId };
  const generatedKey = generateApiKey();
  await accounts.replaceApiKey(accountId, hashApiKey(generatedKey).toString('hex'));
  return { accountId, generatedKey };
}

interface KnownKey extends Caller {
  readonly hash: Buffer;
}

/** The keys that are valid now. */
export class ApiKeys {
  readonly #keys: readonly KnownKey[];

  private constructor(keys: readonly KnownKey[]) {
    this.#keys = keys;
  }

  static async load(accounts: AccountStore): Promise<ApiKeys> {
    const rows = await accounts.apiKeys();
    return new ApiKeys(
      rows.map((row) => ({
        accountId: row.accountId,
        apiKeyId: row.id,
        hash: Buffer.from(row.hash, 'hex'),
      })),
    );
  }

  /** Takes the same time for every wrong key. */
  authenticate(key: string): Caller | undefined {
    const hash = hashApiKey(key);
    let found: Caller | undefined;
    for (const known of this.#keys) {
      if (timingSafeEqual(known.hash, hash)) found = known;
    }
    return found;
  }
}
