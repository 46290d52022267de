import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROXY_LIMITS } from '../../../../src/sip/proxy/response-context-io.ts';
import { ResponseContextRun } from '../../../support/sip/response-context-run.ts';

const CHALLENGE = ['WWW-Authenticate', 'Digest realm="a", nonce="n"'] as const;

function serial(...targets: readonly string[]): ResponseContextRun {
  return new ResponseContextRun(targets);
}

function parallel(...targets: readonly string[]): ResponseContextRun {
  return new ResponseContextRun(targets, { isParallel: true });
}

describe('which targets are tried (RFC 3261 16.6)', () => {
  test('one after the other when serial, the next after a final response', () => {
    const run = serial('sip:a', 'sip:b');
    expect(run.news).toEqual(['try 0 sip:a']);
    expect(run.respond(0, 486).news).toEqual(['report 0 486', 'try 1 sip:b']);
  });

  test('all at once when parallel', () => {
    expect(parallel('sip:a', 'sip:b').news).toEqual(['try 0 sip:a', 'try 1 sip:b']);
  });

  test('each target once (16.5), and no more of them than the limit', () => {
    const many = Array.from({ length: 40 }, (_, index) => `sip:${index % 30}`);
    expect(parallel(...many).news).toHaveLength(PROXY_LIMITS.branches);
    expect(parallel('sip:a', 'sip:a').news).toEqual(['try 0 sip:a']);
  });

  test('the next when one cannot be sent to; without any the search is over', () => {
    const run = serial('sip:a', 'sip:b');
    expect(run.input({ type: 'unreachable', branch: 0 }).news).toEqual([
      'try 0 sip:a',
      'try 1 sip:b',
    ]);
    expect(run.input({ type: 'unreachable', branch: 1 }).news).toEqual([
      'unreachable',
      'done',
      'over',
    ]);
    expect(serial().news).toEqual(['unreachable', 'done', 'over']);
  });
});

describe('what is forwarded at once (RFC 3261 16.7 step 5)', () => {
  test.each([
    [100, []],
    [101, ['forward 101']],
    [180, ['forward 180']],
    [199, ['forward 199']],
    [200, ['report 0 200', 'forward 200', 'done']],
    [202, ['report 0 202', 'forward 202', 'done']],
  ])('%i', (statusCode, expected) => {
    const run = serial('sip:a');
    run.news;
    expect(run.respond(0, statusCode).news).toEqual(expected);
  });

  test('every 2xx to an INVITE, also from a cancelled branch and after the answer', () => {
    const run = parallel('sip:a', 'sip:b');
    run.respond(1, 180).news;
    expect(run.respond(0, 200).news).toEqual(['report 0 200', 'forward 200', 'cancel 1', 'done']);
    expect(run.respond(1, 200).respond(0, 200).news).toEqual(['forward 200', 'forward 200']);
  });

  test('one final answer only to what is no INVITE', () => {
    const run = new ResponseContextRun(['sip:a', 'sip:b'], { isParallel: true, isInvite: false });
    run.news;
    expect(run.respond(0, 200).respond(1, 200).respond(0, 200).news).toEqual([
      'report 0 200',
      'forward 200',
      'done',
    ]);
  });

  test('no 1xx of a branch that was cancelled', () => {
    const run = new ResponseContextRun(['sip:a', 'sip:b'], { provisionalTimeoutMs: 1_000 });
    run.wait(1_000).news;
    expect(run.respond(0, 180).news).toEqual([]);
  });
});

describe('the best response (RFC 3261 16.7 step 6)', () => {
  test.each([
    ['no response at all', ['408'], 'answer 408'],
    ['the lowest class', ['500', '302', '404'], 'answer 302'],
    ['a 6xx before all', ['302', '404', '603'], 'answer 603'],
    ['401 in its class', ['404', '486', '401'], 'answer 401'],
    ['484 before others of its class', ['404', '484'], 'answer 484'],
    ['the first of equals', ['404', '486'], 'answer 404'],
    ['a callee before a timeout', ['408', '480'], 'answer 480'],
    ['503 last of its class', ['503', '500'], 'answer 500'],
  ])('%s', (_, statuses, expected) => {
    const run = parallel(...statuses.map((_status, index) => `sip:${index}`));
    for (const [index, status] of statuses.entries()) {
      if (status === '408') run.fail(index, 408);
      else run.respond(index, Number(status));
    }
    expect(run.news.slice(-2)).toEqual([expected, 'done']);
  });

  test('is given when every branch has ended, not before', () => {
    const run = parallel('sip:a', 'sip:b');
    run.news;
    expect(run.respond(0, 404).news).toEqual(['report 0 404']);
    expect(run.respond(1, 486).news).toEqual(['report 1 486', 'answer 404', 'done']);
  });

  test('an error of the transport counts as 503 (16.9)', () => {
    expect(serial('sip:a').fail(0, 503).news.slice(-2)).toEqual(['answer 503', 'done']);
  });
});

describe('what ends the search', () => {
  test('a 6xx: the rest is cancelled, no further target (16.7 step 5)', () => {
    const run = parallel('sip:a', 'sip:b');
    run.respond(1, 180).news;
    expect(run.respond(0, 603).news).toEqual(['report 0 603', 'cancel 1']);
    expect(run.respond(1, 487).news).toEqual(['report 1 487', 'answer 603', 'done']);
    expect(serial('sip:a', 'sip:b').respond(0, 603).news.slice(1)).toEqual([
      'report 0 603',
      'answer 603',
      'done',
    ]);
  });

  test.each([401, 407])('a challenge %i in a serial search', (statusCode) => {
    const run = serial('sip:a', 'sip:b');
    const header = statusCode === 401 ? CHALLENGE : (['Proxy-Authenticate', 'Digest x'] as const);
    expect(run.respond(0, statusCode, header).news.slice(1)).toEqual([
      `report 0 ${statusCode}`,
      `answer ${statusCode}`,
      'done',
    ]);
  });

  test('not a 401 that asks for nothing', () => {
    expect(serial('sip:a', 'sip:b').respond(0, 401).news.at(-1)).toBe('try 1 sip:b');
  });

  test('a 2xx', () => {
    expect(serial('sip:a', 'sip:b').respond(0, 200).end(0).news.at(-1)).toBe('over');
  });
});

describe('redirection (RFC 3261 16.7 step 4)', () => {
  const follow = (...targets: readonly string[]) =>
    new ResponseContextRun(targets, { followRedirects: true });

  test('goes back when it is not to be followed', () => {
    const run = serial('sip:a');
    expect(run.respond(0, 302, ['Contact', '<sip:b>']).news.at(-2)).toBe('answer 302');
  });

  test('its Contacts are tried, the 302 itself is no answer', () => {
    const run = follow('sip:a');
    run.respond(0, 302, ['Contact', '<sip:b>, <sip:c>']);
    expect(run.news).toEqual(['try 0 sip:a', 'report 0 302', 'try 1 sip:b']);
    expect(run.respond(1, 486).respond(2, 404).news).toEqual([
      'report 1 486',
      'try 2 sip:c',
      'report 2 404',
      'answer 486',
      'done',
    ]);
  });

  test('a target that was tried before is not tried again, and the 302 is an answer then', () => {
    expect(follow('sip:a').respond(0, 302, ['Contact', '<sip:a>']).news.at(-2)).toBe('answer 302');
  });

  test('ends after so many redirections in a row', () => {
    const run = follow('sip:0');
    for (let hop = 0; hop <= PROXY_LIMITS.redirects; hop++) {
      run.respond(hop, 302, ['Contact', `<sip:${hop + 1}>`]);
    }
    expect(run.news.at(-2)).toBe('answer 302');
    expect(run.outputs.filter(({ type }) => type === 'try')).toHaveLength(
      PROXY_LIMITS.redirects + 1,
    );
  });

  test('fills no more branches than the limit', () => {
    const contacts = Array.from({ length: 100 }, (_, index) => `<sip:c${index}>`).join(', ');
    const run = new ResponseContextRun(['sip:a'], { followRedirects: true, isParallel: true });
    run.respond(0, 302, ['Contact', contacts]);
    expect(run.outputs.filter(({ type }) => type === 'try')).toHaveLength(PROXY_LIMITS.branches);
  });
});

describe('a silent target', () => {
  const impatient = (...targets: readonly string[]) =>
    new ResponseContextRun(targets, { provisionalTimeoutMs: 1_500 });

  test('is cancelled and the next one tried after the provisional timeout', () => {
    const run = impatient('sip:a', 'sip:b');
    run.news;
    expect(run.wait(1_499).news).toEqual([]);
    expect(run.wait(1).news).toEqual(['cancel 0', 'try 1 sip:b']);
  });

  test('is silent no longer after a 100', () => {
    const run = impatient('sip:a', 'sip:b');
    run.respond(0, 100).news;
    expect(run.wait(60_000).news).toEqual([]);
  });

  test('that answers 2xx late is heard all the same (16.7 step 5)', () => {
    const run = impatient('sip:a', 'sip:b');
    run.wait(1_500).respond(1, 180).news;
    expect(run.respond(0, 200).news).toEqual(['report 0 200', 'forward 200', 'cancel 1', 'done']);
  });

  test('that answers 2xx after the caller has had a failure is heard too', () => {
    const run = impatient('sip:a', 'sip:b');
    run.wait(1_500).respond(1, 486).news;
    expect(run.respond(0, 200).news).toEqual(['forward 200']);
  });

  test('does not hold up the answer; all silent is 408', () => {
    const run = impatient('sip:a', 'sip:b');
    run.wait(1_500).news;
    expect(run.respond(1, 486).news).toEqual(['report 1 486', 'answer 486', 'done']);
    expect(impatient('sip:a').wait(1_500).news.slice(-2)).toEqual(['answer 408', 'done']);
  });
});

describe('timer C (RFC 3261 16.8)', () => {
  test('cancels a branch that rings for more than three minutes; the caller gets 408', () => {
    const run = serial('sip:a');
    run.respond(0, 180).news;
    expect(run.wait(180_000).news).toEqual([]);
    expect(run.wait(5_000).news).toEqual(['cancel 0']);
    expect(run.respond(0, 487).news).toEqual(['report 0 487', 'answer 408', 'done']);
  });

  test('starts anew with each 101-199, not with a 100 (16.7 step 2)', () => {
    const run = serial('sip:a');
    run.respond(0, 180).wait(180_000).respond(0, 183).wait(180_000).news;
    expect(run.respond(0, 100).wait(5_000).news).toEqual(['cancel 0']);
  });

  test('is not for requests other than INVITE', () => {
    const run = new ResponseContextRun(['sip:a'], { isInvite: false });
    expect(run.context.pollTimeout()).toBeUndefined();
  });
});

describe('CANCEL from the caller (RFC 3261 16.10)', () => {
  test('cancels every branch, tries no other, and the 487 goes back', () => {
    const run = serial('sip:a', 'sip:b');
    run.respond(0, 180).news;
    expect(run.input({ type: 'cancel' }).news).toEqual(['cancel 0']);
    expect(run.respond(0, 487).news).toEqual(['report 0 487', 'answer 487', 'done']);
  });

  test('of a branch that never answers ends with 487, not with 408', () => {
    const run = serial('sip:a').input({ type: 'cancel' });
    expect(run.fail(0, 408).news.slice(-2)).toEqual(['answer 487', 'done']);
  });

  test('that crosses a 2xx loses', () => {
    const run = serial('sip:a').respond(0, 180).input({ type: 'cancel' });
    run.news;
    expect(run.respond(0, 200).news).toEqual(['report 0 200', 'forward 200', 'done']);
  });
});

test('is over when the last client transaction is gone, and has no timer then', () => {
  const run = parallel('sip:a', 'sip:b').respond(0, 200).end(0);
  expect(run.news.at(-1)).toBe('done');
  run.respond(1, 487).end(1);
  expect(run.news).toEqual(['over']);
  expect(run.context.pollTimeout()).toBeUndefined();
});

type Step =
  | { readonly kind: 'respond'; readonly branch: number; readonly statusCode: number }
  | { readonly kind: 'fail'; readonly branch: number; readonly statusCode: 408 | 503 }
  | { readonly kind: 'end'; readonly branch: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'wait'; readonly durationMs: number };

const branchNumber = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('respond' as const),
    branch: branchNumber,
    statusCode: fc.constantFrom(100, 180, 183, 200, 202, 302, 401, 404, 407, 486, 487, 503, 603),
  }),
  fc.record({
    kind: fc.constant('fail' as const),
    branch: branchNumber,
    statusCode: fc.constantFrom(408 as const, 503 as const),
  }),
  fc.record({ kind: fc.constant('end' as const), branch: branchNumber }),
  fc.constant({ kind: 'cancel' as const }),
  fc.record({ kind: fc.constant('wait' as const), durationMs: fc.nat({ max: 200_000 }) }),
);

function apply(run: ResponseContextRun, each: Step): void {
  switch (each.kind) {
    case 'respond':
      run.respond(each.branch, each.statusCode, ['Contact', `<sip:r${each.branch}>`], CHALLENGE);
      return;
    case 'fail':
      run.fail(each.branch, each.statusCode);
      return;
    case 'wait':
      run.wait(each.durationMs);
      return;
    case 'cancel':
      run.input({ type: 'cancel' });
      return;
    default:
      run.end(each.branch);
  }
}

function isHeard2xx(each: Step, tried: number): each is Step & { readonly kind: 'respond' } {
  if (each.kind !== 'respond' || each.branch >= tried) return false;
  return each.statusCode >= 200 && each.statusCode < 300;
}

test('law: whatever the branches do, one failure or none, every 2xx forwarded, an end, no timer left (16.7)', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.nat({ max: 4 }),
      fc.record({
        isInvite: fc.boolean(),
        isParallel: fc.boolean(),
        followRedirects: fc.boolean(),
        provisionalTimeoutMs: fc.option(fc.constant(1_000), { nil: undefined }),
      }),
      (steps, count, options) => {
        const targets = Array.from({ length: count + 1 }, (_, index) => `sip:${index}`);
        const run = new ResponseContextRun(targets, options);
        let expected2xx = 0;
        const gone = new Set<number>();
        for (const each of steps) {
          const tried = run.outputs.filter(({ type }) => type === 'try').length;
          if (isHeard2xx(each, tried) && !gone.has(each.branch)) expected2xx++;
          if (each.kind === 'end' && each.branch < tried) gone.add(each.branch);
          apply(run, each);
        }
        // Whatever is left ends: each branch fails, its transaction goes.
        for (let branch = 0; branch < PROXY_LIMITS.branches; branch++)
          run.fail(branch, 408).end(branch);

        const ofType = (type: string) => run.outputs.filter((output) => output.type === type);
        const successes = run.outputs.filter(
          (output) => output.type === 'forward' && output.response.statusCode >= 200,
        );
        const failures = ofType('answer').length + ofType('unreachable').length;
        if (options.isInvite) expect(successes).toHaveLength(expected2xx);
        else expect(successes.length + failures).toBe(1);
        expect(failures).toBeLessThanOrEqual(1);
        expect(failures + successes.length).toBeGreaterThan(0);
        expect(ofType('done')).toHaveLength(1);
        expect(ofType('over')).toHaveLength(1);
        expect(run.outputs.at(-1)?.type).toBe('over');
        expect(run.context.pollTimeout()).toBeUndefined();
      },
    ),
    { numRuns: 2_000 },
  );
});
