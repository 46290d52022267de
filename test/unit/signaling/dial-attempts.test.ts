import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { after, monotonicMs } from '../../../src/core/time.ts';
import {
  DialAttempts,
  type DialAttemptsInput,
  type DialAttemptsOutput,
} from '../../../src/signaling/dial-attempts.ts';
import type { DialFailure } from '../../../src/signaling/dial-failure.ts';
import type { DialTarget } from '../../../src/signaling/signaling.ts';

const START = monotonicMs(1_000);
const PATIENCE_MS = 1_500;

function target(id: string): DialTarget {
  return { id, host: `${id}.example`, toUser: '1', fromUser: '2', callerId: 'from' };
}

/** The machine in virtual time; `did` is what it had done since the last look. */
class Dialling {
  readonly machine: DialAttempts;
  now = START;

  constructor(...ids: readonly string[]) {
    this.machine = new DialAttempts({ targets: ids.map(target), patienceMs: PATIENCE_MS }, START);
  }

  get did(): readonly string[] {
    const texts: string[] = [];
    for (let next = this.machine.pollOutput(); next; next = this.machine.pollOutput()) {
      texts.push(textOf(next));
    }
    return texts;
  }

  input(input: DialAttemptsInput): readonly string[] {
    this.machine.handleInput(input, this.now);
    return this.did;
  }

  fail(attempt: number, status: number, change: Partial<DialFailure> = {}): readonly string[] {
    const failure = { status, reason: 'x', isOurs: false, ...change };
    return this.input({ type: 'failed', attempt, failure });
  }

  wait(durationMs: number): readonly string[] {
    this.now = after(this.now, durationMs);
    this.machine.handleTimeout(this.now);
    return this.did;
  }
}

function textOf(output: DialAttemptsOutput): string {
  switch (output.type) {
    case 'attempt':
      return `try ${output.target.id}${output.isRedirect ? ' redirected' : ''}`;
    case 'report':
      return `report ${output.target.id} ${output.failure.status} after ${output.elapsedMs}`;
    case 'failed':
      return `failed ${output.failure.status}`;
    default:
      return `${output.type} ${output.attempt}`;
  }
}

describe('failover', () => {
  test('starts with the first target', () => {
    expect(new Dialling('a', 'b').did).toEqual(['try a']);
  });

  test('without a target is a failure', () => {
    expect(new Dialling().did).toEqual(['failed 503']);
  });

  test('a silent target is left in time, and its own failure later is nobody\u2019s', () => {
    const call = new Dialling('a', 'b');
    call.did;

    expect(call.wait(PATIENCE_MS - 1)).toEqual([]);
    expect(call.wait(1)).toEqual(['abandon 0', 'report a 408 after 1500', 'try b']);
    expect(call.fail(0, 487)).toEqual([]);
    expect(call.input({ type: 'answered', attempt: 0 })).toEqual([]);
    expect(call.input({ type: 'answered', attempt: 1 })).toEqual(['answered 1']);
  });

  test('one that said anything, 100 too, is waited for', () => {
    const call = new Dialling('a', 'b');
    call.did;
    call.input({ type: 'provisional', attempt: 0, status: 100 });

    expect(call.machine.pollTimeout()).toBeUndefined();
    expect(call.wait(60_000)).toEqual([]);
  });

  test('the last one is waited for: there is nothing better', () => {
    const call = new Dialling('a');
    call.did;

    expect(call.machine.pollTimeout()).toBeUndefined();
    expect(call.wait(60_000)).toEqual([]);
  });

  test.each([401, 402, 407, 408, 430, 500, 501, 502, 503, 504, 505, 513])(
    '%d moves on',
    (status) => {
      const call = new Dialling('a', 'b');
      call.did;

      expect(call.fail(0, status)).toEqual([`report a ${status} after 0`, 'try b']);
    },
  );

  test.each([400, 403, 404, 406, 410, 415, 480, 481, 484, 486, 487, 488, 491, 600, 603, 604, 606])(
    '%d is the end, as it came: it would be the same everywhere',
    (status) => {
      const call = new Dialling('a', 'b');
      call.did;

      expect(call.fail(0, status)).toEqual([`report a ${status} after 0`, `failed ${status}`]);
    },
  );

  test('what could not be sent at all, or found no free slot, moves on', () => {
    const call = new Dialling('a', 'b');
    call.did;

    expect(call.fail(0, 503, { isOurs: true })).toEqual(['report a 503 after 0', 'try b']);
  });

  test('after it rang, 408 means that nobody answered; a broken gateway still moves on', () => {
    const ringing = new Dialling('a', 'b');
    ringing.did;
    ringing.input({ type: 'provisional', attempt: 0, status: 180 });
    expect(ringing.fail(0, 408)).toEqual(['report a 408 after 0', 'failed 408']);

    const broken = new Dialling('a', 'b');
    broken.did;
    broken.input({ type: 'provisional', attempt: 0, status: 183 });
    expect(broken.fail(0, 503)).toEqual(['report a 503 after 0', 'try b']);
  });

  test('never after the far end answered', () => {
    const call = new Dialling('a', 'b');
    call.did;

    expect(call.fail(0, 500, { wasAnswered: true })).toEqual([
      'report a 500 after 0',
      'failed 500',
    ]);
  });
});

describe('the outcome when every target failed (RFC 3261 section 16.7)', () => {
  const ours = { isOurs: true };

  test.each([
    ['the more telling', [{ status: 503 }, { status: 500 }], 500],
    ['credentials before the gateway', [{ status: 500 }, { status: 407 }], 407],
    ['a response before silence', [{ status: 503 }, { status: 408, ...ours }], 503],
    [
      'silence before no slot',
      [
        { status: 503, ...ours },
        { status: 408, ...ours },
      ],
      408,
    ],
    ['a response before no slot', [{ status: 503, ...ours }, { status: 408 }], 408],
    ['a refusal before a redirect to nowhere', [{ status: 302 }, { status: 503 }], 503],
    ['the first of equals', [{ status: 500 }, { status: 502 }], 500],
  ] as const)('%s', (_what, failures, status) => {
    const call = new Dialling('a', 'b');
    failures.forEach(({ status: each, ...rest }, attempt) => {
      call.fail(attempt, each, rest);
    });

    expect(call.did).toEqual([]);
    const last = new Dialling('a', 'b');
    const [first, second] = failures;
    last.fail(0, first.status, first);
    expect(last.fail(1, second.status, second).at(-1)).toBe(`failed ${status}`);
  });
});

describe('redirects (RFC 3261 section 8.1.3.4)', () => {
  test('are followed in order, then the next target', () => {
    const call = new Dialling('a', 'b');
    call.did;
    const redirects = [target('a1'), target('a2')];

    expect(call.fail(0, 302, { redirects }).at(-1)).toBe('try a1 redirected');
    expect(call.fail(1, 404).at(-1)).toBe('try a2 redirected');
    expect(call.fail(2, 503).at(-1)).toBe('try b');
  });

  test('the called party who declines there has declined', () => {
    const call = new Dialling('a', 'b');
    call.fail(0, 302, { redirects: [target('a1'), target('a2')] });

    expect(call.fail(1, 603).at(-1)).toBe('failed 603');
  });

  test('a busy party at the last place named is the end', () => {
    const call = new Dialling('a', 'b');
    call.fail(0, 302, { redirects: [target('a1')] });

    expect(call.fail(1, 486).at(-1)).toBe('failed 486');
  });

  test('that lead nowhere move on', () => {
    const call = new Dialling('a', 'b');

    expect(call.fail(0, 302, { redirects: [] }).at(-1)).toBe('try b');
  });

  test('are at most five in one call: a loop ends', () => {
    const call = new Dialling('a');
    call.did;
    let attempt = 0;
    while (call.fail(attempt, 302, { redirects: [target('a')] }).at(-1) !== 'failed 302') {
      attempt += 1;
    }

    expect(attempt).toBe(5);
  });
});

describe('cancel', () => {
  test('abandons the present attempt, tries no other, and ends with what ends it', () => {
    const call = new Dialling('a', 'b');
    call.did;

    expect(call.input({ type: 'cancel' })).toEqual(['abandon 0']);
    expect(call.input({ type: 'cancel' })).toEqual([]);
    expect(call.wait(1_999)).toEqual([]);
    expect(call.fail(0, 503)).toEqual(['failed 503']);
  });

  test('is not waited for: a silent gateway has 2 s, whatever comes then is nobody\u2019s', () => {
    const call = new Dialling('a');
    call.did;
    call.input({ type: 'cancel' });

    expect(call.wait(2_000)).toEqual(['failed 487']);
    expect(call.machine.pollTimeout()).toBeUndefined();
    expect(call.input({ type: 'answered', attempt: 0 })).toEqual([]);
  });

  test('after the end does nothing', () => {
    const call = new Dialling('a');
    call.input({ type: 'answered', attempt: 0 });

    expect(call.input({ type: 'cancel' })).toEqual([]);
  });
});

test('whatever happens in whatever order, there is one outcome, and no attempt after it', () => {
  const input = fc.oneof(
    fc.record({ type: fc.constant('cancel' as const) }),
    fc.record({
      type: fc.constant('provisional' as const),
      attempt: fc.nat(8),
      status: fc.constantFrom(100, 180, 183),
    }),
    fc.record({ type: fc.constant('answered' as const), attempt: fc.nat(8) }),
    fc.record({
      type: fc.constant('failed' as const),
      attempt: fc.nat(8),
      failure: fc.record({
        status: fc.constantFrom(302, 401, 408, 486, 500, 503, 603),
        reason: fc.constant(''),
        isOurs: fc.boolean(),
        redirects: fc.constantFrom([], [target('r1'), target('r2')]),
      }),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(input, fc.nat(3_000)), { maxLength: 40 }), (steps) => {
      const call = new Dialling('a', 'b', 'c');
      const did = [...call.did];
      for (const step of steps) {
        did.push(...(typeof step === 'number' ? call.wait(step) : call.input(step)));
      }
      const ends = did.filter((text) => /^(?:failed|answered)/.test(text));
      expect(ends.length).toBeLessThanOrEqual(1);
      if (ends.length === 1) expect(did.at(-1)).toBe(ends[0]);
      expect(did.filter((text) => text.startsWith('try')).length).toBeLessThanOrEqual(8);
    }),
  );
});
