import { sourceKey } from '../admission/source-key.ts';
import { sameDigits } from './nonce.ts';

/** Hexadecimal digits: half of the salt is random, half says whom the nonce was given to. */
const HALF_DIGITS = 16;
const SALT = /^[0-9a-z]+-[0-9a-f]{16}([0-9a-f]{16})-/;

type Mac = (text: string) => string;

/**
 * A salt for a nonce that is good for one source only: whoever forges the address of another cannot use a nonce of its own in that one's name.
 * `random`: 16 hexadecimal digits.
 */
export function sourceSalt(mac: Mac, random: string, source: string): string {
  return `${random}${codeOf(mac, source)}`;
}

/** Whether the nonce, if it is ours, was given to this source. */
export function isForSource(mac: Mac, nonce: string, source: string): boolean {
  return sameDigits(SALT.exec(nonce)?.[1] ?? '', codeOf(mac, source));
}

function codeOf(mac: Mac, source: string): string {
  return mac(`source ${sourceKey(source)}`).slice(0, HALF_DIGITS);
}
