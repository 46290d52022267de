import { describe, expect, type TestContext, test } from 'vitest';
import type { CallView } from '../../support/engine/api-client.ts';
import type { ConfigKeys } from '../../support/engine/engine-config.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import {
  type RunningSipp,
  type SippOptions,
  sippMissing,
  startSipp,
} from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
/** The carrier's own address; ours is 127.0.0.1. */
const CARRIER_HOST = '127.0.0.2';
const CREDENTIALS = { username: 'trunk', password: 'secret' };

/** Each with an engine and a carrier of its own. */
describe.skipIf(missing)(
  `the API calls SIPp (${missing ?? 'sipp found'})`,
  { concurrent: true },
  () => {
    /** A carrier that plays the scenario, and an engine that sends its calls there. */
    async function trunk(
      { onTestFinished }: TestContext,
      options: SippOptions,
      keys: ConfigKeys = {},
      account: ConfigKeys = {},
    ): Promise<{
      readonly running: RunningEngine;
      readonly carrier: RunningSipp;
      readonly ears: RtpPeer;
    }> {
      const ears = await RtpPeer.open({ address: CARRIER_HOST });
      onTestFinished(() => ears.close());
      const carrier = await startSipp({
        localAddress: CARRIER_HOST,
        rtpPort: ears.port,
        ...options,
      });
      const gateway = {
        host: CARRIER_HOST,
        port: carrier.port,
        transport: options.transport ?? 'udp',
      };
      const running = await RunningEngine.start({
        carriers: [{ name: 'sipp', inbound: [`${CARRIER_HOST}/32`], gateway, ...account }],
        ...keys,
      });
      onTestFinished(() => running.close());
      return { running, carrier, ears };
    }

    describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
      test('answered, and stopped by the API: BYE', async (context) => {
        const { running, carrier, ears } = await trunk(context, {
          scenario: 'uas-answer',
          transport,
        });
        const id = await running.api.dial();
        const live = await running.api.callWith(id, 'in_progress');
        await ears.heard(10);
        const stopped = await running.api.request('POST', `/v1/calls/${id}/stop`);

        expect(live).toMatchObject({ carrier: 'sipp', direction: 'outbound', end_reason: null });
        expect(stopped).toMatchObject({ status: 200, body: { ok: true } });
        expect(await running.api.ended(id)).toMatchObject({
          status: 'cancelled',
          call_status: 'cancelled',
          end_reason: 'stopped',
          ended_by: 'api',
          sip_status: null,
        });
        expect(await carrier.result).toMatchObject(COMPLETE);
        expect(await running.api.request('POST', `/v1/calls/${id}/stop`)).toMatchObject({
          status: 409,
        });
      });

      test('answered, and hung up by the far end', async (context) => {
        const { running, carrier } = await trunk(context, {
          scenario: 'uas-hang-up',
          transport,
          pauseMs: 1_000,
        });
        const call = await running.api.ended(await running.api.dial());

        expect(call).toMatchObject({
          status: 'completed',
          call_status: 'completed',
          end_reason: 'hangup',
          sip_status: null,
        });
        expect(call.sip_call_id).not.toBeNull();
        expect(call.recording_url).not.toBeNull();
        expect(await carrier.result).toMatchObject(COMPLETE);
      });

      test.for([
        ['uas-busy', 486, 'busy'],
        ['uas-reject', 603, 'rejected'],
      ] as const)('%s: %d is %s', async ([scenario, sipStatus, reason], context) => {
        const { running, carrier } = await trunk(context, { scenario, transport });
        const call = await running.api.ended(await running.api.dial());

        expect(call).toMatchObject({
          status: 'failed',
          call_status: reason,
          end_reason: reason,
          ended_by: 'network',
          sip_status: sipStatus,
          started_at: null,
          recording_url: null,
        });
        expect(call.error_message).toContain(`${sipStatus}`);
        expect(await carrier.result).toMatchObject(COMPLETE);
      });

      test('nobody answers within the ring timeout: CANCEL (RFC 3261 section 9.1)', async (context) => {
        const limits = { ringTimeoutMs: 1_000 };
        const { running, carrier } = await trunk(
          context,
          { scenario: 'uas-no-answer', transport },
          { limits },
        );
        const call = await running.api.ended(await running.api.dial());

        expect(call).toMatchObject({
          status: 'failed',
          call_status: 'no-answer',
          end_reason: 'no-answer',
          ended_by: 'system',
          sip_status: null,
        });
        expect(await carrier.result).toMatchObject(COMPLETE);
      });

      test('cancelled by the API while it rings: CANCEL', async (context) => {
        const { running, carrier } = await trunk(context, { scenario: 'uas-no-answer', transport });
        const id = await running.api.dial();
        await until('180', async () => (await running.stats()).sip.responses > 0 || undefined);
        const ringing = await running.api.call(id);
        const cancelled = await running.api.request('POST', `/v1/calls/${id}/cancel`);

        expect(ringing).toMatchObject({ status: 'queued', call_status: null, carrier: 'sipp' });
        expect(cancelled).toMatchObject({ status: 200, body: { ok: true } });
        expect(await running.api.ended(id)).toMatchObject({
          status: 'cancelled',
          call_status: 'cancelled',
          end_reason: 'cancelled',
          ended_by: 'api',
        });
        expect(await carrier.result).toMatchObject(COMPLETE);
      });
    });

    test.for(['uas-auth', 'uas-proxy-auth'] as const)(
      'a challenge (%s) is answered with the account of the carrier (RFC 3261 section 22)',
      async (scenario, context) => {
        const { running, carrier } = await trunk(
          context,
          { scenario, keys: CREDENTIALS },
          {},
          CREDENTIALS,
        );
        const id = await running.api.dial();
        await running.api.callWith(id, 'in_progress');
        await running.api.request('POST', `/v1/calls/${id}/stop`);

        expect(await running.api.ended(id)).toMatchObject({
          end_reason: 'stopped',
          ended_by: 'api',
        });
        expect(await carrier.result).toMatchObject(COMPLETE);
      },
    );

    test.for([
      [CARRIER_HOST, CARRIER_HOST],
      ['localhost', '127.0.0.1'],
    ] as const)(
      'a carrier that takes calls and places none is heard all the same: %s',
      async ([host, address], { onTestFinished }) => {
        const carrier = await startSipp({
          scenario: 'uas-hang-up',
          localAddress: address,
          pauseMs: 200,
        });
        const gateway = { host, port: carrier.port };
        const running = await RunningEngine.start({ carriers: [{ name: 'outgoing', gateway }] });
        onTestFinished(() => running.close());

        expect(await running.api.ended(await running.api.dial())).toMatchObject({
          end_reason: 'hangup',
        });
        expect(await carrier.result).toMatchObject(COMPLETE);
      },
    );

    test('a carrier that is not there: 503 of our own making, unreachable', async ({
      onTestFinished,
    }) => {
      const gateway = { host: CARRIER_HOST, port: 9, transport: 'tcp' };
      const running = await RunningEngine.start({ carriers: [{ name: 'gone', gateway }] });
      onTestFinished(() => running.close());
      const call: CallView = await running.api.ended(await running.api.dial());

      expect(call).toMatchObject({
        status: 'failed',
        call_status: 'failed',
        end_reason: 'unreachable',
        sip_status: 503,
      });
    });

    test('no carrier takes outgoing calls: 400, and no record', async ({ onTestFinished }) => {
      const running = await RunningEngine.start();
      onTestFinished(() => running.close());
      const refused = await running.api.request<{
        readonly type: string;
        readonly detail: string;
      }>('POST', '/v1/calls', {
        phone_number: '+493099999',
        task: 'Say hello and listen.',
      });

      expect(refused.status).toBe(400);
      expect(refused.body.type).toMatch(/no_route$/);
      expect(refused.body.detail).toContain('gateway');
      expect(await running.api.calls()).toEqual([]);
    });
  },
);
