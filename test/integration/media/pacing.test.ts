import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { createEngine, ListeningSession, pcmuAt } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';

const PACKETS = 250;

describe('one packet every 20 ms from connect to close', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;

  beforeEach(async () => {
    engine = createEngine();
    peer = await PacketPeer.open();
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  it('keeps 50 packets a second and a continuous stream while JavaScript is blocked for 2 s', async () => {
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await peer.received(10);
    const before = peer.packets.length;
    block(2_000);
    await call.slots(before + 95);
    const packets = await peer.received(PACKETS);
    await call.slots(PACKETS);

    const [first] = packets;
    packets.forEach((packet, index) => {
      expect(packet.ssrc).toBe(first?.ssrc);
      expect(packet.payloadType).toBe(0);
      expect(packet.marker).toBe(false);
      expect(packet.payload.length).toBe(160);
      expect(packet.sequenceNumber).toBe(((first?.sequenceNumber ?? 0) + index) & 0xffff);
      expect(packet.timestamp).toBe(((first?.timestamp ?? 0) + index * 160) >>> 0);
    });
    const stamps = call.audio.slice(0, PACKETS).map((audio) => audio.atMs);
    const packetsPerSecond = ((PACKETS - 1) * 1_000) / ((stamps.at(-1) ?? 0) - (stamps[0] ?? 0));
    expect(packetsPerSecond).toBeGreaterThan(49.5);
    expect(packetsPerSecond).toBeLessThan(50.5);
    expect(engine.audioSlotsLost).toBe(0);
  });

  it('sends nothing before connect', async () => {
    const call = new ListeningSession(engine);
    const other = new ListeningSession(engine);
    other.session.connect(pcmuAt(peer.port));
    await other.slots(5);
    expect(call.audio).toHaveLength(0);
    call.session.close();
    expect((await call.event('closed')).stats.packetsSent).toBe(0);
  });

  it('sends mu-law silence while nobody speaks', async () => {
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    const packets = await peer.received(5);
    expect(packets.every((packet) => packet.payload.every((code) => code === 0xff))).toBe(true);
  });

  it('sends with the payload type and the law that were agreed', async () => {
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port, { codec: 'PCMA', payloadType: 8 }));
    const packets = await peer.received(5);
    expect(packets.every((packet) => packet.payloadType === 8)).toBe(true);
    expect(packets.every((packet) => packet.payload.every((code) => code === 0xd5))).toBe(true);
  });

  it('moves to the new address of a re-INVITE with the same SSRC and sequence', async () => {
    const call = new ListeningSession(engine);
    const moved = await PacketPeer.open();
    call.session.connect(pcmuAt(peer.port));
    await peer.received(5);
    call.session.connect(pcmuAt(moved.port));
    const [next] = await moved.received(3);
    const last = peer.packets.at(-1);
    moved.close();
    expect(next?.ssrc).toBe(last?.ssrc);
    expect(next?.sequenceNumber).toBe(((last?.sequenceNumber ?? 0) + 1) & 0xffff);
  });

  it('changes the codec of a re-INVITE within the same stream', async () => {
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await peer.received(5);
    call.session.connect(pcmuAt(peer.port, { codec: 'PCMA', payloadType: 8 }));
    const packets = await peer.received(peer.packets.length + 5);
    const changed = packets.findIndex((packet) => packet.payloadType === 8);

    expect(changed).toBeGreaterThan(0);
    packets.forEach((packet, index) => {
      expect(packet.payloadType).toBe(index < changed ? 0 : 8);
      expect(packet.payload.every((code) => code === (index < changed ? 0xff : 0xd5))).toBe(true);
      expect(packet.ssrc).toBe(packets[0]?.ssrc);
      expect(packet.sequenceNumber).toBe(((packets[0]?.sequenceNumber ?? 0) + index) & 0xffff);
    });
  });
});

function block(durationMs: number): void {
  const end = performance.now() + durationMs;
  while (performance.now() < end);
}
