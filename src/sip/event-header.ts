import type { SipMessage } from './message/sip-message.ts';
import { parseParameters } from './message/tokens.ts';

/** RFC 3515 section 2.4.4. */
export const REFER_EVENT = 'refer';

/** Event without its parameters but `id` (RFC 6665 section 8.2.1); those of REFER count as one. */
export function eventOf({ headers }: SipMessage): string {
  const [name = '', ...others] = (headers.first('event') ?? '').split(';');
  const type = name.trim().toLowerCase();
  if (type === REFER_EVENT) return type;
  const id = parseParameters(`;${others.join(';')}`)?.get('id');
  return id === undefined ? type : `${type};id=${id}`;
}
