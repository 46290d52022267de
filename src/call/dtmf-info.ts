/** How long a key of ours is said to be held. */
const DURATION_MS = 160;

export const DTMF_RELAY_TYPE = 'application/dtmf-relay';

/** Events 10 and 11 of RFC 4733 section 3.2, which some peers send as numbers. */
const NUMBERED: Readonly<Record<string, string>> = { '10': '*', '11': '#' };

/** The key in the body of an INFO: `Signal=5` with a duration, or the key alone. `undefined` when there is none. */
export function parseDtmfInfo(body: string): string | undefined {
  const [, named] = /^\s*signal\s*=\s*(\S+)/im.exec(body) ?? [];
  const text = (named ?? body.trim()).toUpperCase();
  const digit = NUMBERED[text] ?? text;
  return /^[0-9*#A-D]$/.test(digit) ? digit : undefined;
}

export function serializeDtmfInfo(digit: string): string {
  return `Signal=${digit}\r\nDuration=${DURATION_MS}\r\n`;
}
