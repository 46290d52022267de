import { expect, test } from 'vitest';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import { runSipp, sippMissing, startSipp } from '../../support/sipp/sipp.ts';

/** The second carrier's own address. */
const CARRIER_HOST = '127.0.0.2';
const TALK_MS = 9_000;

interface SignalingView {
  readonly signaling: readonly { readonly type: string; readonly state?: string }[];
}

test.skipIf(sippMissing())(
  'the target of a warm transfer is told what it is about before it hears the caller',
  async ({ onTestFinished }) => {
    const caller = await RtpPeer.open();
    const target = await RtpPeer.open({ address: CARRIER_HOST });
    onTestFinished(() => {
      caller.close();
      target.close();
    });
    const carrier = await startSipp({
      scenario: 'uas-answer',
      localAddress: CARRIER_HOST,
      rtpPort: target.port,
    });
    const running = await RunningEngine.start({
      carriers: [
        { name: 'in', inbound: ['127.0.0.1/32'] },
        {
          name: 'out',
          inbound: [`${CARRIER_HOST}/32`],
          gateway: { host: CARRIER_HOST, port: carrier.port, transport: 'udp' },
        },
      ],
      agents: { demo: { instructions: 'Wait.', language: 'en-US', voice: 'slt' } },
    });
    onTestFinished(() => running.close());
    const called = runSipp({
      scenario: 'uac-basic',
      remote: running.remote,
      rtpPort: caller.port,
      pauseMs: TALK_MS,
    });
    const id = await running.api.newest();
    await running.api.callWith(id, 'in_progress');
    const body = { to: '+493099999', mode: 'warm', summary: 'Ada.' };
    const answer = await running.api.request('POST', `/v1/calls/${id}/transfer`, body);
    expect(answer.status).toBe(202);
    const states = await until('both are connected', async () => {
      const call = await running.api.request<SignalingView>('GET', `/v1/calls/${id}`);
      const said = call.body.signaling.map(({ state }) => state);
      return said.includes('bridged') ? said : undefined;
    });

    expect(states.filter((state) => state !== 'progress')).toEqual([
      'started',
      'consulting',
      'bridged',
    ]);
    // The caller is silent: what the target heard was the summary.
    expect(target.audio().some((sample) => Math.abs(sample) > 1_000)).toBe(true);
    expect(await called).toMatchObject({ failedCalls: 0 });
    await carrier.result;
  },
);
