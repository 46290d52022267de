import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { InviteClientTransaction } from '../../../src/sip/transaction/invite-client.ts';
import { InviteServerTransaction } from '../../../src/sip/transaction/invite-server.ts';
import { NonInviteClientTransaction } from '../../../src/sip/transaction/non-invite-client.ts';
import { NonInviteServerTransaction } from '../../../src/sip/transaction/non-invite-server.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { choose, detail, fail } from './run-programs.ts';

interface Output {
  readonly type: string;
  readonly statusCode?: number;
}

interface Machine {
  readonly state: string;
  handleTimeout(now: MonotonicMs): void;
  pollOutput(): Output | undefined;
  pollTimeout(): MonotonicMs | undefined;
}

/** What a machine may do: the states that each state leads to, RFC 3261 section 17 with RFC 6026. */
type Table = Readonly<Record<string, readonly string[]>>;

const STATUSES = [100, 180, 183, 200, 202, 302, 404, 486, 603] as const;
/** No machine sends more than this in its life: Timer A, E or G at their shortest for 64*T1, and answers to repetitions. */
const MAX_TIMED_SENDS = 11;

const TABLES = {
  inviteClient: {
    calling: ['proceeding', 'completed', 'accepted', 'terminated'],
    proceeding: ['completed', 'accepted', 'terminated'],
    completed: ['terminated'],
    accepted: ['terminated'],
    terminated: [],
  },
  inviteServer: {
    proceeding: ['accepted', 'completed'],
    completed: ['confirmed', 'terminated'],
    confirmed: ['terminated'],
    accepted: ['terminated'],
    terminated: [],
  },
  nonInviteClient: {
    trying: ['proceeding', 'completed', 'terminated'],
    proceeding: ['completed', 'terminated'],
    completed: ['terminated'],
    terminated: [],
  },
  nonInviteServer: {
    trying: ['proceeding', 'completed'],
    proceeding: ['completed'],
    completed: ['terminated'],
    terminated: [],
  },
} satisfies Record<string, Table>;

/** A machine in virtual time, watched: every change is in its table, and nothing comes after its end. */
class Watched<Kind extends Machine> {
  readonly machine: Kind;
  readonly outputs: Output[] = [];
  readonly #table: Table;
  #state: string;
  now: MonotonicMs = monotonicMs(0);

  constructor(machine: Kind, table: Table) {
    this.machine = machine;
    this.#table = table;
    this.#state = machine.state;
    this.#drain();
  }

  get isOver(): boolean {
    return this.outputs.at(-1)?.type === 'terminated';
  }

  step(input: (machine: Kind) => void): void {
    input(this.machine);
    this.#drain();
  }

  /** Lets time pass from deadline to deadline, and checks that an early alarm does nothing. */
  pass(durationMs: number): void {
    const until = after(this.now, durationMs);
    for (let at = this.machine.pollTimeout(); at !== undefined && at <= until; ) {
      if (at > this.now) this.#alarmEarly(monotonicMs(at - 1));
      this.now = monotonicMs(Math.max(this.now, at));
      this.machine.handleTimeout(this.now);
      this.#drain();
      at = this.machine.pollTimeout();
    }
    if (Number.isFinite(until)) this.now = until;
  }

  count(type: string): number {
    return this.outputs.filter((output) => output.type === type).length;
  }

  #alarmEarly(at: MonotonicMs): void {
    const before = this.outputs.length;
    this.machine.handleTimeout(at);
    this.#drain();
    if (this.outputs.length !== before) fail('a timer fired before its time');
  }

  #drain(): void {
    for (let output = this.machine.pollOutput(); output; output = this.machine.pollOutput()) {
      if (this.isOver) fail(`${output.type} after the end`);
      this.outputs.push(output);
    }
    const { state } = this.machine;
    if (state !== this.#state && this.#table[this.#state]?.includes(state) !== true) {
      fail(`${this.#state} became ${state}`);
    }
    this.#state = state;
    if (this.isOver !== (state === 'terminated')) fail(`over in state ${state}`);
    if (this.isOver && this.machine.pollTimeout() !== undefined) fail('a timer outlives the end');
  }
}

function optionsOf(step: number | undefined) {
  return { ...DEFAULT_TIMERS, reliableTransport: ((step ?? 0) & 1) === 1 };
}

function pausesOf(step: number): number {
  return [0, 1, 499, 500, 3_000, 5_000, 31_999, 32_000, 70_000][detail(step, 9)] ?? 0;
}

function statusOf(step: number): number {
  return STATUSES[detail(step, STATUSES.length)] ?? 200;
}

function lossOf(step: number): 'transport-error' | 'abandon' {
  return (step & 0x100) === 0 ? 'transport-error' : 'abandon';
}

export function runInviteClient(steps: readonly number[]): void {
  const watched = new Watched(
    new InviteClientTransaction(optionsOf(steps[0]), monotonicMs(0)),
    TABLES.inviteClient,
  );
  for (const step of steps) {
    const { now } = watched;
    const kind = choose(step, 8);
    if (kind < 4) {
      const statusCode = statusOf(step);
      watched.step((machine) => machine.handleInput({ type: 'response', statusCode }, now));
    } else if (kind === 4) watched.step((machine) => machine.handleInput({ type: 'cancel' }, now));
    else if (kind === 5 && detail(step, 3) === 0) {
      watched.step((machine) => machine.handleInput({ type: lossOf(step) }, now));
    } else watched.pass(pausesOf(step));
  }
  // Without a final response a caller waits for as long as its user does.
  watched.step((machine) => machine.handleInput({ type: 'cancel' }, watched.now));
  watched.pass(Number.POSITIVE_INFINITY);
  checkClient(watched, 'send-invite');
  const refused = watched.outputs.filter(({ statusCode = 0 }) => statusCode >= 300);
  if (refused.length > 1) fail('two refusals');
  if (watched.count('send-cancel') > 1) fail('two CANCELs');
  if (refused.length === 1 && watched.count('send-ack') === 0) fail('a refusal without ACK');
}

export function runNonInviteClient(steps: readonly number[]): void {
  const watched = new Watched(
    new NonInviteClientTransaction(optionsOf(steps[0]), monotonicMs(0)),
    TABLES.nonInviteClient,
  );
  for (const step of steps) {
    const { now } = watched;
    const kind = choose(step, 6);
    if (kind < 3) {
      const statusCode = statusOf(step);
      watched.step((machine) => machine.handleInput({ type: 'response', statusCode }, now));
    } else if (kind === 3 && detail(step, 3) === 0) {
      watched.step((machine) => machine.handleInput({ type: 'transport-error' }, now));
    } else watched.pass(pausesOf(step));
  }
  watched.pass(Number.POSITIVE_INFINITY);
  checkClient(watched, 'send-request');
  const finals = watched.outputs.filter(({ statusCode = 0 }) => statusCode >= 200);
  if (finals.length + watched.count('failed') !== 1) fail('not exactly one outcome');
}

function checkClient(watched: Watched<Machine>, request: string): void {
  if (!watched.isOver) fail(`never over: ${watched.machine.state}`);
  if (watched.count(request) > MAX_TIMED_SENDS) fail(`${watched.count(request)} times ${request}`);
  const finals = watched.outputs.filter(({ statusCode = 0 }) => statusCode >= 200);
  if (finals.length > 0 && watched.outputs.some(({ type }) => type === 'failed')) {
    const isAfterFinal =
      watched.outputs.findIndex(({ type }) => type === 'failed') >
      watched.outputs.findIndex(({ statusCode = 0 }) => statusCode >= 200);
    if (!isAfterFinal) fail('an answer after the failure');
  }
}

export function runInviteServer(steps: readonly number[]): void {
  const watched = new Watched(
    new InviteServerTransaction(optionsOf(steps[0])),
    TABLES.inviteServer,
  );
  let repetitions = 0;
  for (const step of steps) {
    const { now } = watched;
    const kind = choose(step, 8);
    if (kind < 2) {
      repetitions++;
      watched.step((machine) => machine.handleInput({ type: 'retransmission' }, now));
    } else if (kind < 4) {
      const statusCode = statusOf(step);
      watched.step((machine) => machine.handleInput({ type: 'respond', statusCode }, now));
    } else if (kind === 4) watched.step((machine) => machine.handleInput({ type: 'ack' }, now));
    else watched.pass(pausesOf(step));
  }
  watched.step((machine) => machine.handleInput({ type: 'respond', statusCode: 500 }, watched.now));
  checkServer(watched, repetitions + steps.length + MAX_TIMED_SENDS);
}

export function runNonInviteServer(steps: readonly number[]): void {
  const watched = new Watched(
    new NonInviteServerTransaction(optionsOf(steps[0])),
    TABLES.nonInviteServer,
  );
  let repetitions = 0;
  for (const step of steps) {
    const { now } = watched;
    const kind = choose(step, 6);
    if (kind < 2) {
      repetitions++;
      watched.step((machine) => machine.handleInput({ type: 'retransmission' }, now));
    } else if (kind < 4) {
      const statusCode = statusOf(step);
      watched.step((machine) => machine.handleInput({ type: 'respond', statusCode }, now));
    } else watched.pass(pausesOf(step));
  }
  watched.step((machine) => machine.handleInput({ type: 'respond', statusCode: 500 }, watched.now));
  checkServer(watched, repetitions + steps.length + 1);
}

function checkServer(watched: Watched<Machine>, maxSends: number): void {
  watched.pass(Number.POSITIVE_INFINITY);
  if (!watched.isOver) fail(`never over: ${watched.machine.state}`);
  if (watched.count('send-response') > maxSends) fail('too many responses');
}
