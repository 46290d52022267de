import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { decodeMuLaw, encodeMuLaw, MU_LAW_SILENCE } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';
import { payloads } from './synthetic-voice.ts';

describe('receiving', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;

  beforeEach(async () => {
    engine = createEngine();
    peer = await PacketPeer.open();
    call = new ListeningSession(engine, { rtpTimeoutMs: 300 });
    peer.aimAt(call.session.localPort);
    call.session.connect(pcmuAt(peer.port));
    await peer.received(1);
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  it('hands up what was received, decoded, a slot for every slot sent', async () => {
    const samples = tone(500, 100);
    for (const payload of payloads(samples)) peer.send({ payload });
    await call.event('rtp-started');
    await call.slots(call.audio.length + 8);
    const received = call.received();
    const expected = decodeMuLaw(encodeMuLaw(samples));
    const begin = received.findIndex((sample) => sample !== 0);
    const lead = expected.findIndex((sample) => sample !== 0);
    expect(received.subarray(begin - lead, begin - lead + expected.length)).toEqual(expected);
  });

  it('answers to where the audio comes from (RFC 4961), and first source wins', async () => {
    const signalled = await PacketPeer.open();
    const nat = await PacketPeer.open();
    const injector = await PacketPeer.open('127.0.0.2');
    const other = new ListeningSession(engine);
    const port = other.session.localPort;
    other.session.connect(pcmuAt(signalled.port));
    await signalled.received(2);
    nat.aimAt(port).send({ payload: MU_LAW_SILENCE });
    const started = await other.event('rtp-started');
    expect(started).toMatchObject({ address: '127.0.0.1', port: nat.port });
    await nat.received(3);

    for (let count = 0; count < 50; count++) {
      injector.aimAt(port).send({ payload: new Uint8Array(160).fill(0) });
    }
    await nat.received(nat.packets.length + 10);
    other.session.close();
    const { stats } = await other.event('closed');
    expect(injector.packets).toHaveLength(0);
    expect(other.eventsOf('rtp-started')).toHaveLength(1);
    expect(stats).toMatchObject({ packetsReceived: 1, packetsDiscarded: 50 });
    expect(other.received().every((sample) => sample === 0)).toBe(true);
    for (const each of [signalled, nat, injector]) each.close();
  });

  it('counts garbage and stays well', async () => {
    const good = Buffer.alloc(172, 0xff);
    const garbage = [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.alloc(11, 0x80),
      Buffer.concat([Buffer.from([0x80, 0x00]), Buffer.alloc(10)]),
      Buffer.concat([Buffer.from([0x40, 0x00]), good]),
      Buffer.concat([Buffer.from([0x8f, 0x00]), Buffer.alloc(20)]),
      Buffer.concat([Buffer.from([0x90, 0x00]), Buffer.alloc(12), Buffer.alloc(8, 0xff)]),
      Buffer.concat([Buffer.from([0xa0, 0x00]), Buffer.alloc(170)]),
      Buffer.concat([Buffer.from([0x80, 0x12]), Buffer.alloc(170)]),
      Buffer.concat([Buffer.from([0x80, 0xc8]), Buffer.alloc(26)]),
      Buffer.alloc(1_500, 0x80),
      Buffer.alloc(65_507, 0x80),
    ];
    for (const datagram of garbage) peer.sendBytes(datagram);
    peer.send({ payload: MU_LAW_SILENCE });
    await call.event('rtp-started');
    const dropped = engine.stats().packetsDropped;
    call.session.close();
    const { stats } = await call.event('closed');
    expect(stats).toMatchObject({ packetsReceived: 1, packetsDiscarded: garbage.length });
    expect(dropped).toBe(garbage.length);
  });

  it('conceals a loss, and counts losses, late packets and duplicates', async () => {
    const payload = encodeMuLaw(new Int16Array(160).fill(8_000));
    peer.send({ payload, sequenceNumber: 65_534, timestamp: 0 });
    peer.send({ payload, sequenceNumber: 0, timestamp: 320 });
    await call.slots(call.audio.length + 4);
    peer.send({ payload, sequenceNumber: 65_535, timestamp: 160 });
    peer.send({ payload, sequenceNumber: 0, timestamp: 320 });
    peer.send({ payload, sequenceNumber: 1, timestamp: 480 });
    await call.slots(call.audio.length + 4);
    call.session.close();
    const { stats } = await call.event('closed');
    expect(stats).toMatchObject({
      packetsReceived: 5,
      packetsLost: 1,
      packetsLate: 1,
      packetsDiscarded: 1,
      concealedMs: 20,
    });
  });

  it('reads each RFC 4733 digit once, lost and doubled packets notwithstanding', async () => {
    press(peer, { event: 5, timestamp: 1_000, durations: [160, 320, 480], ends: 3 });
    press(peer, { event: 11, timestamp: 3_000, durations: [], ends: 1 });
    press(peer, { event: 5, timestamp: 5_000, durations: [160, 320], ends: 0 });
    const digits = await call.eventCount('dtmf', 3);
    expect(digits.map(({ digit, durationMs }) => [digit, durationMs])).toEqual([
      ['5', 60],
      ['#', 100],
      ['5', 40],
    ]);
    peer.send({ payload: MU_LAW_SILENCE });
    await call.slots(call.audio.length + 5);
    expect(call.eventsOf('dtmf')).toHaveLength(3);
  });

  it('reports a silent line once, counted from connect and again from the last packet', async () => {
    const [first] = await call.eventCount('rtp-timeout', 1);
    expect(first?.silentMs).toBeGreaterThanOrEqual(300);
    await call.slots(call.audio.length + 20);
    expect(call.eventsOf('rtp-timeout')).toHaveLength(1);
    peer.send({ payload: MU_LAW_SILENCE });
    const started = await call.event('rtp-started');
    const [, second] = await call.eventCount('rtp-timeout', 2);
    expect((second?.atMs ?? 0) - started.atMs).toBeGreaterThanOrEqual(299);
  });

  it('takes packets of 10, 30 and 60 ms', async () => {
    for (const bytes of [80, 240, 480]) {
      peer.send({ payload: encodeMuLaw(new Int16Array(bytes).fill(8_000)) });
    }
    await call.event('rtp-started');
    await call.slots(call.audio.length + 8);
    const value = decodeMuLaw(encodeMuLaw(Int16Array.of(8_000)))[0];
    // Behind the last packet its sound goes on for 10 ms before it fades.
    const heard = call.received().filter((sample) => sample === value).length;
    expect(heard).toBeGreaterThanOrEqual(800);
    expect(heard).toBeLessThan(900);
  });
});

interface KeyPress {
  readonly event: number;
  readonly timestamp: number;
  /** Of the packets before the end. */
  readonly durations: readonly number[];
  /** End packets; 0 when all were lost. */
  readonly ends: number;
}

function press(peer: PacketPeer, { event, timestamp, durations, ends }: KeyPress): void {
  const packet = (flags: number, duration: number): void =>
    peer.send({
      payload: Uint8Array.of(event, flags, duration >> 8, duration & 0xff),
      payloadType: 101,
      timestamp,
    });
  for (const duration of durations) packet(0x0a, duration);
  const total = durations.at(-1) ?? 800;
  for (let count = 0; count < ends; count++) packet(0x8a, total);
}
