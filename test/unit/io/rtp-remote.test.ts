import { expect, test } from 'vitest';
import { rtpRemoteOf } from '../../../src/io/rtp-remote.ts';
import type { NegotiatedAudio } from '../../../src/sdp/negotiated-audio.ts';

const OPUS: NegotiatedAudio = {
  address: '192.0.2.1',
  port: 4000,
  codec: 'opus',
  payloadType: 111,
  telephoneEventPayloadType: 101,
  rtcpMux: false,
  ptimeMs: 20,
  profile: 'RTP/AVP',
  direction: 'sendrecv',
};

test('the engine is told by which clock keys have their length, where it is not that of the codec', () => {
  const remote = rtpRemoteOf({ ...OPUS, telephoneEventClockRateHz: 8_000 }, '192.0.2.1', {});

  expect(remote).toMatchObject({
    telephoneEventPayloadType: 101,
    telephoneEventClockRateHz: 8_000,
  });
  expect(rtpRemoteOf(OPUS, '192.0.2.1', {})).not.toHaveProperty('telephoneEventClockRateHz');
});
