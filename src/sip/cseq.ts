import { isToken, parseDecimal } from './message/tokens.ts';

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** RFC 3261 section 20.16: the number fits in 32 bits. */
const MAX_CSEQ = 2 ** 32 - 1;

export function parseCSeq(text: string): CSeq | undefined {
  const match = /^([0-9]+)[ \t]+([^ \t]+)$/.exec(text);
  const [, digits, method] = match ?? [];
  if (digits === undefined || method === undefined || !isToken(method)) return undefined;
  const number = parseDecimal(digits, MAX_CSEQ);
  return number === undefined ? undefined : { number, method };
}
