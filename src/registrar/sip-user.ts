/** Hashes of `username:realm:password` (RFC 7616 section 3.4.2): the password itself is kept nowhere. */
export type UserHashes = Readonly<Record<'SHA-256' | 'MD5', string>>;

/** A softphone of an account. */
export interface SipUser {
  readonly id: string;
  readonly accountId: string;
  /** Unique in the installation. */
  readonly username: string;
  /** The realm that the hashes are for; under another one nobody can register. */
  readonly realm: string;
  readonly hashes: UserHashes;
  readonly displayName?: string;
  /** Who answers a number that nobody else answers: the name of an agent. */
  readonly agent?: string;
  /** Devices at once; one more takes the place of the one that would expire first. */
  readonly maxContacts: number;
}

export const SIP_USER_LIMITS = Object.freeze({
  maxContacts: 5,
  mostContacts: 20,
  perAccount: 1_000,
});

/** Letters, digits and what needs no escape in a URI. */
export const SIP_USERNAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

const ADDRESS = /^sip:([A-Za-z0-9][A-Za-z0-9._+-]{0,63})$/i;

/** The user of a softphone's address, `sip:alice`; undefined for a number or the address of somebody elsewhere. */
export function softphoneOf(address: string): string | undefined {
  return ADDRESS.exec(address)?.[1];
}
