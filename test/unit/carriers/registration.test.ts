import { describe, expect, test } from 'vitest';
import {
  Registration,
  type RegistrationOutcome,
  type RegistrationState,
} from '../../../src/carriers/registration.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';

type Answer = Partial<RegistrationOutcome> & { readonly status: number };

/** A registrar in virtual time that answers the n-th REGISTER with the n-th answer, then with the last. */
class Registrar {
  readonly machine: Registration;
  readonly registers: { atMs: number; expiresSeconds: number }[] = [];
  readonly states: RegistrationState[] = [];
  readonly #answers: readonly (Answer | undefined)[];
  now: MonotonicMs = monotonicMs(0);

  constructor(answers: readonly (Answer | undefined)[], expiresSeconds = 600) {
    this.#answers = answers;
    this.machine = new Registration({ expiresSeconds, random: () => 1 }, this.now);
  }

  runTo(ms: number): this {
    for (let at = this.machine.pollTimeout(); at !== undefined && at <= ms; ) {
      this.now = at;
      this.machine.handleTimeout(at);
      this.drain();
      at = this.machine.pollTimeout();
    }
    this.now = monotonicMs(ms);
    return this;
  }

  tell(type: 'network-changed' | 'close'): this {
    this.machine.handleInput({ type }, this.now);
    this.drain();
    return this;
  }

  drain(): void {
    for (let out = this.machine.pollOutput(); out; out = this.machine.pollOutput()) {
      if (out.type === 'changed') this.states.push(out.state);
      else {
        const { attempt, expiresSeconds } = out;
        this.registers.push({ atMs: this.now, expiresSeconds });
        const answer = this.#answers[Math.min(this.registers.length, this.#answers.length) - 1];
        if (answer === undefined) continue;
        const outcome = { reason: '', expiresSeconds: 0, ...answer };
        this.machine.handleInput({ type: 'outcome', attempt, outcome }, this.now);
      }
    }
  }

  get times(): readonly number[] {
    return this.registers.map(({ atMs }) => atMs / 1_000);
  }
}

const OK = { status: 200, expiresSeconds: 100 };

describe('registered', () => {
  test('it is refreshed at 80 % of what was granted', () => {
    const registrar = new Registrar([OK]).runTo(240_000);

    expect(registrar.times).toEqual([0, 80, 160, 240]);
    expect(registrar.states).toEqual(['registered']);
    expect(registrar.registers[0]?.expiresSeconds).toBe(600);
  });

  test('a registrar that names no time grants what was asked for', () => {
    expect(new Registrar([{ status: 200 }]).runTo(500_000).times).toEqual([0, 480]);
  });

  test('a refresh that fails is tried again; registered it is until it expires', () => {
    const registrar = new Registrar([OK, { status: 503 }, OK]).runTo(99_000);
    expect(registrar.machine.snapshot.state).toBe('registered');
    registrar.runTo(105_000);
    expect(registrar.machine.snapshot.state).toBe('failed');
    registrar.runTo(111_000);

    expect(registrar.times).toEqual([0, 80, 110]);
    expect(registrar.states).toEqual(['registered', 'failed', 'registered']);
  });
});

describe('back-off (RFC 5626 section 4.5)', () => {
  test('from 30 s, doubled up to 15 minutes', () => {
    const registrar = new Registrar([{ status: 503 }]).runTo(3_600_000);

    expect(registrar.times).toEqual([0, 30, 90, 210, 450, 930, 1_830, 2_730]);
    expect(registrar.states).toEqual(['failed']);
  });

  test('chance takes up to half of it', () => {
    const machine = new Registration({ expiresSeconds: 600, random: () => 0 }, monotonicMs(0));
    machine.handleTimeout(monotonicMs(0));
    const outcome = { status: 500, reason: '', expiresSeconds: 0 };
    machine.handleInput({ type: 'outcome', attempt: 1, outcome }, monotonicMs(0));

    expect(machine.snapshot.nextAttemptMs).toBe(15_000);
  });

  test('Retry-After is waited for when it is longer, an hour at most', () => {
    const later = new Registrar([{ status: 503, retryAfterSeconds: 300 }, OK]).runTo(301_000);
    const never = new Registrar([{ status: 503, retryAfterSeconds: 1e9 }, OK]).runTo(3_601_000);

    expect(later.times).toEqual([0, 300]);
    expect(never.times).toEqual([0, 3_600]);
  });

  test('silence is a failure', () => {
    const registrar = new Registrar([undefined, OK]).runTo(101_000);

    expect(registrar.times).toEqual([0, 100]);
    expect(registrar.states).toEqual(['failed', 'registered']);
  });
});

describe('what the registrar refuses', () => {
  test.each([401, 403, 404, 407])('%d twice: asked for every 15 minutes only', (status) => {
    const registrar = new Registrar([{ status, reason: 'No' }]).runTo(2_000_000);

    expect(registrar.times).toEqual([0, 30, 930, 1_830]);
    expect(registrar.states).toEqual(['failed', 'refused']);
    expect(registrar.machine.snapshot.reason).toBe(`${status} No`);
  });

  test('423: the time that it wants is asked for at once (RFC 3261 section 10.2.8)', () => {
    const registrar = new Registrar([{ status: 423, expiresSeconds: 1_800 }, OK]).runTo(1_000);

    expect(registrar.registers).toEqual([
      { atMs: 0, expiresSeconds: 600 },
      { atMs: 0, expiresSeconds: 1_800 },
    ]);
    expect(registrar.states).toEqual(['registered']);
  });

  test('423 again and again ends in the back-off', () => {
    const registrar = new Registrar([{ status: 423, expiresSeconds: 600 }]).runTo(29_000);

    expect(registrar.times).toEqual([0]);
    expect(registrar.states).toEqual(['failed']);
  });
});

describe('another network', () => {
  test.each([
    ['registered', [OK]],
    ['failed', [{ status: 503 }]],
    ['refused', [{ status: 403 }]],
  ] as const)('%s: registers at once', (_state, answers) => {
    const registrar = new Registrar(answers).runTo(60_000);
    const before = registrar.registers.length;
    registrar.tell('network-changed').runTo(60_000);

    expect(registrar.registers).toHaveLength(before + 1);
  });

  test('one that comes and goes asks for a REGISTER every 5 s at most', () => {
    const registrar = new Registrar([OK]).runTo(1_000);
    for (let ms = 1_000; ms <= 11_000; ms += 100) registrar.tell('network-changed').runTo(ms);

    expect(registrar.times).toEqual([0, 5, 10]);
  });

  test('while a REGISTER is under way: one more when it is answered', () => {
    const registrar = new Registrar([undefined, OK]).runTo(10_000);
    registrar.tell('network-changed');
    const outcome = { status: 200, reason: 'OK', expiresSeconds: 100 };
    registrar.machine.handleInput({ type: 'outcome', attempt: 1, outcome }, registrar.now);
    registrar.drain();
    registrar.runTo(10_000);

    expect(registrar.times).toEqual([0, 10]);
  });
});

describe('the end', () => {
  test('what is registered is taken back', () => {
    const registrar = new Registrar([OK]).runTo(1_000).tell('close').runTo(10_000);

    expect(registrar.registers.at(-1)).toEqual({ atMs: 1_000, expiresSeconds: 0 });
    expect(registrar.states).toEqual(['registered', 'closed']);
    expect(registrar.machine.pollTimeout()).toBeUndefined();
  });

  test('a registrar that does not answer is waited for two seconds', () => {
    const registrar = new Registrar([OK, undefined]).runTo(1_000).tell('close').runTo(2_900);
    expect(registrar.states).toEqual(['registered']);

    expect(registrar.runTo(3_000).states).toEqual(['registered', 'closed']);
  });

  test('what never was registered needs no farewell', () => {
    const registrar = new Registrar([{ status: 403 }]).runTo(1_000).tell('close').tell('close');

    expect(registrar.times).toEqual([0]);
    expect(registrar.states).toEqual(['failed', 'closed']);
    expect(registrar.tell('network-changed').runTo(1e7).times).toEqual([0]);
  });
});
