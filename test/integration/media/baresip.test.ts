import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SipClient } from '../../../src/cli/caller/sip-client.ts';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { rtpRemoteOf } from '../../../src/io/rtp-remote.ts';
import { createSrtpKeys } from '../../../src/io/srtp-keys.ts';
import { AUDIO_CODECS, type AudioCodec } from '../../../src/sdp/audio-codec.ts';
import type { SrtpMode } from '../../../src/sdp/media-terms.ts';
import { acceptAnswer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { Baresip, baresipCodecMissing } from '../../support/registrar/baresip.ts';
import { createEngine, ListeningSession, tone } from './listening-session.ts';
import { toneMs } from './tone-ms.ts';

const SPOKEN_MS = 1_000;
/** It begins with a buffer to fill, and may fill it again while this machine is busy. */
const HEARD_MS = 250;
const ECHO_SLOTS = 60;

const CODECS: readonly {
  readonly codec: AudioCodec;
  readonly module: string;
  readonly srtp?: SrtpMode;
}[] = [
  { codec: 'PCMU', module: 'g711.so' },
  { codec: 'PCMU', module: 'g711.so', srtp: 'required' },
  { codec: 'G722', module: 'g722.so' },
  { codec: 'opus', module: 'opus.so' },
];

/** A real softphone that sends back what it hears: its decoder and its encoder against ours. */
describe.each(CODECS)('baresip with $codec, srtp $srtp', ({ codec, module, srtp = 'off' }) => {
  const encrypts = srtp !== 'off';
  const missing =
    baresipCodecMissing(module) ?? (encrypts ? baresipCodecMissing('srtp.so') : undefined);
  let engine: NativeMediaEngine;
  let phone: Baresip | undefined;
  let sip: SipClient | undefined;

  beforeEach(() => {
    engine = createEngine();
  });

  afterEach(async () => {
    sip?.close();
    await phone?.quit();
    await engine.close();
  });

  it.skipIf(missing)(`echoes what the engine says (${missing ?? 'found'})`, async () => {
    const listenPort = await freePort();
    const account = { port: listenPort, username: 'echo', password: '', transport: 'udp' } as const;
    const ears = { registers: false, answers: true, listenPort, codecModule: module, encrypts };
    phone = await Baresip.start({ ...account, ...ears });
    await phone.says(/ready/);
    const call = new ListeningSession(engine);
    const { sampleRateHz } = AUDIO_CODECS[codec];

    const client = await callTo(listenPort);
    sip = client;
    const offer = createOffer({
      address: '127.0.0.1',
      port: call.session.localPort,
      sessionId: 1,
      codecs: [codec],
      srtp: { mode: srtp, keys: createSrtpKeys() },
    });
    const answer = await client.invite(offer);
    expect(answer.status).toBe(200);
    const agreed = acceptAnswer(offer, answer.body);
    if (!agreed.ok) throw new Error(`${agreed.reason}: ${answer.body}`);
    expect(agreed.remote.srtp !== undefined).toBe(encrypts);
    call.session.connect(rtpRemoteOf(agreed.remote, '127.0.0.1', {}));
    await call.event('rtp-started');

    const frequencyHz = sampleRateHz === 16_000 ? 5_000 : 1_000;
    call.session.write(1, tone(frequencyHz, SPOKEN_MS, 16_000), 16_000);
    call.session.finish(1);
    await call.event('playout-ended');
    await call.slots(call.audio.length + ECHO_SLOTS);
    expect(toneMs(call.received(), sampleRateHz, frequencyHz)).toBeGreaterThan(HEARD_MS);
    await client.bye();
  });
});

function callTo(port: number): Promise<SipClient> {
  return SipClient.open({
    host: '127.0.0.1',
    port,
    toUser: 'echo',
    fromUser: 'engine',
    localHost: '127.0.0.1',
  });
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
