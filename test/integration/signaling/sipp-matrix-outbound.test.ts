import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOffer } from '../../../src/sdp/offer-answer.ts';
import { notEmbedded } from '../../support/sip/sip-server.ts';
import { freePort } from '../../support/sipp/ports.ts';
import { dialTarget, SignalingNode } from '../../support/sipp/signaling-node.ts';
import {
  type RunningSipp,
  type SippOptions,
  sippMissing,
  startSipp,
} from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
const HOST = '127.0.0.2';
const PLACE = { address: '127.0.0.1', port: 4_100, sessionId: 1 };

async function carrier(options: SippOptions): Promise<RunningSipp> {
  return startSipp({
    localAddress: HOST,
    rtpPort: 40_000,
    pauseMs: 20,
    timeoutSeconds: 12,
    ...options,
  });
}

describe.skipIf(missing)(`what callees do in a call (${missing ?? 'sipp found'})`, () => {
  let node: SignalingNode;

  beforeAll(async () => {
    node = await SignalingNode.start();
  });

  afterAll(() => node.close());

  /** A call to a scenario that answers. */
  async function call(options: SippOptions) {
    const callee = await carrier(options);
    const { outcome } = node.dial(
      { host: HOST, port: callee.port },
      { transport: options.transport ?? 'udp' },
    );
    const { established, ...rest } = await outcome;
    if (established === undefined) throw new Error(`not answered: ${rest.status} ${rest.reason}`);
    return { callee, established, ...rest };
  }

  test.each(['udp', 'tcp'] as const)(
    'a reliable 183 is acknowledged with PRACK over %s (RFC 3262)',
    async (transport) => {
      const { callee, established, provisionals } = await call({
        scenario: 'uas-prack',
        transport,
      });
      await established.hangup();

      expect(provisionals).toContain(183);
      expect(await callee.result).toMatchObject(COMPLETE);
    },
  );

  test('early media without 100rel', async () => {
    const { callee, established, provisionals } = await call({ scenario: 'uas-early-media' });
    await established.hangup();

    expect(provisionals).toContain(183);
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test.each(['udp', 'tcp'] as const)(
    'it holds and resumes by re-INVITE over %s',
    async (transport) => {
      const resumed = node.next('re-INVITE sendrecv');
      const { callee, established } = await call({ scenario: 'uas-hold', transport });
      await resumed;
      await established.hangup();

      expect(await callee.result).toMatchObject(COMPLETE);
    },
  );

  test('it holds by UPDATE and asks for an offer by a re-INVITE without SDP (RFC 3311)', async () => {
    const offered = node.next('re-INVITE sendrecv');
    const { callee, established } = await call({ scenario: 'uas-update' });
    await offered;
    await established.hangup();

    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test.skipIf(notEmbedded)(
    'we hold, after a 491; a refusal changes nothing (RFC 3261 section 14.1)',
    async () => {
      const { callee, established } = await call({ scenario: 'uas-held' });
      const held = await established.reinvite(
        createOffer({ ...PLACE, sessionVersion: 2, isHolding: true }),
      );
      const refused = established.reinvite(createOffer({ ...PLACE, sessionVersion: 3 }));
      await expect(refused).rejects.toMatchObject({ status: 488 });
      await established.hangup();

      expect(held).toContain('a=recvonly');
      expect(await callee.result).toMatchObject(COMPLETE);
    },
  );

  test.skipIf(notEmbedded)(
    'it hangs up during our re-INVITE (RFC 5407 section 3.1.2)',
    async () => {
      const ended = node.next('ended by peer: normal release');
      const { callee, established } = await call({ scenario: 'uas-bye-in-reinvite' });
      await expect(
        established.reinvite(createOffer({ ...PLACE, sessionVersion: 2 })),
      ).rejects.toThrow();
      await ended;

      expect(await callee.result).toMatchObject(COMPLETE);
    },
  );

  test('our REFER is told of to its end (RFC 3515)', async () => {
    const { callee, established } = await call({ scenario: 'uas-refer' });
    const progress: number[] = [];
    const outcome = await established.refer({ user: '+4930999' }, (status) =>
      progress.push(status),
    );
    await established.hangup();

    expect(outcome).toMatchObject({ status: 200 });
    expect(progress).toContain(180);
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test('its REFER is followed by our NOTIFYs (RFC 3515)', async () => {
    let referTo: string | undefined;
    node.onEstablished = (established) => {
      established.onRefer = (refer) => {
        referTo = refer.referToUser;
        refer.accept();
        refer.notify(200, 'OK');
        void established.hangup();
      };
    };
    const { callee } = await call({ scenario: 'uas-transfers' });
    node.onEstablished = () => undefined;

    expect(await callee.result).toMatchObject(COMPLETE);
    expect(referTo).toBe('+4930999');
  });

  test('a key by INFO (RFC 6086)', async () => {
    const { callee, established } = await call({ scenario: 'uas-info' });
    const status = await established.sendInfo(
      'application/dtmf-relay',
      'Signal=5\r\nDuration=160\r\n',
    );
    await established.hangup();

    expect(status).toBe(200);
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test.skipIf(notEmbedded)(
    'a session timer with us as refresher, refreshed by the callee too (RFC 4028)',
    async () => {
      const ended = node.next('ended by peer: normal release');
      const { callee } = await call({ scenario: 'uas-session-timer' });
      await ended;

      expect(await callee.result).toMatchObject(COMPLETE);
    },
  );

  test('it is slow to say anything: our INVITE comes again, one call is made (RFC 3261 section 17.1.1)', async () => {
    const { callee, established } = await call({ scenario: 'uas-late' });
    await established.hangup();

    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test('an anonymous caller with Diversion and X-; a BYE with a Reason (RFC 3323, 3325, 3326, 5806)', async () => {
    const callee = await carrier({ scenario: 'uas-headers' });
    const { outcome } = node.dialTargets({
      isAnonymous: true,
      headers: { Diversion: '<sip:+4930888@a>', 'X-Campaign': 'summer' },
      targets: [dialTarget({ host: HOST, port: callee.port }, { callerId: 'p-asserted-identity' })],
    });
    const { established } = await outcome;
    await established?.hangup('Q.850;cause=16');

    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test('a CANCEL with a Reason (RFC 3326)', async () => {
    const callee = await carrier({ scenario: 'uas-cancel-reason' });
    const { outcome } = node.dial({ host: HOST, port: callee.port }, {}, (dialled) =>
      dialled.cancel('SIP;cause=26;text="done elsewhere"'),
    );

    expect(await outcome).toMatchObject({ status: 487 });
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test.each([403, 404, 480, 484, 488, 600, 606])('%d is told as it came', async (status) => {
    const texts = { status: `${status} As It Came` };
    const callee = await carrier({ scenario: 'uas-final', texts });
    const { outcome } = node.dial({ host: HOST, port: callee.port });

    expect(await outcome).toMatchObject({ outcome: 'failed', status, reason: 'As It Came' });
    expect(await callee.result).toMatchObject(COMPLETE);
  });

  test('a redirect is followed (RFC 3261 section 8.1.3.4)', async () => {
    const second = await carrier({ scenario: 'uas-answer' });
    const keys = { moved: `+4930999@${HOST}:${second.port}` };
    const first = await carrier({ scenario: 'uas-redirect', keys });
    const { established } = await node.dial({ host: HOST, port: first.port }).outcome;
    await established?.hangup();

    expect(await first.result).toMatchObject(COMPLETE);
    expect(await second.result).toMatchObject(COMPLETE);
  });

  test.skipIf(notEmbedded)(
    'a dead port, a 503 and silence are passed over in under 2 s each; a late 200 gets ACK and BYE',
    async () => {
      const refuses = await carrier({ scenario: 'uas-final', texts: { status: '503 Busy' } });
      const isSilent = await carrier({ scenario: 'uas-silent-then-answers' });
      const answers = await carrier({ scenario: 'uas-answer' });
      const deadPort = await freePort('tcp', HOST);
      const { outcome } = node.dialTargets({
        firstProvisionalTimeoutMs: 500,
        targets: [
          dialTarget({ host: HOST, port: deadPort }, { id: 'dead', transport: 'tcp' }),
          dialTarget({ host: HOST, port: refuses.port }, { id: 'refuses' }),
          dialTarget({ host: HOST, port: isSilent.port }, { id: 'silent' }),
          dialTarget({ host: HOST, port: answers.port }, { id: 'answers' }),
        ],
      });
      const { established, attempts } = await outcome;
      await established?.hangup();

      expect(attempts.map(({ targetId, status }) => `${targetId} ${status}`)).toEqual([
        'dead 503',
        'refuses 503',
        'silent 408',
      ]);
      expect(Math.max(...attempts.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(2_000);
      for (const { result } of [refuses, isSilent, answers]) {
        expect(await result).toMatchObject(COMPLETE);
      }
    },
  );
});
