import { describe, expect, test } from 'vitest';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { runSipp, sippMissing } from '../../support/sipp/sipp.ts';

const missing = sippMissing();

describe.skipIf(missing)(`SIPp registers (${missing ?? 'sipp found'})`, () => {
  // SIPp knows no better digest than MD5.
  test.each(['udp', 'tcp'] as const)(
    'over %s it asks for too little first, then for what is granted (RFC 3261 section 10.2)',
    async (transport) => {
      const users = [{ username: 'sipp', password: 'correct-horse-battery' }];
      const engine = await RunningEngine.start({
        sip: { host: '127.0.0.1', port: 0, users, digestAlgorithms: ['MD5'] },
        carriers: [{ name: 'elsewhere', inbound: ['127.0.0.99/32'] }],
      });
      const phone = await runSipp({
        scenario: 'uac-softphone-register',
        transport,
        remote: engine.remote,
      });
      await engine.close();
      expect(phone).toMatchObject({ exitCode: 0, successfulCalls: 1, failedCalls: 0 });
    },
  );
});
