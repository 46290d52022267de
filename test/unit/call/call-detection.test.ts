import { expect, test } from 'vitest';
import { CallDetection } from '../../../src/call/call-detection.ts';
import type { RtpRemote } from '../../../src/media/media-engine.ts';

const PLAIN: RtpRemote = {
  address: '192.0.2.1',
  port: 4_000,
  codec: 'PCMU',
  sampleRateHz: 8_000,
  payloadType: 0,
  rtcpMux: false,
  ptimeMs: 20,
};
const WITH_EVENTS: RtpRemote = { ...PLAIN, telephoneEventPayloadType: 101 };

function detect(inbandDtmf: boolean, tones: boolean) {
  return { type: 'media-detect', detection: { inbandDtmf, tones } };
}

test('a caller who agreed to events is not listened to', () => {
  const detection = new CallDetection({ direction: 'inbound' });

  expect(detection.handleRemote(WITH_EVENTS)).toBeUndefined();
});

test('keys are listened for in the audio where there are no events, or the carrier has tones', () => {
  const plain = new CallDetection({ direction: 'inbound' });
  const tones = new CallDetection({ direction: 'inbound', dtmfType: 'tones' });

  expect(plain.handleRemote(PLAIN)).toEqual(detect(true, false));
  expect(plain.handleRemote(PLAIN)).toBeUndefined();
  expect(plain.handleRemote(WITH_EVENTS)).toEqual(detect(false, false));
  expect(tones.handleRemote(WITH_EVENTS)).toEqual(detect(true, false));
});

test('on a call of ours tones are listened for from the first audio on, until their time is over', () => {
  const detection = new CallDetection({ direction: 'outbound' });

  expect(detection.handleRemote(WITH_EVENTS)).toEqual(detect(false, true));
  expect(detection.handleTimeout()).toEqual(detect(false, false));
  expect(detection.handleRemote(WITH_EVENTS)).toBeUndefined();
  expect(detection.handleRemote(PLAIN)).toEqual(detect(true, false));
});
