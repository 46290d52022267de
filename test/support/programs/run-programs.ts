import { SeededRandom } from '../random/seeded-random.ts';

/** Runs one program: each step is 32 random bits that say what happens next. Throws when a rule is broken. */
export type ProgramRunner = (steps: readonly number[]) => void;

export interface ProgramRun {
  readonly seed: number;
  readonly programs: number;
  readonly steps: number;
  readonly elapsedSeconds: number;
}

const { TRUNKLINE_PROGRAMS = 2_000 } = process.env;
/** How many programs a test runs: the environment variable, or a number that takes a few seconds. */
export const PROGRAMS = Number(TRUNKLINE_PROGRAMS);

/**
 * Runs that many random programs of 1 to `maxSteps` steps. The first one that fails is cut down to the steps that matter, and
 * thrown as an error that shows them.
 */
export function runPrograms(
  run: ProgramRunner,
  { programs, maxSteps, seed }: { programs: number; maxSteps: number; seed: number },
): ProgramRun {
  const random = new SeededRandom(seed);
  const startedAt = performance.now();
  let steps = 0;
  for (let index = 0; index < programs; index++) {
    const program = Array.from({ length: 1 + random.below(maxSteps) }, () => random.word());
    steps += program.length;
    if (failureOf(run, program) !== undefined) throw shrunk(run, program, { seed, index });
  }
  return { seed, programs, steps, elapsedSeconds: (performance.now() - startedAt) / 1_000 };
}

function failureOf(run: ProgramRunner, program: readonly number[]): unknown {
  try {
    run(program);
    return undefined;
  } catch (error) {
    return error ?? 'undefined was thrown';
  }
}

/** Leaves out every step without which it still fails. */
function shrunk(
  run: ProgramRunner,
  program: readonly number[],
  where: { readonly seed: number; readonly index: number },
): Error {
  let smallest = program;
  for (let at = smallest.length - 1; at >= 0; at--) {
    const without = smallest.toSpliced(at, 1);
    if (failureOf(run, without) !== undefined) smallest = without;
  }
  const cause = failureOf(run, smallest);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const { seed, index } = where;
  return new Error(`program ${index} of seed ${seed}, steps [${smallest.join(', ')}]: ${reason}`, {
    cause,
  });
}

/** The parts of a step: what happens, and with what. */
export function choose(step: number, bound: number): number {
  return step % bound;
}

/** Other random bits of the same step. */
export function detail(step: number, bound: number): number {
  return (step >>> 12) % bound;
}

export function fail(message: string): never {
  throw new Error(message);
}
