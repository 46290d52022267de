import { describe, expect, test } from 'vitest';
import { runDrachtioServer } from '../../support/programs/drachtio-server-program.ts';
import { runResponseContext } from '../../support/programs/response-context-program.ts';
import { PROGRAMS, type ProgramRunner, runPrograms } from '../../support/programs/run-programs.ts';
import {
  runInviteClient,
  runInviteServer,
  runNonInviteClient,
  runNonInviteServer,
} from '../../support/programs/transaction-programs.ts';
import { runUserAgents } from '../../support/programs/user-agent-program.ts';

const SEED = 20_261_122;
/** The whole number of programs takes minutes. */
const TIMEOUT_MS = 1_200_000;

const MACHINES: readonly (readonly [name: string, run: ProgramRunner, maxSteps: number])[] = [
  ['INVITE client transaction', runInviteClient, 24],
  ['INVITE server transaction', runInviteServer, 24],
  ['non-INVITE client transaction', runNonInviteClient, 24],
  ['non-INVITE server transaction', runNonInviteServer, 24],
  ['response context of the proxy', runResponseContext, 24],
  ['two user agents: dialogs, PRACK, UPDATE, timers, subscriptions', runUserAgents, 24],
  ['server of the application protocol, with applications that come and go', runDrachtioServer, 20],
];

describe(`${PROGRAMS} random programs of messages, calls, timers and failures keep every rule`, () => {
  test.each(MACHINES)(
    '%s',
    (name, run, maxSteps) => {
      const result = runPrograms(run, { programs: PROGRAMS, maxSteps, seed: SEED });
      if (PROGRAMS > 2_000) process.stdout.write(`${name}: ${JSON.stringify(result)}\n`);

      expect(result.programs).toBe(PROGRAMS);
    },
    TIMEOUT_MS,
  );
});
