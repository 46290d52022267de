import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notEmbedded } from '../../support/sip/sip-server.ts';
import { SignalingNode } from '../../support/sipp/signaling-node.ts';
import { runSipp, sippMissing } from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
const ENDED = 'ended by peer: normal release';

describe.skipIf(missing)(`SIPp calls in (${missing ?? 'sipp found'})`, () => {
  let node: SignalingNode;

  beforeAll(async () => {
    node = await SignalingNode.start({ allow: ['127.0.0.1/32'] });
  });

  afterAll(() => node.close());

  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    test('answered, it talks and hangs up (RFC 3261 section 13.3)', async () => {
      const before = node.events.length;
      const caller = await runSipp({ scenario: 'uac-basic', transport, remote: node.remote });

      expect(caller).toMatchObject(COMPLETE);
      expect(node.events.slice(before)).toEqual([
        'incoming demo from +4930123',
        'established',
        ENDED,
      ]);
      expect(node.incoming.at(-1)).toMatchObject({ sourceAddress: '127.0.0.1', transport });
    });

    test('we hang up (RFC 3261 section 15)', async () => {
      const hungUp = node.next('hung up');
      const caller = await runSipp({
        scenario: 'uac-expect-bye',
        transport,
        remote: node.remote,
        service: 'bye',
      });

      expect(caller).toMatchObject(COMPLETE);
      await hungUp;
    });

    test('the caller cancels while it rings (RFC 3261 section 9)', async () => {
      const cancelled = node.next('cancelled');
      const caller = await runSipp({
        scenario: 'uac-cancel',
        transport,
        remote: node.remote,
        service: 'ring',
      });

      expect(caller).toMatchObject(COMPLETE);
      await cancelled;
    });

    test('a wrong number gets 404', async () => {
      const caller = await runSipp({
        scenario: 'uac-wrong-number',
        transport,
        remote: node.remote,
        service: 'nobody',
      });

      expect(caller).toMatchObject(COMPLETE);
    });

    test('holds, codec changes, UPDATE, INFO and REFER within the dialog are answered as the RFCs say', async () => {
      const before = node.events.length;
      const caller = await runSipp({ scenario: 'uac-in-dialog', transport, remote: node.remote });

      expect(caller).toMatchObject(COMPLETE);
      expect(node.events.slice(before)).toEqual([
        'incoming demo from +4930123',
        'established',
        're-INVITE inactive',
        're-INVITE recvonly',
        're-INVITE sendrecv',
        // The answer in the ACK of the re-INVITE without SDP.
        're-INVITE sendrecv',
        're-INVITE no-common-codec',
        're-INVITE sendrecv',
        'INFO Signal=5\r\nDuration=160',
        ENDED,
      ]);
    });

    test('a call without SDP gets our offer, its answer comes in the ACK', async () => {
      const caller = await runSipp({ scenario: 'uac-late-offer', transport, remote: node.remote });

      expect(caller).toMatchObject(COMPLETE);
      expect(node.events.slice(-3)).toEqual(['established', 'late answer PCMU', ENDED]);
    });

    test('a hold is answered with recvonly (RFC 3264 section 8.4)', async () => {
      const caller = await runSipp({ scenario: 'uac-hold', transport, remote: node.remote });

      expect(caller).toMatchObject(COMPLETE);
      expect(node.events.slice(-3)).toEqual(['established', 're-INVITE recvonly', ENDED]);
    });

    test('OPTIONS gets 200, MESSAGE 405', async () => {
      const options = runSipp({ scenario: 'uac-options', transport, remote: node.remote });
      const message = runSipp({ scenario: 'uac-message', transport, remote: node.remote });

      expect(await options).toMatchObject(COMPLETE);
      expect(await message).toMatchObject(COMPLETE);
    });
  });

  test('ten calls at once are ten calls', async () => {
    const before = node.established.length;
    const callers = await runSipp({
      scenario: 'uac-basic',
      remote: node.remote,
      calls: 10,
      callsPerSecond: 50,
    });

    expect(callers).toMatchObject({ exitCode: 0, successfulCalls: 10 });
    expect(node.established.length - before).toBe(10);
  });

  test('a caller that never acknowledges is hung up (RFC 3261 section 13.3.1.4)', async () => {
    const hasty = await SignalingNode.start({ t1Ms: 10 });
    const ended = hasty.next('ended by system: ACK timeout');
    const caller = await runSipp({
      scenario: 'uac-no-ack',
      remote: hasty.remote,
      timeoutSeconds: 40,
    });
    await ended;
    await hasty.close();

    expect(caller).toMatchObject(COMPLETE);
  });

  test('an offer without a codec of ours gets 488', async () => {
    const caller = await runSipp({ scenario: 'uac-not-acceptable', remote: node.remote });

    expect(caller).toMatchObject(COMPLETE);
  });

  test.skipIf(notEmbedded).each(['udp', 'tcp'] as const)(
    'a source that no carrier owns gets no answer (%s)',
    async (transport) => {
      const before = node.events.length;
      const caller = await runSipp({
        scenario: 'uac-wrong-number',
        transport,
        remote: node.remote,
        localAddress: '127.0.0.9',
        timeoutSeconds: 2,
      });

      expect(caller.exitCode).not.toBe(0);
      expect(caller.successfulCalls).toBe(0);
      expect(node.events.length).toBe(before);
      expect((await node.server.stats())?.droppedNotAllowed).toBeGreaterThan(0);
    },
  );
});
