import { parseDecimal, parseParameters, trimSpace } from './message/tokens.ts';

/** RFC 4028 section 4. */
export interface SessionExpires {
  readonly seconds: number;
  /** Which side of the transaction refreshes. */
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** RFC 4028 section 5: nobody may ask for less. */
export const MIN_SESSION_SECONDS = 90;
/** RFC 4028 section 4 recommends half an hour. */
export const DEFAULT_SESSION_SECONDS = 1_800;
/** More is as good as none: what a peer asks beyond is a day. */
export const MAX_SESSION_SECONDS = 86_400;
const MAX_DELTA_SECONDS = 2 ** 32 - 1;

/** Undefined when absent or no number of seconds; an unknown refresher is none. */
export function parseSessionExpires(text: string | undefined): SessionExpires | undefined {
  const seconds = secondsOf(text);
  if (seconds === undefined) return undefined;
  const semicolon = (text ?? '').indexOf(';');
  const parameters = semicolon === -1 ? undefined : parseParameters((text ?? '').slice(semicolon));
  const refresher = parameters?.get('refresher')?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** RFC 4028 section 5, in seconds. */
export function parseMinSe(text: string | undefined): number | undefined {
  return secondsOf(text);
}

export function serializeSessionExpires({ seconds, refresher }: SessionExpires): string {
  return refresher === undefined ? `${seconds}` : `${seconds};refresher=${refresher}`;
}

function secondsOf(text: string | undefined): number | undefined {
  const value = parseDecimal(trimSpace((text ?? '').split(';', 1)[0] ?? ''), MAX_DELTA_SECONDS);
  return value === undefined ? undefined : Math.min(value, MAX_SESSION_SECONDS);
}
