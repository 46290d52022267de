import { describe, expect, test } from 'vitest';
import type { SipLadderView } from '../../../src/api/sip-ladder-view.ts';
import { SipClient } from '../../../src/cli/caller/sip-client.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { sippMissing, startSipp } from '../../support/sipp/sipp.ts';
import { HepReceiver } from '../../support/trace/hep-receiver.ts';

const missing = sippMissing();
const CARRIER_HOST = '127.0.0.2';
const ACCOUNT = { username: 'trunk', password: 'secret-of-the-trunk' };
const WAY = [
  'out INVITE',
  'in 407',
  'out ACK',
  'out INVITE',
  'in 180',
  'in 200',
  'out ACK',
  'out BYE',
  'in 200',
];

describe.skipIf(missing)(`the ladder of an outgoing call (${missing ?? 'sipp found'})`, () => {
  test.for(['udp', 'tcp'] as const)(
    'over %s it has every message, and the capture server too, without the credentials',
    async (transport, { onTestFinished }) => {
      const homer = await HepReceiver.open();
      onTestFinished(() => homer.close());
      const carrier = await startSipp({
        scenario: 'uas-proxy-auth',
        transport,
        localAddress: CARRIER_HOST,
        keys: ACCOUNT,
      });
      const gateway = { host: CARRIER_HOST, port: carrier.port, transport };
      const running = await RunningEngine.start({
        carriers: [{ name: 'sipp', inbound: [`${CARRIER_HOST}/32`], gateway, ...ACCOUNT }],
        sip: {
          host: '127.0.0.1',
          port: 0,
          hep: { host: 'localhost', port: homer.port, captureId: 7, password: 'pw' },
        },
      });
      onTestFinished(() => running.close());
      const id = await running.api.dial();
      await running.api.callWith(id, 'in_progress');
      await running.api.request('POST', `/v1/calls/${id}/stop`);
      await running.api.ended(id);
      const { messages } = await until('the BYE is answered', async () => {
        const { body } = await running.api.request<SipLadderView>('GET', `/v1/calls/${id}/sip`);
        return body.messages.length >= WAY.length ? body : undefined;
      });

      expect(
        messages.map(({ direction, method, status }) => `${direction} ${method ?? status}`),
      ).toEqual(WAY);
      expect(new Set(messages.map((message) => message.transport))).toEqual(new Set([transport]));
      expect(messages[3]?.text).toMatch(
        /Proxy-Authorization: Digest username="trunk".*response="\*\*\*"/,
      );
      expect(messages[3]?.text).toContain('nonce="47ebe028cda119c35d4877b383027d28da013815"');

      await until('HEP', () => (homer.received.length >= WAY.length ? homer : undefined));
      expect(homer.received.map(({ payload }) => payload.replaceAll('\r\n', '\n'))).toEqual(
        messages.map(({ text }) => text),
      );
      expect(homer.received[0]).toMatchObject({
        family: 2,
        protocol: transport === 'udp' ? 17 : 6,
        target: `${CARRIER_HOST}:${carrier.port}`,
        protocolType: 1,
        captureId: 7,
        password: 'pw',
        correlationId: id,
      });
      expect(
        homer.received.map(({ atUs }) => new Date(atUs / 1_000).toISOString().slice(0, 23)),
      ).toEqual(messages.map(({ at }) => at.slice(0, 23)));
      await carrier.result;
    },
  );
});

test('with a HEP server that is not there calls go on, and what did not leave is counted', async () => {
  const running = await RunningEngine.start({
    sip: { host: '127.0.0.1', port: 0, hep: { host: 'homer.invalid', outOfCall: true } },
  });
  const metrics = async () => (await fetch(`${running.api.url}/metrics`)).text();
  const client = await SipClient.open({
    ...running.remote,
    toUser: 'nobody',
    fromUser: '+4930555',
    localHost: '127.0.0.1',
  });
  const { status } = await client.invite('');
  client.close();

  expect(status).toBe(404);
  await until('the failures', async () =>
    /trunkline_hep_failed_total [1-9]/.test(await metrics()) ? true : undefined,
  );
  await running.close();
});
