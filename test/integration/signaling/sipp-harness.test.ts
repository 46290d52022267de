import { describe, expect, test } from 'vitest';
import { runSipp, sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const missing = sippMissing();

/** The scenarios against each other: what they say of our engine is worth as much as this. */
describe.skipIf(missing)(`SIPp scenarios (${missing ?? 'sipp found'})`, () => {
  test.each([
    ['uac-basic', 'uas-answer', 'udp'],
    ['uac-basic', 'uas-answer', 'tcp'],
    ['uac-expect-bye', 'uas-hang-up', 'udp'],
    ['uac-cancel', 'uas-no-answer', 'udp'],
  ] as const)('%s fits %s over %s', async (uac, uas, transport) => {
    const callee = await startSipp({ scenario: uas, transport, localAddress: '127.0.0.2' });
    const remote = { host: '127.0.0.2', port: callee.port };
    const caller = await runSipp({ scenario: uac, transport, remote, calls: 1 });

    expect(caller).toMatchObject({ exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' });
    expect(await callee.result).toMatchObject({ exitCode: 0, successfulCalls: 1, errors: '' });
  });

  test('a call that goes otherwise fails, and says why', async () => {
    const callee = await startSipp({ scenario: 'uas-busy', localAddress: '127.0.0.2' });
    const remote = { host: '127.0.0.2', port: callee.port };
    const caller = await runSipp({ scenario: 'uac-basic', remote });
    callee.stop();

    expect(caller).toMatchObject({ exitCode: 1, successfulCalls: 0, failedCalls: 1 });
    expect(caller.errors).toContain('486 Busy Here');
    await callee.result;
  });

  test('one that nobody answers ends with its time', async () => {
    const remote = { host: '127.0.0.2', port: 9 };
    const caller = await runSipp({ scenario: 'uac-basic', remote, timeoutSeconds: 2 });

    expect(caller.exitCode).not.toBe(0);
    expect(caller.successfulCalls).toBe(0);
  });
});
