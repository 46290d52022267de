/** How old a nonce may be, in milliseconds. */
export const NONCE_LIFETIME_MS = 60_000;

/** Octets of the code in a nonce: 128 bits as hexadecimal digits. */
const CODE_DIGITS = 32;
const NONCE = /^([0-9a-z]{1,11})-([0-9a-f]{8,32})-([0-9a-f]{32})$/;

export interface NonceOptions {
  /** A keyed code (HMAC) of this text as at least 32 hexadecimal digits; its key is made by this process and leaves it never. */
  readonly mac: (text: string) => string;
  readonly lifetimeMs?: number;
}

/**
 * Nonces that need no memory (RFC 7616 section 5.4): the time, something random and a code over both. Whoever has one got it from us,
 * and we can say how old it is.
 */
export class NonceMaker {
  readonly #mac: NonceOptions['mac'];
  readonly #lifetimeMs: number;

  constructor({ mac, lifetimeMs = NONCE_LIFETIME_MS }: NonceOptions) {
    this.#mac = mac;
    this.#lifetimeMs = lifetimeMs;
  }

  /** `nowMs` is of any clock that never goes back; `salt` is 8 to 32 hexadecimal digits, never the same twice. */
  make(nowMs: number, salt: string): string {
    const text = `${Math.floor(nowMs).toString(36)}-${salt}`;
    return `${text}-${this.#code(text)}`;
  }

  /** `stale`: ours and too old, ask again with `stale=true`. `forged`: never made here. */
  check(nonce: string, nowMs: number): 'fresh' | 'stale' | 'forged' {
    const [, time = '', salt = '', code = ''] = NONCE.exec(nonce) ?? [];
    if (code === '' || !sameDigits(this.#code(`${time}-${salt}`), code)) return 'forged';
    const ageMs = nowMs - Number.parseInt(time, 36);
    return ageMs >= -1 && ageMs <= this.#lifetimeMs ? 'fresh' : 'stale';
  }

  #code(text: string): string {
    return this.#mac(text).slice(0, CODE_DIGITS);
  }
}

/** Takes the same time wherever the digits differ. */
export function sameDigits(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
