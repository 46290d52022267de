import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import type { AudioCodec } from '../../../src/sdp/audio-codec.ts';
import type { SrtpMode } from '../../../src/sdp/media-terms.ts';
import { CodecPhone } from '../../support/engine/codec-phone.ts';
import { GREETING } from '../../support/engine/engine-config.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { likeness, speech } from '../../support/engine/sound.ts';
import { createEngine } from '../media/listening-session.ts';

/** The first half second of the greeting is compared: enough to tell a wrong rate, law or key from the right one. */
const COMPARED_SAMPLES = 4_000;
const HEARD_MS = 2_000;
const GCM = 'AEAD_AES_256_GCM';

let media: NativeMediaEngine;
let wanted: Int16Array;
let running: RunningEngine;

beforeAll(async () => {
  media = createEngine(42_100, 42_199);
  wanted = (await speech(GREETING)).subarray(0, COMPARED_SAMPLES);
  running = await RunningEngine.start();
});

afterAll(async () => {
  await running.close();
  await media.close();
});

async function call(codecs: readonly AudioCodec[], srtp?: SrtpMode, ptimeMs?: number) {
  const terms = { ...(srtp && { srtp }), ...(ptimeMs !== undefined && { ptimeMs }) };
  const phone = await CodecPhone.call({ remote: running.remote, media, codecs, ...terms });
  const heard = await phone.heardWords(HEARD_MS);
  await phone.hangUp();
  return { agreed: phone.agreed, peak: likeness(heard, wanted).peak };
}

describe('a call is heard as it was synthesised', () => {
  test.for<[AudioCodec, SrtpMode, number, number]>([
    ['PCMU', 'off', 20, 0.95],
    ['PCMA', 'required', 30, 0.95],
    ['G722', 'off', 20, 0.9],
    ['G722', 'required', 60, 0.9],
    ['opus', 'off', 20, 0.85],
    ['opus', 'optional', 40, 0.85],
    ['L16/8000', 'off', 10, 0.95],
    ['L16/16000', 'required', 20, 0.95],
  ])('by %s, srtp %s, %i ms a packet', async ([codec, srtp, ptimeMs, likely]) => {
    const { agreed, peak } = await call([codec], srtp, ptimeMs);

    expect(agreed).toMatchObject({ codec, ptimeMs });
    expect(agreed?.srtp?.suite).toBe(srtp === 'off' ? undefined : GCM);
    expect(peak).toBeGreaterThan(likely);
  });
});

test('a carrier that requires SRTP hears no plain call, and its list decides', async () => {
  const carriers = [
    { name: 'local', inbound: ['127.0.0.1/32'], srtp: 'required', codecs: ['G722', 'PCMA'] },
  ];
  const strict = await RunningEngine.start({ carriers });
  const codecs = ['PCMU', 'PCMA', 'G722'] as const;
  const plain = await CodecPhone.call({ remote: strict.remote, media, codecs });
  const secured = await CodecPhone.call({ remote: strict.remote, media, codecs, srtp: 'required' });
  await Promise.all([plain.hangUp(), secured.hangUp()]);
  const log = JSON.stringify(strict.log);
  const keys = [secured.agreed?.srtp?.sendKey, secured.agreed?.srtp?.receiveKey];
  await strict.close();

  expect(plain.status).toBe(488);
  expect(secured.agreed).toMatchObject({
    codec: 'G722',
    profile: 'RTP/SAVP',
    srtp: { suite: GCM },
  });
  for (const key of keys) expect(log).not.toContain(Buffer.from(key ?? []).toString('base64'));
});
