const MAX_SECONDS = 2 ** 32 - 1;

/** Seconds at the start of a value; Retry-After may have a comment and parameters after them (RFC 3261 section 20.33). */
export function secondsOf(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,10})(?!\d)/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), MAX_SECONDS);
}
