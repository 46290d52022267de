import { describe, expect, test } from 'vitest';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import { sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const CARRIER_HOST = '127.0.0.2';
const EVENTS = 101;
const KEYS = '0123456789*#ABCD';

interface DetailView {
  readonly status: string;
  readonly signaling: readonly { readonly type: string; readonly kind?: string }[];
}

/** North America's ringback: two seconds of it, and the beginning of the pause. */
function ringback(): Int16Array {
  return Int16Array.from({ length: 28_000 }, (_, index) =>
    index > 16_000
      ? 0
      : [440, 480].reduce(
          (sum, hz) => sum + 4_000 * Math.sin((2 * Math.PI * hz * index) / 8_000),
          0,
        ),
  );
}

/** The keys of the end packets, one for each event. */
function keysOf(ears: RtpPeer): string {
  const ends = ears.received.filter(
    ({ payloadType, payload }) => payloadType === EVENTS && ((payload[1] ?? 0) & 0x80) !== 0,
  );
  const events = new Map(ends.map(({ timestamp, payload }) => [timestamp, payload[0] ?? 0]));
  return [...events.values()].map((event) => KEYS[event]).join('');
}

describe.skipIf(missing)(`a call of ours (${missing ?? 'sipp found'})`, () => {
  test('tells the ringback of its early media, and its keys go out as RFC 4733 events', async ({
    onTestFinished,
  }) => {
    const ears = await RtpPeer.open({ address: CARRIER_HOST });
    onTestFinished(() => ears.close());
    const carrier = await startSipp({
      localAddress: CARRIER_HOST,
      rtpPort: ears.port,
      scenario: 'uas-early-media',
      pauseMs: 5_000,
    });
    const gateway = { host: CARRIER_HOST, port: carrier.port };
    const running = await RunningEngine.start({
      carriers: [{ name: 'sipp', inbound: [`${CARRIER_HOST}/32`], gateway }],
    });
    onTestFinished(() => running.close());

    const id = await running.api.dial();
    await ears.heard(1);
    void ears.speak(ringback());
    const heard = await until('the ringback', async () => {
      const { body } = await running.api.request<DetailView>('GET', `/v1/calls/${id}`);
      return body.signaling.some(({ type }) => type === 'tone') ? body : undefined;
    });
    expect(heard.signaling).toMatchObject([{ type: 'tone', kind: 'ringback' }]);

    await running.api.callWith(id, 'in_progress');
    await running.api.request('POST', `/v1/calls/${id}/dtmf`, { digits: '19#' });
    await until('three keys', () => (keysOf(ears).length === 3 ? true : undefined));
    expect(keysOf(ears)).toBe('19#');
    expect(ears.continuity().sequenceBreaks).toBe(0);

    await running.api.request('POST', `/v1/calls/${id}/stop`);
    expect(await carrier.result).toMatchObject({ exitCode: 0, successfulCalls: 1 });
  });
});
