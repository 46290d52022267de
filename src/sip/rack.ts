import { isToken, parseDecimal } from './message/tokens.ts';

/** RFC 3262 section 7.2: the reliable provisional response that a PRACK acknowledges. */
export interface RAck {
  readonly responseSequence: number;
  readonly requestSequence: number;
  readonly method: string;
}

const MAX_SEQUENCE = 2 ** 32 - 1;

/** RFC 3262 section 7.1: 1 to 2^32-1. Undefined when absent or no such number. */
export function parseRSeq(text: string | undefined): number | undefined {
  return parseDecimal(text ?? '', MAX_SEQUENCE) || undefined;
}

/** What follows the method is ignored: some callers write it twice. */
export function parseRAck(text: string | undefined): RAck | undefined {
  const [first = '', second = '', method = ''] = (text ?? '').split(/[ \t]+/);
  const responseSequence = parseRSeq(first);
  const requestSequence = parseDecimal(second, MAX_SEQUENCE);
  if (responseSequence === undefined || requestSequence === undefined) return undefined;
  if (!isToken(method)) return undefined;
  return { responseSequence, requestSequence, method };
}
