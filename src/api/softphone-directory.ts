import type { SipUsers } from '../registrar/sip-users.ts';

/** What the API asks of the part that runs the softphones. */
export interface SoftphoneDirectory {
  readonly users: Pick<SipUsers, 'list' | 'find' | 'draft' | 'add'>;
  /** Devices that the user is reached at now. */
  registeredContacts(userId: string): number;
  /** @throws TrunklineError `sip-user-not-found`, `sip-user-read-only`, `store-unavailable` */
  remove(accountId: string, id: string): Promise<void>;
}
