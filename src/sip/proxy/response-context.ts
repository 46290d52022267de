import { assertNever } from '../../core/invariant.ts';
import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';
import type { SipResponse } from '../message/sip-message.ts';
import { type BranchFinal, chooseBest, contactUris, isChallenge } from './best-response.ts';
import {
  PROXY_LIMITS,
  type ProxyTarget,
  type ResponseContextInput,
  type ResponseContextOptions,
  type ResponseContextOutput,
} from './response-context-io.ts';

interface Waiting extends ProxyTarget {
  /** Redirections that led here. */
  readonly depth: number;
}

interface Branch {
  readonly target: Waiting;
  state: 'calling' | 'proceeding' | 'final' | 'ended';
  /** Cancelled; what it still says counts only when it is a 2xx or a 6xx. */
  isCancelled: boolean;
  /** Silent for too long: the search goes on without it. */
  isGivenUp: boolean;
}

type TimerName = `C${number}` | `silent${number}`;

/**
 * The response context of RFC 3261 section 16.7: which targets are tried, what of their answers goes to the caller, and when.
 *
 * | event                    | searching                                             | answered          |
 * | ------------------------ | ----------------------------------------------------- | ----------------- |
 * | 100                      | the branch is no longer silent                        | -                 |
 * | 101-199                  | forward, timer C anew                                 | -                 |
 * | 2xx to INVITE            | forward, cancel the others, done: answered            | forward           |
 * | other 2xx                | forward, done: answered                               | -                 |
 * | 3xx, following           | its Contacts are tried next                           | -                 |
 * | 401, 407 with challenge  | keep; no further target                               | -                 |
 * | 6xx                      | keep; no further target, cancel the others            | -                 |
 * | other final, timeout     | keep; the next target                                 | -                 |
 * | silent, timer C          | cancel; silent: the next target                       | timer C: cancel   |
 * | cancel                   | cancel all; no further target                         | -                 |
 * | nothing left to wait for | best answer, done: answered                           | -                 |
 * | last branch ended        | -                                                     | over              |
 *
 * Feed one input, drain {@link pollOutput} to `undefined`, sleep until {@link pollTimeout}.
 */
export class ResponseContext {
  readonly #options: ResponseContextOptions;
  readonly #waiting: Waiting[] = [];
  readonly #branches: Branch[] = [];
  readonly #known = new Set<string>();
  readonly #finals: BranchFinal[] = [];
  readonly #timers = new TimerTable<TimerName>();
  readonly #outputs: ResponseContextOutput[] = [];
  #isStopped = false;
  #isCancelled = false;
  #isAnswered = false;
  #isOver = false;

  constructor(options: ResponseContextOptions, targets: readonly string[], now: MonotonicMs) {
    this.#options = options;
    for (const uri of targets) this.#enqueue({ uri, isRedirect: false, depth: 0 });
    this.#advance(now);
  }

  handleInput(input: ResponseContextInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'response':
        this.#handleResponse(input.branch, input.response, now);
        break;
      case 'failed':
        this.#handleFailed(input.branch, input.statusCode);
        break;
      case 'unreachable':
        this.#settle(input.branch, 'ended');
        break;
      case 'ended':
        this.#handleEnded(input.branch);
        break;
      case 'cancel':
        this.#isCancelled = true;
        this.#stop();
        this.#cancelAll();
        break;
      default:
        assertNever(input);
    }
    this.#advance(now);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let name = this.#timers.takeDue(now); name; name = this.#timers.takeDue(now)) {
      const isSilence = name.startsWith('silent');
      const index = Number(name.slice(isSilence ? 'silent'.length : 1));
      const branch = this.#branches[index];
      if (branch !== undefined && isSilence) branch.isGivenUp = true;
      this.#cancel(index);
    }
    this.#advance(now);
  }

  pollOutput(): ResponseContextOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #handleResponse(index: number, response: SipResponse, now: MonotonicMs): void {
    const branch = this.#branches[index];
    if (branch === undefined || branch.state === 'ended') return;
    const { statusCode } = response;
    if (statusCode < 200) this.#handleProvisional(index, branch, response, now);
    else if (branch.state !== 'final') this.#handleFinal(index, response);
    else if (this.#options.isInvite && statusCode < 300) {
      // Repeated, or another fork behind the same target: each is the caller's to acknowledge.
      this.#outputs.push({ type: 'forward', response });
    }
  }

  #handleProvisional(index: number, branch: Branch, response: SipResponse, now: MonotonicMs): void {
    if (branch.state !== 'calling' && branch.state !== 'proceeding') return;
    this.#timers.stop(`silent${index}`);
    branch.state = 'proceeding';
    if (response.statusCode === 100 || branch.isCancelled) return;
    if (this.#options.isInvite) this.#timers.set(`C${index}`, after(now, PROXY_LIMITS.timerCMs));
    if (!this.#isAnswered) this.#outputs.push({ type: 'forward', response });
  }

  #handleFinal(index: number, response: SipResponse): void {
    const { statusCode } = response;
    const wasCancelled = this.#settle(index, 'final');
    if (!this.#isAnswered) this.#report(index, { statusCode, message: response });
    if (statusCode < 300) {
      this.#handleSuccess(response);
      return;
    }
    const isOurCancel = statusCode === 487 && wasCancelled && !this.#isCancelled;
    if (isOurCancel) this.#finals.push({ statusCode: 408, message: undefined });
    else if (!this.#follow(index, response)) {
      this.#finals.push({ statusCode, message: response });
    }
    if (isChallenge(response) || statusCode >= 600) this.#stop();
    if (statusCode >= 600) this.#cancelAll();
  }

  #handleSuccess(response: SipResponse): void {
    if (this.#options.isInvite || !this.#isAnswered) {
      this.#outputs.push({ type: 'forward', response });
    }
    this.#stop();
    this.#cancelAll();
    this.#conclude();
  }

  /** A timeout of what the caller has cancelled is the end that the caller asked for. */
  #handleFailed(index: number, statusCode: 408 | 503): void {
    const branch = this.#branches[index];
    if (branch === undefined || branch.state === 'final' || branch.state === 'ended') return;
    this.#settle(index, 'final');
    const isAsked = this.#isCancelled && statusCode === 408;
    const final = { statusCode: isAsked ? 487 : statusCode, message: undefined };
    if (!this.#isAnswered) this.#report(index, { statusCode, message: undefined });
    this.#finals.push(final);
  }

  #handleEnded(index: number): void {
    const branch = this.#branches[index];
    if (branch === undefined) return;
    if (branch.state !== 'final') this.#handleFailed(index, 408);
    branch.state = 'ended';
  }

  /** True when every Contact of a redirection is tried: then it is no answer (section 16.7 step 4). */
  #follow(index: number, { statusCode, headers }: SipResponse): boolean {
    const branch = this.#branches[index];
    const isRedirection = statusCode >= 300 && statusCode < 400;
    if (branch === undefined || !isRedirection || !this.#options.followRedirects) return false;
    if (this.#isStopped || branch.target.depth >= PROXY_LIMITS.redirects) return false;
    const depth = branch.target.depth + 1;
    const uris = contactUris(headers);
    const taken = uris.filter((uri) => this.#enqueue({ uri, isRedirect: true, depth }));
    return taken.length > 0 && taken.length === uris.length;
  }

  /** Each target once; what the limit leaves no room for is not tried. */
  #enqueue(target: Waiting): boolean {
    const count = this.#branches.length + this.#waiting.length;
    if (this.#known.has(target.uri) || count >= PROXY_LIMITS.branches) return false;
    this.#known.add(target.uri);
    this.#waiting.push(target);
    return true;
  }

  /** What follows from the state: the next target, the answer, the end. */
  #advance(now: MonotonicMs): void {
    if (!this.#isAnswered) {
      while (this.#waiting.length > 0 && (this.#options.isParallel || !this.#isWaiting())) {
        this.#try(now);
      }
      if (!this.#isWaiting()) this.#answer();
    }
    const isOver = this.#branches.every(({ state }) => state === 'ended');
    if (!this.#isAnswered || !isOver || this.#isOver) return;
    this.#isOver = true;
    this.#timers.stopAll();
    this.#outputs.push({ type: 'over' });
  }

  #try(now: MonotonicMs): void {
    const target = this.#waiting.shift();
    if (target === undefined) return;
    const index = this.#branches.length;
    this.#branches.push({ target, state: 'calling', isCancelled: false, isGivenUp: false });
    const { provisionalTimeoutMs, isInvite } = this.#options;
    if (isInvite) this.#timers.set(`C${index}`, after(now, PROXY_LIMITS.timerCMs));
    if (provisionalTimeoutMs !== undefined) {
      this.#timers.set(`silent${index}`, after(now, provisionalTimeoutMs));
    }
    const { uri, isRedirect } = target;
    this.#outputs.push({ type: 'try', branch: index, target: { uri, isRedirect } });
  }

  /** Whether a branch may still bring the answer. */
  #isWaiting(): boolean {
    return this.#branches.some(
      ({ state, isGivenUp }) => (state === 'calling' || state === 'proceeding') && !isGivenUp,
    );
  }

  #answer(): void {
    const best = chooseBest(this.#finals);
    const isGivenUp = this.#branches.some((branch) => branch.isGivenUp);
    if (best === undefined && !isGivenUp) this.#outputs.push({ type: 'unreachable' });
    else {
      const none = { statusCode: this.#isCancelled ? 487 : 408, message: undefined };
      this.#outputs.push({ type: 'answer', best: best ?? none, finals: this.#finals });
    }
    this.#stop();
    this.#conclude();
  }

  #conclude(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#outputs.push({ type: 'done' });
  }

  #report(branch: number, final: BranchFinal): void {
    this.#outputs.push({ type: 'report', branch, final });
  }

  #stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
  }

  #cancelAll(): void {
    for (const index of this.#branches.keys()) this.#cancel(index);
  }

  /** RFC 3261 section 16.7 step 10; a request that is no INVITE cannot be cancelled. */
  #cancel(index: number): void {
    const branch = this.#branches[index];
    if (branch === undefined || branch.isCancelled) return;
    if (branch.state !== 'calling' && branch.state !== 'proceeding') return;
    branch.isCancelled = true;
    this.#timers.stop(`C${index}`, `silent${index}`);
    if (this.#options.isInvite) this.#outputs.push({ type: 'cancel', branch: index });
  }

  /** True when it had been cancelled. */
  #settle(index: number, state: 'final' | 'ended'): boolean {
    const branch = this.#branches[index];
    if (branch === undefined) return false;
    branch.state = state;
    this.#timers.stop(`C${index}`, `silent${index}`);
    return branch.isCancelled;
  }
}
