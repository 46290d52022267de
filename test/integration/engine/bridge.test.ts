import { expect, test } from 'vitest';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import { runSipp, sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
/** The second carrier's own address. */
const CARRIER_HOST = '127.0.0.2';
const TALK_MS = 5_000;

/** A tone of 400 Hz, a second of it. */
const TONE = Int16Array.from({ length: 8_000 }, (_, at) => 8_000 * Math.sin((at * Math.PI) / 10));

function isLoud(peer: RtpPeer): true | undefined {
  const recent = peer.audio().slice(-8_000);
  return recent.some((sample) => Math.abs(sample) > 4_000) || undefined;
}

test.skipIf(sippMissing())(
  'two bridged legs hear each other, and end together',
  async (context) => {
    const caller = await RtpPeer.open();
    const target = await RtpPeer.open({ address: CARRIER_HOST });
    context.onTestFinished(() => {
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
    context.onTestFinished(() => running.close());

    const called = runSipp({
      scenario: 'uac-basic',
      remote: running.remote,
      rtpPort: caller.port,
      pauseMs: TALK_MS,
    });
    const id = await running.api.newest();
    await running.api.callWith(id, 'in_progress');
    const body = { to: '+493099999', mode: 'bridge' };
    const answer = await running.api.request('POST', `/v1/calls/${id}/transfer`, body);
    expect(answer.status).toBe(202);
    await target.heard(10);
    void caller.speak(TONE);
    await until('the target hears the caller', () => isLoud(target), TALK_MS);
    void target.speak(TONE);
    await until('the caller hears the target', () => isLoud(caller), TALK_MS);

    expect(await called).toMatchObject(COMPLETE);
    expect(await carrier.result).toMatchObject(COMPLETE);
    expect(await running.api.ended(id)).toMatchObject({ end_reason: 'hangup', ended_by: 'caller' });
  },
);
