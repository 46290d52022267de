import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import type { SrtpSuite } from '../../../src/media/media-engine.ts';
import { serializeRtp } from '../../support/rtp/rtp-packet.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { decodeMuLaw, encodeMuLaw, MU_LAW_SILENCE } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';
import { newKeys, SrtpPeer } from './srtp-peer.ts';
import { payloads } from './synthetic-voice.ts';

const SUITES: readonly SrtpSuite[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AEAD_AES_128_GCM',
  'AEAD_AES_256_GCM',
];
const LOUD = new Uint8Array(160);

let engine: NativeMediaEngine;
const peers: { close(): void }[] = [];

beforeEach(() => {
  engine = createEngine();
});

afterEach(async () => {
  await engine.close();
  for (const peer of peers.splice(0)) peer.close();
});

async function connected(suite: SrtpSuite, sequenceNumber?: number) {
  const keys = newKeys(suite);
  const peer = await SrtpPeer.open(keys, sequenceNumber);
  peers.push(peer);
  const call = new ListeningSession(engine);
  call.session.connect(pcmuAt(peer.port, { srtp: keys, rtcpMux: true }));
  peer.aimAt(call.session.localPort);
  await peer.received(1);
  return { call, peer, keys };
}

async function closed(call: ListeningSession) {
  call.session.close();
  return (await call.event('closed')).stats;
}

describe.each(SUITES)('%s', (suite) => {
  it('audio and reports go both ways between the engine and node:crypto', async () => {
    const { call, peer } = await connected(suite);
    const samples = tone(500, 100);
    for (const payload of payloads(samples)) peer.send(payload);
    await call.event('rtp-started');
    call.session.write(1, tone(700, 100), 8_000);
    call.session.finish(1);
    await call.event('playout-ended');
    peer.sendReport(receiverReport(peer.packets[0]?.ssrc ?? 0));
    await call.slots(call.audio.length + 2);
    const { packetsReceived, packetsDiscarded, quality } = await closed(call);
    await peer.reported(1);

    const expected = decodeMuLaw(encodeMuLaw(samples));
    const received = call.received();
    const begin = received.findIndex((sample) => sample !== 0);
    const lead = expected.findIndex((sample) => sample !== 0);
    expect(received.subarray(begin - lead, begin - lead + expected.length)).toEqual(expected);
    expect({ packetsReceived, packetsDiscarded }).toEqual({
      packetsReceived: 5,
      packetsDiscarded: 0,
    });
    expect(quality?.sent?.jitterMs).toBe(10);
    const heard = Buffer.concat(peer.packets.map(({ payload }) => payload));
    expect(heard.equals(encodeMuLaw(call.sent()))).toBe(true);
    expect(peer.strange).toHaveLength(0);
    expect(peer.reports.at(-1)?.subarray(-8)).toEqual(bye(peer.packets[0]?.ssrc ?? 0));
  });

  it('goes on over a wrap of the sequence (RFC 3711 section 3.3.1)', async () => {
    const { call, peer } = await connected(suite, 65_533);
    for (let count = 0; count < 6; count++) peer.send(LOUD);
    await call.event('rtp-started');
    await call.slots(call.audio.length + 8);
    expect(await closed(call)).toMatchObject({ packetsReceived: 6, packetsDiscarded: 0 });
  });
});

it('plain RTP is refused where SRTP was agreed, and neither opens the call nor is answered', async () => {
  const { call, peer } = await connected('AES_CM_128_HMAC_SHA1_80');
  const stranger = await PacketPeer.open('127.0.0.2');
  peers.push(stranger);
  stranger.aimAt(call.session.localPort);
  for (let count = 0; count < 20; count++) {
    stranger.send({ payload: LOUD });
    peer.sendBytes(plain(count));
  }
  await peer.received(peer.packets.length + 5);
  expect(call.eventsOf('rtp-started')).toHaveLength(0);
  expect(engine.stats().packetsDroppedBy['bad-tag']).toBe(40);
  expect(stranger.packets).toHaveLength(0);
  expect(call.received().every((sample) => sample === 0)).toBe(true);
});

it('a repeated packet is heard once (RFC 3711 section 3.3.2)', async () => {
  const { call, peer } = await connected('AEAD_AES_128_GCM');
  const packet = peer.send(LOUD);
  for (let count = 0; count < 10; count++) peer.sendBytes(packet);
  await call.event('rtp-started');
  await call.slots(call.audio.length + 4);
  expect(engine.stats().packetsDroppedBy.replayed).toBe(10);
  expect(await closed(call)).toMatchObject({ packetsReceived: 1, packetsDiscarded: 10 });
});

it('10,000 packets with a bad tag from another address end nothing, and disturb no call of the thread', async () => {
  const { call, peer } = await connected('AEAD_AES_256_GCM');
  const plainPeer = await PacketPeer.open();
  const other = new ListeningSession(engine);
  other.session.connect(pcmuAt(plainPeer.port));
  const flooder = await PacketPeer.open('127.0.0.3');
  peers.push(plainPeer, flooder);
  peer.send(MU_LAW_SILENCE);
  await call.event('rtp-started');
  flooder.aimAt(call.session.localPort);
  const before = { ours: peer.packets.length, others: plainPeer.packets.length };
  for (let round = 0; round < 100; round++) {
    for (let count = 0; count < 100; count++) flooder.sendBytes(plain(round * 100 + count));
    peer.send(LOUD);
    await peer.received(peer.packets.length + 1);
  }
  const forged = engine.stats().packetsDroppedBy['bad-tag'];
  // What did not find room in the socket's buffer was dropped by the kernel.
  expect(forged).toBeGreaterThan(5_000);
  expect(flooder.packets).toHaveLength(0);
  expect(call.eventsOf('rtp-started')).toHaveLength(1);
  const ours = peer.packets.length - before.ours;
  expect(Math.abs(plainPeer.packets.length - before.others - ours)).toBeLessThanOrEqual(5);
  expect(peer.strange).toHaveLength(0);
  expect((await closed(call)).packetsReceived).toBeGreaterThan(50);
});

it('a peer that proves its key is followed to another port when the old one is silent', async () => {
  const { call, peer, keys } = await connected('AES_CM_128_HMAC_SHA1_80');
  peer.send(LOUD);
  await call.event('rtp-started');
  await call.slots(call.audio.length + 30);
  const moved = await SrtpPeer.open(keys, 200);
  peers.push(moved);
  moved.aimAt(call.session.localPort).send(LOUD);
  const [, started] = await call.eventCount('rtp-started', 2);
  expect(started).toMatchObject({ port: moved.port });
  await moved.received(3);
});

it('a re-INVITE with the same key goes on counting, with a new one the new one counts', async () => {
  const { call, peer, keys } = await connected('AEAD_AES_128_GCM');
  const first = peer.send(LOUD);
  await call.event('rtp-started');
  call.session.connect(pcmuAt(peer.port, { srtp: { ...keys }, rtcpMux: true }));
  await call.slots(call.audio.length + 3);
  peer.sendBytes(first);
  peer.send(LOUD);
  await call.slots(call.audio.length + 3);
  expect(engine.stats().packetsDroppedBy.replayed).toBe(1);

  const next = newKeys('AES_CM_128_HMAC_SHA1_32');
  const renewed = await SrtpPeer.open(next);
  peers.push(renewed);
  call.session.connect(pcmuAt(renewed.port, { srtp: next, rtcpMux: true }));
  await renewed.received(1);
  renewed.aimAt(call.session.localPort).send(LOUD);
  await call.slots(call.audio.length + 3);
  expect(renewed.packets[0]?.sequenceNumber).toBe(
    ((peer.packets.at(-1)?.sequenceNumber ?? 0) + 1) & 0xffff,
  );
  expect(await closed(call)).toMatchObject({ packetsReceived: 3 });
});

it('keys of another length than the suite has are our own mistake', () => {
  const call = new ListeningSession(engine);
  const keys = { ...newKeys('AEAD_AES_128_GCM'), suite: 'AEAD_AES_256_GCM' as const };
  expect(() => call.session.connect(pcmuAt(4_000, { srtp: keys }))).toThrow(/44 bytes/);
});

function plain(count: number): Uint8Array {
  return serializeRtp({
    payloadType: 0,
    marker: false,
    sequenceNumber: count & 0xffff,
    timestamp: count * 160,
    ssrc: 99,
    payload: LOUD,
  });
}

/** Of a peer that has 10 ms of jitter, with its CNAME. */
function receiverReport(aboutSsrc: number): Uint8Array {
  const report = Buffer.alloc(32 + 12);
  report.writeUInt32BE(0x81c9_0007, 0);
  report.writeUInt32BE(0x1234_5678, 4);
  report.writeUInt32BE(aboutSsrc, 8);
  report.writeUInt32BE(80, 20);
  report.writeUInt32BE(0x81ca_0002, 32);
  report.writeUInt32BE(0x1234_5678, 36);
  return report;
}

function bye(ssrc: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(0x81cb_0001, 0);
  bytes.writeUInt32BE(ssrc, 4);
  return bytes;
}
