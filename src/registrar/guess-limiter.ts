import { sourceKey } from '../sip/admission/source-key.ts';

export const GUESS_LIMITS = Object.freeze({
  windowMs: 60_000,
  /** Wrong answers of one source within the window; then it gets none for as long. */
  perSource: 10,
  /** Wrong answers for one user from all sources that have never been right about it. */
  perUser: 30,
  silenceMs: 60_000,
  /** Sources, users and pairs of both remembered; the oldest makes room. */
  maxEntries: 10_000,
});

interface Guesses {
  count: number;
  startedAtMs: number;
}

/**
 * Counts wrong passwords. Only what proves that its sender hears our answers may be counted (a nonce that was given to this source), or anybody
 * could lock others out in their name.
 */
export class GuessLimiter {
  readonly #bySource = new Map<string, Guesses>();
  readonly #byUser = new Map<string, Guesses>();
  readonly #silencedUntilMs = new Map<string, number>();
  /** Sources that were right about a user: attacks on that user from elsewhere do not concern them. */
  readonly #proven = new Map<string, true>();

  /** Whether this source gets no answer at all. */
  isSilenced(source: string, nowMs: number): boolean {
    const key = sourceKey(source);
    const until = this.#silencedUntilMs.get(key);
    if (until === undefined) return false;
    if (nowMs < until) return true;
    this.#silencedUntilMs.delete(key);
    return false;
  }

  /** Whether a right answer for this user counts as a wrong one: too many strangers have tried. */
  isGuarded(source: string, user: string, nowMs: number): boolean {
    const guesses = this.#byUser.get(user);
    if (guesses === undefined || guesses.count < GUESS_LIMITS.perUser) return false;
    if (nowMs >= guesses.startedAtMs + GUESS_LIMITS.windowMs) return false;
    return !this.#proven.has(pair(source, user));
  }

  /** True when the source has used up its guesses: it is silenced from now on. */
  noteWrong(source: string, user: string, nowMs: number): boolean {
    const key = sourceKey(source);
    if (!this.#proven.has(pair(source, user))) count(this.#byUser, user, nowMs);
    if (count(this.#bySource, key, nowMs) < GUESS_LIMITS.perSource) return false;
    this.#bySource.delete(key);
    put(this.#silencedUntilMs, key, nowMs + GUESS_LIMITS.silenceMs);
    return true;
  }

  noteRight(source: string, user: string): void {
    put(this.#proven, pair(source, user), true);
  }
}

function count(guesses: Map<string, Guesses>, key: string, nowMs: number): number {
  const known = guesses.get(key);
  const isCurrent = known !== undefined && nowMs < known.startedAtMs + GUESS_LIMITS.windowMs;
  const entry = isCurrent ? known : { count: 0, startedAtMs: nowMs };
  entry.count++;
  put(guesses, key, entry);
  return entry.count;
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= GUESS_LIMITS.maxEntries) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function pair(source: string, user: string): string {
  return `${sourceKey(source)} ${user}`;
}
