import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { readStereoWav } from '../../support/wav.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { encodeMuLaw } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';

const COMFORT_NOISE = 13;
const TELEPHONE_EVENT = 101;
const LOUD = encodeMuLaw(new Int16Array(160).fill(8_000));

describe('a received stream', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;

  beforeEach(async () => {
    engine = createEngine(41_400, 41_431);
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    peer.aimAt(call.session.localPort);
    call.session.connect(pcmuAt(peer.port, { comfortNoisePayloadType: COMFORT_NOISE }));
    await peer.received(1);
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  async function statsAtEnd() {
    await call.slots(call.audio.length + 4);
    call.session.close();
    return (await call.event('closed')).stats;
  }

  it('goes on over 65,535 and over the end of the timestamps, with a loss at the wrap', async () => {
    peer.send({ payload: LOUD, sequenceNumber: 65_534, timestamp: 4_294_966_976 });
    peer.send({ payload: LOUD, sequenceNumber: 65_535, timestamp: 4_294_967_136 });
    peer.send({ payload: LOUD, sequenceNumber: 1, timestamp: 160 });
    peer.send({ payload: LOUD, sequenceNumber: 2, timestamp: 320 });
    expect(await statsAtEnd()).toMatchObject({
      packetsReceived: 4,
      packetsLost: 1,
      packetsLate: 0,
      concealedMs: 20,
    });
  });

  it('may have another SSRC from one packet to the next: nothing of it is lost or late', async () => {
    peer.send({ payload: LOUD, sequenceNumber: 30_000, timestamp: 9_000, ssrc: 1 });
    peer.send({ payload: LOUD, sequenceNumber: 12, timestamp: 80, ssrc: 2 });
    peer.send({ payload: LOUD, sequenceNumber: 13, timestamp: 240, ssrc: 2 });
    expect(await statsAtEnd()).toMatchObject({
      packetsReceived: 3,
      packetsLost: 0,
      packetsLate: 0,
      packetsDiscarded: 0,
    });
  });

  it('may set its timestamps anew while its sequence goes on', async () => {
    for (const timestamp of [9_000, 4_000_000_000, 17]) peer.send({ payload: LOUD, timestamp });
    expect(await statsAtEnd()).toMatchObject({
      packetsReceived: 3,
      packetsLost: 0,
      concealedMs: 0,
    });
  });

  it('has no loss where digits without a marker stand for audio (RFC 4733)', async () => {
    peer.send({ payload: LOUD, timestamp: 0 });
    for (let packet = 1; packet <= 5; packet++) {
      const end = packet === 5 ? 0x80 : 0;
      const payload = Uint8Array.of(5, end | 10, (packet * 160) >> 8, (packet * 160) & 0xff);
      peer.send({ payload, payloadType: TELEPHONE_EVENT, timestamp: 160 });
    }
    peer.send({ payload: LOUD, timestamp: 960 });
    const [digit] = await call.eventCount('dtmf', 1);
    expect(digit?.digit).toBe('5');
    expect(await statsAtEnd()).toMatchObject({
      packetsReceived: 7,
      packetsLost: 0,
      concealedMs: 0,
    });
  });

  it('has a packet waited for once one came late, and not before', async () => {
    peer.send({ payload: LOUD, sequenceNumber: 1, timestamp: 0 });
    peer.send({ payload: LOUD, sequenceNumber: 3, timestamp: 320 });
    peer.send({ payload: LOUD, sequenceNumber: 2, timestamp: 160 });
    peer.send({ payload: LOUD, sequenceNumber: 5, timestamp: 640 });
    peer.send({ payload: LOUD, sequenceNumber: 4, timestamp: 480 });
    expect(await statsAtEnd()).toMatchObject({
      packetsReceived: 5,
      packetsLost: 1,
      packetsLate: 1,
    });
  });

  it('is heard in the recording with its comfort noise between the words (RFC 3389)', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trunkline-received-'));
    const path = join(directory, 'call.wav');
    const voice = encodeMuLaw(tone(300, 20));
    let sent = 0;
    call.session.startRecording(path);
    const first = peer.packets.length;
    peer.onPacket(() => {
      sent++;
      const timestamp = sent * 160;
      if (sent < 40 || sent > 90) peer.send({ payload: voice, timestamp });
      else if (sent === 40) {
        peer.send({ payload: Uint8Array.of(40), payloadType: COMFORT_NOISE, timestamp });
      }
    });
    await peer.received(first + 130);
    call.session.stopRecording();
    await call.event('recording-ended');
    const { left } = await readStereoWav(await readFile(path));
    await rm(directory, { recursive: true });

    const levels = Array.from({ length: Math.floor(left.length / 160) }, (_, slot) =>
      levelDb(left.subarray(slot * 160, slot * 160 + 160)),
    );
    const noisy = levels.filter((level) => level > -45 && level < -35);
    expect(noisy.length).toBeGreaterThan(30);
    expect(levels.filter((level) => level > -20).length).toBeGreaterThan(50);
    expect(await statsAtEnd()).toMatchObject({ packetsLost: 0, packetsDiscarded: 0 });
  });
});

/** Against a square wave of full scale. */
function levelDb(samples: Int16Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return 10 * Math.log10(power / 32_768 ** 2 + 1e-12);
}
