import { bytesToByteString, indexOfBlankLine } from '../../core/bytes.ts';

/** Longest method that is told from another; the registered ones are shorter. */
const MAX_METHOD_OCTETS = 32;

export interface Peek {
  /** Empty for a response and for what is no SIP. */
  readonly method: string;
  readonly isResponse: boolean;
}

/** The little that decides about a message before it is parsed. */
export function peekMessage(bytes: Uint8Array): Peek {
  const start = bytesToByteString(bytes.subarray(0, MAX_METHOD_OCTETS));
  if (start.startsWith('SIP/')) return { method: '', isResponse: true };
  return { method: /^([A-Z]+) /.exec(start)?.[1] ?? '', isResponse: false };
}

/** Whether the head has a line with credentials for us; whether they are right is not seen here. */
export function hasCredentials(bytes: Uint8Array): boolean {
  const end = indexOfBlankLine(bytes);
  const head = bytesToByteString(end === -1 ? bytes : bytes.subarray(0, end));
  return /\r\nauthorization[ \t]*:/i.test(head);
}
