import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notEmbedded } from '../../support/sip/sip-server.ts';
import { SignalingNode } from '../../support/sipp/signaling-node.ts';
import {
  type RunningSipp,
  type SippOptions,
  sippMissing,
  startSipp,
} from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
const HOST = '127.0.0.2';

async function carrier(options: SippOptions): Promise<RunningSipp> {
  return startSipp({ localAddress: HOST, rtpPort: 40_000, ...options });
}

describe.skipIf(missing)(`we call SIPp (${missing ?? 'sipp found'})`, () => {
  let node: SignalingNode;

  beforeAll(async () => {
    node = await SignalingNode.start();
  });

  afterAll(() => node.close());

  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    test('it rings, answers, and we hang up', async () => {
      const callee = await carrier({ scenario: 'uas-answer', transport });
      const { outcome } = node.dial({ host: HOST, port: callee.port }, { transport });
      const { established, ...rest } = await outcome;
      await established?.hangup();

      expect(rest).toMatchObject({
        provisionals: [180],
        outcome: 'answered',
        status: 200,
        reason: 'PCMU',
      });
      expect(established?.remoteSdp).toContain('m=audio 40000 ');
      expect(await callee.result).toMatchObject(COMPLETE);
    });

    test('it answers and hangs up', async () => {
      const callee = await carrier({ scenario: 'uas-hang-up', transport });
      const before = node.events.length;
      await node.dial({ host: HOST, port: callee.port }, { transport }).outcome;

      expect(await callee.result).toMatchObject(COMPLETE);
      expect(node.events.slice(before)).toEqual(['established', 'ended by peer: normal release']);
    });

    test.each([
      ['uas-busy', 486],
      ['uas-reject', 603],
    ] as const)('%s is %d', async (scenario, status) => {
      const callee = await carrier({ scenario, transport });
      const { outcome } = node.dial({ host: HOST, port: callee.port }, { transport });

      expect(await outcome).toMatchObject({ outcome: 'failed', status });
      expect(await callee.result).toMatchObject(COMPLETE);
    });

    test('nobody answers: we cancel while it rings, and get 487', async () => {
      const callee = await carrier({ scenario: 'uas-no-answer', transport });
      const { outcome } = node.dial({ host: HOST, port: callee.port }, { transport }, (call) =>
        call.cancel(),
      );

      expect(await outcome).toMatchObject({
        provisionals: [180],
        outcome: 'failed',
        status: 487,
        reason: 'Request Terminated',
      });
      expect(await callee.result).toMatchObject(COMPLETE);
    });

    test('cancelled at once, before the INVITE is out', async () => {
      const callee = await carrier({ scenario: 'uas-no-answer', transport });
      const { call, outcome } = node.dial({ host: HOST, port: callee.port }, { transport });
      call.cancel();

      expect(await outcome).toMatchObject({ provisionals: [], outcome: 'failed', status: 487 });
      expect(await callee.result).toMatchObject(COMPLETE);
    });
  });

  test('an answer that crosses our CANCEL is hung up (RFC 3261 section 9.1)', async () => {
    const callee = await carrier({ scenario: 'uas-crossed-cancel' });
    const { outcome } = node.dial({ host: HOST, port: callee.port }, {}, (call) => call.cancel());

    expect(await outcome).toMatchObject({ outcome: 'failed', status: 487 });
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test('says who calls, and passes a header of ours on', async () => {
    const callee = await carrier({ scenario: 'uas-identity' });
    const headers = { 'X-Campaign': 'summer' };
    const { outcome } = node.dial(
      { host: HOST, port: callee.port },
      { headers, callerId: 'p-asserted-identity' },
    );

    expect(await outcome).toMatchObject({ outcome: 'failed', status: 486 });
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  const keys = { username: 'trunk', password: 'secret' };

  test.each(['uas-auth', 'uas-proxy-auth'] as const)(
    'a challenge (%s) is answered with our credentials (RFC 3261 section 22)',
    async (scenario) => {
      const callee = await carrier({ scenario, keys });
      const { outcome } = node.dial({ host: HOST, port: callee.port }, { credentials: keys });
      const { established, status } = await outcome;
      await established?.hangup();

      expect(status).toBe(200);
      expect(await callee.result).toMatchObject(COMPLETE);
    },
  );

  test('wrong credentials are the end', async () => {
    const callee = await carrier({ scenario: 'uas-auth', keys });
    const { outcome } = node.dial(
      { host: HOST, port: callee.port },
      { credentials: { ...keys, password: 'wrong' } },
    );

    expect(await outcome).toMatchObject({ outcome: 'failed', status: 403 });
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test('a challenge without credentials is told as it came', async () => {
    const callee = await carrier({ scenario: 'uas-proxy-auth' });
    const { outcome } = node.dial({ host: HOST, port: callee.port });

    expect(await outcome).toMatchObject({ outcome: 'failed', status: 407 });
    callee.stop();
    await callee.result;
  });

  test('a refused connection is 503', async () => {
    const { outcome } = node.dial({ host: HOST, port: 9 }, { transport: 'tcp' });

    expect(await outcome).toMatchObject({ outcome: 'failed', status: 503 });
  });

  test.skipIf(notEmbedded)(
    'no answer of any kind is 408 after 64*T1 (RFC 3261 section 17.1.1.2)',
    async () => {
      const hasty = await SignalingNode.start({ t1Ms: 10 });
      const { outcome } = hasty.dial({ host: HOST, port: 9 });

      expect(await outcome).toMatchObject({ outcome: 'failed', status: 408 });
      await hasty.close();
    },
  );

  test('a gateway that is no address fails without a packet', async () => {
    const { outcome } = node.dial({ host: 'a b', port: 9 });

    expect(await outcome).toMatchObject({ status: 503, reason: 'the gateway has no valid host' });
  });
});
