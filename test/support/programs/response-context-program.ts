import { ResponseContextRun, response } from '../sip/response-context-run.ts';
import { choose, detail, fail } from './run-programs.ts';

const STATUSES = [100, 180, 183, 200, 200, 302, 401, 404, 486, 487, 503, 603] as const;
const TARGETS = ['sip:a@x', 'sip:b@x', 'sip:c@x', 'sip:d@x'] as const;

/** A proxied request whose branches answer, fail, fall silent and end in any order, while the caller may give up. */
export function runResponseContext(steps: readonly number[]): void {
  const [setUp = 0] = steps;
  const isInvite = (setUp & 2) === 0;
  const run = new ResponseContextRun(TARGETS.slice(0, 1 + detail(setUp, TARGETS.length)), {
    isInvite,
    isParallel: (setUp & 4) === 0,
    followRedirects: (setUp & 8) === 0,
    provisionalTimeoutMs: (setUp & 16) === 0 ? 2_000 : undefined,
  });
  for (const step of steps) take(run, step);
  finish(run);
  check(run, isInvite);
}

function take(run: ResponseContextRun, step: number): void {
  const branch = detail(step, 1 + branches(run));
  const kind = choose(step, 10);
  if (kind < 6) {
    const status = STATUSES[(step >>> 20) % STATUSES.length] ?? 200;
    const contact = ['Contact', `<sip:r${branch}@x>, <sip:s@x>`] as const;
    run.input({ type: 'response', branch, response: response(status, contact) });
  } else if (kind === 6) run.fail(branch, (step & 0x10000) === 0 ? 408 : 503);
  else if (kind === 7) run.end(branch);
  else if (kind === 8 && detail(step, 4) === 0) run.input({ type: 'cancel' });
  else if (kind === 8) run.input({ type: 'unreachable', branch });
  else run.wait([0, 1_000, 2_000, 40_000, 200_000][(step >>> 20) % 5] ?? 0);
}

function branches(run: ResponseContextRun): number {
  return run.outputs.filter(({ type }) => type === 'try').length;
}

/** Every client transaction ends by itself sooner or later. */
function finish(run: ResponseContextRun): void {
  for (let index = 0; index < branches(run); index++) run.end(index);
  run.wait(1_000_000);
}

function check({ outputs, context }: ResponseContextRun, isInvite: boolean): void {
  const count = (type: string) => outputs.filter((output) => output.type === type).length;
  const forwarded = outputs.flatMap((output) =>
    output.type === 'forward' ? [output.response.statusCode] : [],
  );
  const finals = forwarded.filter((status) => status >= 200);
  if (finals.some((status) => status >= 300)) fail('a refusal was forwarded on its own');
  if (!isInvite && finals.length > 1) fail('two finals to a request that is no INVITE');
  const endings = count('answer') + count('unreachable');
  if (endings > 1) fail('two answers');
  if (endings + finals.length === 0) fail('no answer');
  if (count('done') !== 1) fail(`done ${count('done')} times`);
  if (count('over') !== 1) fail(`over ${count('over')} times`);
  if (outputs.at(-1)?.type !== 'over') fail('something follows the end');
  if (context.pollTimeout() !== undefined) fail('a timer outlives the end');
  if (count('try') > 16) fail('too many branches');
  const cancels = outputs.flatMap((output) => (output.type === 'cancel' ? [output.branch] : []));
  if (new Set(cancels).size !== cancels.length) fail('a branch was cancelled twice');
}
