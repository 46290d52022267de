import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallView } from '../../support/engine/api-client.ts';
import { blockThread } from '../../support/engine/blocking.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import { runSipp, sippMissing } from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
/** Long enough for the CANCEL of a caller that is quick. */
const SLOW_ANSWER_MS = 400;

describe.skipIf(missing)(`SIPp calls the engine (${missing ?? 'sipp found'})`, () => {
  let running: RunningEngine;

  beforeAll(async () => {
    running = await RunningEngine.start();
  });

  afterAll(() => running.close());

  async function lastCall(): Promise<CallView> {
    return running.api.ended(await running.api.newest());
  }

  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    test('answered, it talks and hangs up (RFC 3261 section 13.3)', async () => {
      const ears = await RtpPeer.open();
      const caller = await runSipp({
        scenario: 'uac-basic',
        transport,
        remote: running.remote,
        rtpPort: ears.port,
        pauseMs: 1_000,
      });
      ears.close();

      expect(caller).toMatchObject(COMPLETE);
      expect(ears.received.length).toBeGreaterThan(40);
      expect(ears.continuity()).toMatchObject({
        ssrcChanges: 0,
        sequenceBreaks: 0,
        timestampBreaks: 0,
      });
      const call = await lastCall();
      expect(call).toMatchObject({
        direction: 'inbound',
        carrier: 'local',
        status: 'completed',
        call_status: 'completed',
        end_reason: 'hangup',
        ended_by: 'caller',
      });
      expect(call.recording_url).not.toBeNull();
      expect(call.duration).toBeGreaterThan(0);
    });

    test('the caller cancels before the answer (RFC 3261 section 9)', async () => {
      running.atNext('incoming call', () => blockThread(SLOW_ANSWER_MS));
      const caller = await runSipp({
        scenario: 'uac-cancel-early',
        transport,
        remote: running.remote,
      });

      expect(caller).toMatchObject(COMPLETE);
      expect(await lastCall()).toMatchObject({
        status: 'cancelled',
        call_status: 'cancelled',
        end_reason: 'caller-cancelled',
        ended_by: 'caller',
        started_at: null,
        recording_url: null,
      });
    });

    test('a number that no agent answers gets 404 and no record', async () => {
      const before = (await running.api.calls()).length;
      const caller = await runSipp({
        scenario: 'uac-wrong-number',
        transport,
        remote: running.remote,
        service: 'nobody',
      });

      expect(caller).toMatchObject(COMPLETE);
      expect((await running.api.calls()).length).toBe(before);
    });

    test('a source that no carrier owns gets no answer', async () => {
      const before = await running.stats();
      const caller = await runSipp({
        scenario: 'uac-basic',
        transport,
        remote: running.remote,
        localAddress: '127.0.0.9',
        timeoutSeconds: 2,
      });

      expect(caller.exitCode).not.toBe(0);
      expect(caller.successfulCalls).toBe(0);
      const after = await running.stats();
      expect(after.sip.droppedNotAllowed).toBeGreaterThan(before.sip.droppedNotAllowed);
      expect(after.sip.requests).toBe(before.sip.requests);
    });
  });

  test('ten callers at once are ten calls', async () => {
    const before = (await running.stats()).media.sessionsTotal;
    const callers = await runSipp({
      scenario: 'uac-basic',
      remote: running.remote,
      calls: 10,
      callsPerSecond: 50,
      pauseMs: 500,
    });

    expect(callers).toMatchObject({ exitCode: 0, successfulCalls: 10, failedCalls: 0 });
    for (const { id } of (await running.api.calls()).slice(0, 10)) {
      expect(await running.api.ended(id)).toMatchObject({ end_reason: 'hangup' });
    }
    expect((await running.stats()).media).toMatchObject({
      sessionsTotal: before + 10,
      sessionsOpen: 0,
    });
  });
});
