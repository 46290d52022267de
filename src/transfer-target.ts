import { dialledNumber } from './carriers/number-format.ts';
import { sipUserOf } from './signaling/sip-user.ts';

/** The number that a call is sent to by a transfer to a number or a SIP URI, whichever way it is written; undefined for a name such as `sip:alice@host`. */
export function transferredNumber(to: string): string | undefined {
  const isUri = /^sips?:/i.test(to);
  return dialledNumber(isUri ? (sipUserOf(to) ?? '') : to);
}
