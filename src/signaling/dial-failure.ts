import type { DialTarget } from './signaling.ts';

/** How an attempt ended that was not answered. */
export interface DialFailure {
  readonly status: number;
  readonly reason: string;
  /** The network said nothing: a timeout, a refused connection, no free slot. */
  readonly isOurs: boolean;
  /** It was answered, and then could not be used: no other target may be tried. */
  readonly wasAnswered?: boolean;
  readonly retryAfterSeconds?: number;
  /** Where a redirect leads, as far as it may be followed. */
  readonly redirects?: readonly DialTarget[];
}

/**
 * What a gateway says when it cannot help, while another might: it knows nothing of us, or has no way on. What it says of the
 * called party (404, 480, 484, 486, 603 and so on) holds for every way there.
 */
const MOVES_ON: ReadonlySet<number> = new Set([
  401, 402, 407, 408, 430, 500, 501, 502, 503, 504, 505, 513,
]);
/** Once it rang, these are about the called party: nobody answered. */
const FINAL_AFTER_RINGING: ReadonlySet<number> = new Set([408]);

export function movesOn({ status, isOurs, wasAnswered }: DialFailure, hasRung: boolean): boolean {
  if (wasAnswered) return false;
  if (hasRung && FINAL_AFTER_RINGING.has(status)) return false;
  return isOurs || isRedirect(status) || MOVES_ON.has(status);
}

export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/**
 * The most telling of several (RFC 3261 section 16.7 step 6, with our own last): what somebody answered before what nobody did,
 * the trouble with our credentials before the gateway's own, a 503 or 408 only when there is nothing better. The first of equals.
 */
export function mostTelling(failures: readonly DialFailure[]): DialFailure | undefined {
  return failures.toSorted((a, b) => rank(a) - rank(b))[0];
}

function rank({ status, isOurs }: DialFailure): number {
  if (isOurs) return status === 408 ? 6 : 7;
  if (isRedirect(status)) return 5;
  if (status === 408) return 4;
  if (status === 503) return 3;
  if (status >= 600) return 0;
  return status < 500 ? 1 : 2;
}
