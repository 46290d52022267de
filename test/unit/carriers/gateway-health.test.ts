import { describe, expect, test } from 'vitest';
import {
  DEFAULT_HEALTH,
  GatewayHealth,
  type HealthOptions,
} from '../../../src/carriers/gateway-health.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';

/** A gateway in virtual time: `statusAt` is what it answers to OPTIONS, undefined is silence. */
class Gateway {
  readonly health: GatewayHealth;
  readonly log: string[] = [];
  readonly pingsAt: number[] = [];
  readonly #statusAt: (ms: number) => number | undefined;
  #now: MonotonicMs = monotonicMs(0);

  constructor(statusAt: (ms: number) => number | undefined, options: Partial<HealthOptions> = {}) {
    this.#statusAt = statusAt;
    this.health = new GatewayHealth(
      { ...DEFAULT_HEALTH, random: () => 0.5, ...options },
      this.#now,
    );
  }

  /** Until then, timer by timer. */
  runTo(ms: number): this {
    for (let at = this.health.pollTimeout(); at !== undefined && at <= ms; ) {
      this.#now = at;
      this.health.handleTimeout(at);
      this.#drain();
      at = this.health.pollTimeout();
    }
    this.#now = monotonicMs(ms);
    return this;
  }

  call(status: number): this {
    this.health.handleInput({ type: 'call-result', status, reason: '' }, this.#now);
    this.#drain();
    return this;
  }

  #drain(): void {
    for (let out = this.health.pollOutput(); out; out = this.health.pollOutput()) {
      if (out.type === 'changed')
        this.log.push(`${out.state} at ${Math.round(this.#now / 1_000)} s`);
      else this.#answer(out.pingId);
    }
  }

  #answer(pingId: number): void {
    this.pingsAt.push(this.#now);
    const status = this.#statusAt(this.#now);
    if (status === undefined) return;
    const result = { type: 'ping-result', pingId, status, reason: '', rttMs: 5 } as const;
    this.health.handleInput(result, this.#now);
  }
}

describe('what an answer to OPTIONS says (RFC 3261 section 11)', () => {
  test.each([
    [200, 'up'],
    [401, 'up'],
    [403, 'up'],
    [404, 'up'],
    [405, 'up'],
    [481, 'up'],
    [500, 'up'],
    [501, 'up'],
    [603, 'up'],
    [408, 'down'],
    [503, 'down'],
  ])('%d: %s', (status, state) => {
    expect(new Gateway(() => status).runTo(30_000).health.snapshot.state).toBe(state);
  });
});

test('the first answer is there within a second and a bit', () => {
  const { log, health } = new Gateway(() => 200).runTo(1_000);

  expect(log).toEqual(['up at 1 s']);
  expect(health.snapshot).toMatchObject({ state: 'up', lastPing: { rttMs: 5, status: 200 } });
});

test.each([0, 0.5, 0.999])('one that falls silent is down within 30 s, at chance %d', (chance) => {
  const diesAt = 60_000;
  const gateway = new Gateway((ms) => (ms < diesAt ? 200 : undefined), { random: () => chance });

  expect(gateway.runTo(diesAt).health.snapshot.state).toBe('up');
  expect(gateway.runTo(diesAt + 30_000).health.snapshot).toMatchObject({
    state: 'down',
    reason: '408 no answer to OPTIONS',
  });
});

test('it returns by itself after two answers, the second one asked for at once', () => {
  const gateway = new Gateway((ms) => (ms < 60_000 ? 503 : 200)).runTo(80_000);

  expect(gateway.log).toEqual(['down at 3 s', 'up at 65 s']);
});

test('one lost ping is nothing', () => {
  let lost = 0;
  const gateway = new Gateway((ms) => (ms > 20_000 && lost++ === 0 ? undefined : 200));

  expect(gateway.runTo(120_000).log).toEqual(['up at 1 s']);
});

test('pings go on at their interval, spread by chance', () => {
  const { pingsAt } = new Gateway(() => 200).runTo(40_000);

  expect(pingsAt).toEqual([500, 10_500, 20_500, 30_500]);
});

test('calls that fail as a dead gateway does take it down, an answer of any kind does not', () => {
  const gateway = new Gateway(() => 200).runTo(2_000);
  gateway.call(503).call(486).call(408).call(200).call(503);

  expect(gateway.health.snapshot.state).toBe('up');
  expect(gateway.call(408).health.snapshot.state).toBe('down');
});

test('an answer to a ping that was given up is too late', () => {
  const health = new GatewayHealth({ ...DEFAULT_HEALTH, random: () => 0 }, monotonicMs(0));
  health.handleTimeout(monotonicMs(0));
  health.handleTimeout(monotonicMs(6_000));
  const late = { type: 'ping-result', pingId: 1, status: 200, reason: 'OK', rttMs: 1 } as const;
  health.handleInput(late, monotonicMs(6_001));

  expect(health.snapshot.lastPing).toBeUndefined();
});

describe('without pings', () => {
  const quiet = { sendsPings: false };

  test('nothing is sent, and nothing is known', () => {
    const gateway = new Gateway(() => 200, quiet).runTo(600_000);

    expect(gateway.pingsAt).toEqual([]);
    expect(gateway.health.snapshot.state).toBe('unknown');
  });

  test('calls take it down; after half a minute one may try, and decides', () => {
    const gateway = new Gateway(() => 200, quiet).call(503).call(503);
    gateway.runTo(31_000).call(503).runTo(62_000).call(200);

    expect(gateway.log).toEqual([
      'down at 0 s',
      'unknown at 30 s',
      'down at 31 s',
      'unknown at 61 s',
      'up at 62 s',
    ]);
  });
});
