import type { DialogId } from './signaling.ts';

const MAX_CHARS = 512;

/** Replaces (RFC 3891 section 6.1), in the words of the side that receives it: its own tag is `to-tag`. */
export interface Replaces extends DialogId {
  readonly earlyOnly: boolean;
}

/** `undefined` when it is malformed: no Call-ID, or not both tags once. */
export function parseReplaces(value: string): Replaces | undefined {
  if (value.length > MAX_CHARS || value.includes(',')) return undefined;
  const [callId = '', ...parameters] = value.split(';').map((part) => part.trim());
  const localTag = parameterOf(parameters, 'to-tag');
  const remoteTag = parameterOf(parameters, 'from-tag');
  if (callId === '' || localTag === undefined || remoteTag === undefined) return undefined;
  const earlyOnly = parameters.some((parameter) => parameter.toLowerCase() === 'early-only');
  return { callId, localTag, remoteTag, earlyOnly };
}

/** The value for the peer of `dialog`: its tag is our remote one. */
export function serializeReplaces({ callId, localTag, remoteTag }: DialogId): string {
  return `${callId};to-tag=${remoteTag};from-tag=${localTag}`;
}

function parameterOf(parameters: readonly string[], name: string): string | undefined {
  const prefix = `${name}=`;
  const found = parameters.filter((parameter) => parameter.toLowerCase().startsWith(prefix));
  const value = found.length === 1 ? found[0]?.slice(prefix.length) : undefined;
  return value === '' ? undefined : value;
}
