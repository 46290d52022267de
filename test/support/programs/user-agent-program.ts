import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { earliest } from '../../../src/core/timer-table.ts';
import { header } from '../../../src/sip/message/headers.ts';
import { AnswerBook } from './answer-book.ts';
import { type Parcel, ProgramSide } from './program-side.ts';
import { choose, detail, fail } from './run-programs.ts';

const STATUSES = [100, 180, 183, 183, 200, 200, 200, 202, 302, 401, 481, 486, 491, 500] as const;
const IN_DIALOG = [
  'BYE',
  'BYE',
  'INVITE',
  'INVITE',
  'UPDATE',
  'PRACK',
  'PRACK',
  'REFER',
  'NOTIFY',
  'SUBSCRIBE',
  'INFO',
  'MESSAGE',
  'OPTIONS',
] as const;
const OUTSIDE = ['INVITE', 'INVITE', 'INVITE', 'SUBSCRIBE', 'OPTIONS', 'REFER', 'MESSAGE'] as const;
const PAUSES_MS = [0, 1, 500, 4_000, 32_000, 45_000, 90_000, 2_000_000] as const;
/** Longer than the longest subscription and session. */
const SETTLING_MS = 10_000_000;
/**
 * Nothing stays in the network for longer. The last INVITE leaves 0.5 s before its server transaction may be over (64*T1): one that is
 * slower than that is a new call by the letter of RFC 3261.
 */
const LIFETIME_MS = 499;
const MAX_ON_THE_WIRE = 200;

/** Two user agents on a wire that loses, doubles and reorders, with users who do as the program says. */
class World {
  readonly #wire: { readonly parcel: Parcel; readonly at: MonotonicMs }[] = [];
  readonly #book = new AnswerBook();
  readonly #sides: readonly [ProgramSide, ProgramSide];
  #now: MonotonicMs = monotonicMs(0);

  constructor() {
    const send = (parcel: Parcel) => this.#put(parcel);
    this.#sides = [new ProgramSide('10.0.0.1', send), new ProgramSide('10.0.0.2', send)];
  }

  take(step: number): void {
    const bits = step >>> 12;
    const side = this.#sides[bits & 1] ?? this.#sides[0];
    const more = bits >>> 1;
    switch (choose(step, 16)) {
      case 0:
        this.#ask(side, more);
        return;
      case 1:
      case 2:
      case 3:
        this.#answer(side, more);
        return;
      case 4:
      case 5:
      case 6:
        this.#askInDialog(side, more);
        return;
      case 7:
        this.#giveUp(side, more);
        return;
      case 8:
        this.#wire.splice(more % Math.max(1, this.#wire.length), 1);
        return;
      case 9: {
        const twin = this.#wire[more % Math.max(1, this.#wire.length)];
        if (twin !== undefined) this.#wire.push(twin);
        return;
      }
      case 10:
        this.#fail(side, more);
        return;
      case 11:
        this.#pass(PAUSES_MS[more % PAUSES_MS.length] ?? 0, false);
        return;
      case 12:
        this.#deliver(more);
        return;
      default:
        while (this.#deliver(0));
    }
  }

  /** The first user calls the second, with a session timer of 90 s. */
  call(): void {
    this.#ask(this.#sides[0], 0);
    while (this.#deliver(0));
  }

  /** The second user answers. */
  connect(): void {
    const [waiting] = this.#sides[1].waiting;
    if (waiting !== undefined) this.#sides[1].answer(waiting, 200, [], this.#now);
    while (this.#deliver(0));
  }

  /** The users leave, the wire gets better, time passes, and the books are closed. */
  settle(): void {
    for (const side of this.#sides) side.leave(this.#now);
    this.#pass(SETTLING_MS, true);
    for (const { ua, asked } of this.#sides) {
      const { transactions, dialogs, pendingTimers, proxied } = ua.stats;
      if (transactions + dialogs + pendingTimers + proxied > 0) {
        fail(`left behind: ${JSON.stringify(ua.stats)}`);
      }
      for (const { finals, isGivenUp, method } of asked) {
        if (finals !== 1 && !isGivenUp) fail(`${finals} final answers to ${method}`);
      }
    }
    this.#book.check();
  }

  #put(parcel: Parcel): void {
    this.#book.note(parcel.bytes);
    if (this.#wire.length < MAX_ON_THE_WIRE) this.#wire.push({ parcel, at: this.#now });
  }

  #deliver(index: number): boolean {
    const [next] = this.#wire.splice(index % Math.max(1, this.#wire.length), 1);
    if (next === undefined) return false;
    const { parcel, at } = next;
    if (this.#now - at > LIFETIME_MS) return true;
    this.#sides.find(({ host }) => host === parcel.to)?.receive(parcel, this.#now);
    return true;
  }

  #ask(side: ProgramSide, bits: number): void {
    const other = this.#sides.find((each) => each !== side);
    const method = OUTSIDE[bits % OUTSIDE.length] ?? 'INVITE';
    const lines = [header('Supported', (bits & 0x100) === 0 ? '100rel, timer' : 'timer')];
    if ((bits & 0x200) === 0) lines.push(header('Session-Expires', '90;refresher=uas'));
    if ((bits & 0x400) !== 0 && method === 'INVITE') lines.push(header('Require', '100rel'));
    if (method === 'SUBSCRIBE') lines.push(header('Event', 'presence'), header('Expires', '60'));
    side.ask(method, other?.host ?? '', lines, this.#now);
  }

  #answer(side: ProgramSide, bits: number): void {
    const waiting = side.waiting[(bits >>> 4) % Math.max(1, side.waiting.length)];
    if (waiting === undefined) return;
    const status = STATUSES[bits % STATUSES.length] ?? 200;
    const isReliable = status === 183 && waiting.method === 'INVITE' && (bits & 0x100) === 0;
    const lines = isReliable ? [header('Require', '100rel')] : [];
    side.answer(waiting, status, lines, this.#now);
  }

  #askInDialog(side: ProgramSide, bits: number): void {
    const dialog = side.dialogs[(bits >>> 4) % Math.max(1, side.dialogs.length)];
    if (dialog === undefined) return;
    const method = IN_DIALOG[bits % IN_DIALOG.length] ?? 'BYE';
    const state = (bits & 0x100) === 0 ? 'terminated' : 'active;expires=30';
    const lines = ['NOTIFY', 'SUBSCRIBE', 'REFER'].includes(method)
      ? [header('Event', 'refer'), header('Subscription-State', state)]
      : [];
    side.askInDialog(dialog, method, lines, this.#now);
  }

  #giveUp(side: ProgramSide, bits: number): void {
    const asked = side.asked[(bits >>> 4) % Math.max(1, side.asked.length)];
    if (asked === undefined) return;
    if (detail(bits, 3) === 0) side.giveUp(asked, this.#now);
    else side.ua.cancel(asked.transaction, [], this.#now);
    side.drain(this.#now);
  }

  #fail(side: ProgramSide, bits: number): void {
    const asked = side.asked[bits % Math.max(1, side.asked.length)];
    if (asked !== undefined) side.failSend(asked.transaction, this.#now);
  }

  /** From deadline to deadline; what is on the wire arrives only when `isGood`. */
  #pass(durationMs: number, isGood: boolean): void {
    const until = after(this.#now, durationMs);
    if (isGood) while (this.#deliver(0));
    for (let at = this.#next(); at !== undefined && at <= until; at = this.#next()) {
      this.#now = monotonicMs(Math.max(at, this.#now));
      for (const side of this.#sides) side.wake(this.#now);
      if (isGood) while (this.#deliver(0));
    }
    this.#now = until;
  }

  #next(): MonotonicMs | undefined {
    return earliest(this.#sides.map(({ ua }) => ua.pollTimeout()));
  }
}

export function runUserAgents(steps: readonly number[]): void {
  const world = new World();
  const [setUp = 0] = steps;
  if (setUp % 4 !== 0) world.call();
  if (setUp % 4 > 1) world.connect();
  for (const step of steps) world.take(step);
  world.settle();
}
