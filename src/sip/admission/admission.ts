import { after, type MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import { hasCredentials, peekMessage } from './peek-request.ts';
import { sourceKey } from './source-key.ts';
import { SourceLimiter, type SourceLimits } from './source-limiter.ts';

export interface AdmissionLimits {
  /** Of one address that a carrier owns. */
  readonly known: SourceLimits;
  /** Of one address that nobody owns, in the mode `challenge`. */
  readonly stranger: SourceLimits;
  /** Of all strangers together: what they may cost. */
  readonly strangersPerSecond: number;
  /** Strangers that were let in for a while at once, and those that were silenced; the one of longest ago makes room. */
  readonly maxGuests: number;
}

export const DEFAULT_ADMISSION_LIMITS: AdmissionLimits = Object.freeze({
  known: Object.freeze({
    burst: 20_000,
    perSecond: 10_000,
    firstBanMs: 0,
    longestBanMs: 0,
    maxSources: 10_000,
  }),
  stranger: Object.freeze({
    burst: 30,
    perSecond: 15,
    firstBanMs: 10_000,
    longestBanMs: 3_600_000,
    maxSources: 10_000,
  }),
  strangersPerSecond: 500,
  maxGuests: 10_000,
});

/** Where a message came from. */
export type Source = Pick<Endpoint, 'host' | 'connection'>;

/** What is done with a message before it is parsed. */
export type Verdict =
  | { readonly type: 'pass' }
  /** One 401, made without remembering anything. */
  | { readonly type: 'challenge' }
  | { readonly type: 'drop'; readonly reason: DropReason };

/** `stranger`: nobody owns the source. `rate`: more than its share. `method`: a stranger may not ask for this. */
export type DropReason = 'stranger' | 'rate' | 'method';

/** What a stranger is asked for credentials for. Everything else from one gets no answer at all. */
const CHALLENGED: readonly string[] = ['INVITE', 'REGISTER', 'SUBSCRIBE', 'MESSAGE'];
const ALL_STRANGERS = 'strangers';
const PASS: Verdict = Object.freeze({ type: 'pass' });
const CHALLENGE: Verdict = Object.freeze({ type: 'challenge' });

/**
 * Who is heard, and how much of it. Strangers and carriers have budgets of their own: a flood of the first takes nothing from the
 * second. A source is a stranger unless `isKnown` says otherwise or it is a guest; strangers get silence, or in the mode
 * `challenge` a chance to say who they are.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #known: SourceLimiter;
  readonly #strangers: SourceLimiter;
  readonly #allStrangers: SourceLimiter;
  readonly #guests = new Map<string, MonotonicMs>();
  readonly #silenced = new Map<string, MonotonicMs>();
  readonly #dropped: Record<DropReason, number> = { stranger: 0, rate: 0, method: 0 };
  #challenges = 0;
  isKnown: (address: string) => boolean;
  mode: 'silent' | 'challenge' = 'silent';

  constructor(isKnown: (address: string) => boolean, limits = DEFAULT_ADMISSION_LIMITS) {
    this.isKnown = isKnown;
    this.#limits = limits;
    this.#known = new SourceLimiter(limits.known);
    this.#strangers = new SourceLimiter(limits.stranger);
    const perSecond = limits.strangersPerSecond;
    const all = { burst: perSecond, perSecond, firstBanMs: 0, longestBanMs: 0, maxSources: 1 };
    this.#allStrangers = new SourceLimiter(all);
  }

  /** Messages dropped, by reason, and challenges given. */
  get counts(): Readonly<Record<DropReason | 'challenges', number>> {
    return { ...this.#dropped, challenges: this.#challenges };
  }

  /** Whether a connection of this address is accepted at all; what comes over it is judged like a datagram. */
  hears(address: string, now: MonotonicMs): boolean {
    if (this.mode === 'challenge' || this.#isOwned(address, now)) return true;
    this.#dropped.stranger++;
    return false;
  }

  /** A stranger who has said who it is: heard like a carrier for a while. */
  admitGuest(address: string, forMs: number, now: MonotonicMs): void {
    this.#remember(this.#guests, address, after(now, forMs));
  }

  /** A stranger who guesses passwords: gets no answer for a while. Carriers and guests are heard all the same. */
  silence(address: string, forMs: number, now: MonotonicMs): void {
    this.#remember(this.#silenced, address, after(now, forMs));
  }

  judge(source: Source, bytes: Uint8Array, now: MonotonicMs): Verdict {
    const { host: address, connection } = source;
    // A connection was judged when it was accepted, or was opened by ourselves.
    const isJudged = connection !== undefined && this.mode === 'silent';
    if (isJudged || this.#isOwned(address, now)) {
      return this.#known.admits(sourceKey(address), now) ? PASS : this.#drop('rate');
    }
    if (this.mode === 'silent') return this.#drop('stranger');
    if (isBefore(this.#silenced, address, now)) return this.#drop('rate');
    const isWithinShare = this.#strangers.admits(sourceKey(address), now);
    if (!isWithinShare || !this.#allStrangers.admits(ALL_STRANGERS, now)) return this.#drop('rate');
    return this.#judgeStranger(bytes, connection !== undefined);
  }

  #judgeStranger(bytes: Uint8Array, isStream: boolean): Verdict {
    const { method, isResponse } = peekMessage(bytes);
    // Over a connection nothing is forged, and it may be one of ours.
    if (isResponse && isStream) return PASS;
    // An ACK is never answered, and ends the repetitions of an answer to credentials that were wrong.
    if (method === 'ACK') return PASS;
    if (!CHALLENGED.includes(method)) return this.#drop('method');
    if (hasCredentials(bytes)) return PASS;
    this.#challenges++;
    return CHALLENGE;
  }

  #isOwned(address: string, now: MonotonicMs): boolean {
    return this.isKnown(address) || isBefore(this.#guests, address, now);
  }

  /** The longer of two times: a call lasts longer than a registration. */
  #remember(times: Map<string, MonotonicMs>, address: string, until: MonotonicMs): void {
    const key = sourceKey(address);
    const known = times.get(key) ?? until;
    times.delete(key);
    times.set(key, known > until ? known : until);
    if (times.size <= this.#limits.maxGuests) return;
    const [oldest] = times.keys();
    if (oldest !== undefined) times.delete(oldest);
  }

  #drop(reason: DropReason): Verdict {
    this.#dropped[reason]++;
    return { type: 'drop', reason };
  }
}

function isBefore(times: Map<string, MonotonicMs>, address: string, now: MonotonicMs): boolean {
  if (times.size === 0) return false;
  const key = sourceKey(address);
  const until = times.get(key);
  if (until === undefined || now < until) return until !== undefined;
  times.delete(key);
  return false;
}
