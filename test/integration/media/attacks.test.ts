import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import type { SrtpSuite } from '../../../src/media/media-engine.ts';
import { createEngine, ListeningSession, pcmuAt } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';
import { newKeys, SrtpPeer } from './srtp-peer.ts';

/** What another program of this machine has not bound; nothing of the engine but its ports. */
const PORT_FIRST = 41_000;
const PORT_LAST = 41_063;
const LOUD = new Uint8Array(160);
const SUITES: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_256_GCM'];

/** Who sends a header and 160 zeros to every port of the range, and counts what comes back (RTP bleed). */
class Sprayer {
  readonly #socket: Socket;
  #sequenceNumber = 0;
  /** RTP that came back. */
  bled = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', () => {
      this.bled += 1;
    });
  }

  static async open(address: string): Promise<Sprayer> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new Sprayer(socket);
  }

  /** `isStream`: with sequence numbers that rise from round to round, as audio has them. */
  spray(isStream: boolean): void {
    const packet = Buffer.alloc(172);
    packet.writeUInt8(0x80, 0);
    if (isStream) packet.writeUInt16BE(this.#sequenceNumber++, 2);
    for (let port = PORT_FIRST; port <= PORT_LAST; port++) {
      this.#socket.send(packet, port, '127.0.0.1');
    }
  }

  close(): void {
    this.#socket.close();
  }
}

let engine: NativeMediaEngine;
let sprayer: Sprayer;
const open: { close(): void }[] = [];

beforeEach(async () => {
  engine = createEngine(PORT_FIRST, PORT_LAST);
  sprayer = await Sprayer.open('127.0.0.9');
  open.push(sprayer);
});

afterEach(async () => {
  await engine.close();
  for (const each of open.splice(0)) each.close();
});

async function silentPeer(): Promise<PacketPeer> {
  const peer = await PacketPeer.open();
  open.push(peer);
  return peer;
}

/** A spray with every slot that the call sends, for so many of them. */
async function sprayFor(call: ListeningSession, slots: number, isStream: boolean): Promise<void> {
  for (let count = 0; count < slots; count++) {
    sprayer.spray(isStream);
    await call.slots(call.audio.length + 1);
  }
}

function isDeaf(call: ListeningSession): boolean {
  return call.received().every((sample) => sample === 0);
}

describe('RTP bleed and injection from a third address', () => {
  it.each([true, false])(
    'the signalled address answers: nothing bleeds, nothing is heard (a stream: %s)',
    async (isStream) => {
      const peer = await silentPeer();
      const call = new ListeningSession(engine);
      call.session.connect(pcmuAt(peer.port));
      peer.aimAt(call.session.localPort).answerWith(() => new Uint8Array(160).fill(0xff));
      await call.event('rtp-started');
      await sprayFor(call, 50, isStream);
      expect(sprayer.bled).toBe(0);
      expect(call.eventsOf('rtp-started')).toHaveLength(1);
      expect(isDeaf(call)).toBe(true);
      expect(engine.stats().packetsDroppedBy.foreign).toBeGreaterThanOrEqual(49);
    },
  );

  it('the signalled address does not answer: in the first three seconds a spray gets at most five packets', async () => {
    const peer = await silentPeer();
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await sprayFor(call, 150, false);
    expect(sprayer.bled).toBeLessThanOrEqual(5);
    expect(isDeaf(call)).toBe(true);
  });

  it('after three seconds a stranger is not learned at all, and the signalled address still is', async () => {
    const peer = await silentPeer();
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await call.slots(151);
    await sprayFor(call, 50, true);
    expect(sprayer.bled).toBe(0);
    expect(isDeaf(call)).toBe(true);
    peer.aimAt(call.session.localPort).send({ payload: LOUD });
    expect(await call.event('rtp-started')).toMatchObject({ port: peer.port });
  });

  it('who came first with a whole stream loses the call to the signalled address', async () => {
    const peer = await silentPeer();
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await peer.received(1);
    await sprayFor(call, 10, true);
    expect(await call.event('rtp-started')).toMatchObject({ address: '127.0.0.9' });
    peer.aimAt(call.session.localPort).send({ payload: LOUD });
    const started = await call.eventCount('rtp-started', 2);
    expect(started[1]).toMatchObject({ address: '127.0.0.1', port: peer.port });
    await call.slots(call.audio.length + 3);
    const before = sprayer.bled;
    await sprayFor(call, 20, true);
    expect(sprayer.bled).toBe(before);
  });

  it('a strict session hears the signalled address and port and nobody else', async () => {
    const peer = await silentPeer();
    const neighbour = await silentPeer();
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port, { strictAddress: true }));
    await peer.received(1);
    neighbour.aimAt(call.session.localPort);
    for (let count = 0; count < 10; count++) {
      neighbour.send({ payload: LOUD });
      sprayer.spray(true);
      await call.slots(call.audio.length + 1);
    }
    expect(sprayer.bled + neighbour.packets.length).toBe(0);
    expect(isDeaf(call)).toBe(true);
    peer.aimAt(call.session.localPort).send({ payload: LOUD });
    expect(await call.event('rtp-started')).toMatchObject({ port: peer.port });
  });

  it.each(SUITES)(
    '%s: nothing bleeds and nothing is heard, whether the peer has answered or not',
    async (suite) => {
      const keys = newKeys(suite);
      const peer = await SrtpPeer.open(keys);
      open.push(peer);
      const call = new ListeningSession(engine);
      call.session.connect(pcmuAt(peer.port, { srtp: keys, rtcpMux: true }));
      await peer.received(1);
      await sprayFor(call, 25, true);
      peer.aimAt(call.session.localPort).send(new Uint8Array(160).fill(0xff));
      await call.event('rtp-started');
      await sprayFor(call, 25, true);
      expect(sprayer.bled).toBe(0);
      expect(isDeaf(call)).toBe(true);
      expect(call.eventsOf('rtp-started')).toHaveLength(1);
      expect(engine.stats().packetsDroppedBy['bad-tag']).toBeGreaterThanOrEqual(48);
    },
  );
});

describe('what a dead call still gets', () => {
  it('does not reach the next call, and when the pool is too small its source is not taken for the next peer', async () => {
    const small = createEngine(41_100, 41_101);
    open.push({ close: () => void small.close() });
    const former = await silentPeer();
    const first = new ListeningSession(small);
    const { localPort } = first.session;
    first.session.connect(pcmuAt(former.port));
    await former.received(1);
    former.aimAt(localPort).send({ payload: LOUD });
    await first.event('rtp-started');
    first.session.close();
    await first.event('closed');
    expect(small.stats()).toMatchObject({ portsFree: 1, portsDraining: 1 });

    const peer = await silentPeer();
    const second = new ListeningSession(small);
    expect(second.session.localPort).toBe(localPort);
    second.session.connect(pcmuAt(peer.port));
    for (let count = 0; count < 10; count++) {
      former.send({ payload: LOUD });
      await second.slots(second.audio.length + 1);
    }
    expect(isDeaf(second)).toBe(true);
    peer.aimAt(localPort).send({ payload: LOUD });
    expect(await second.event('rtp-started')).toMatchObject({ port: peer.port });
  });

  it('ports of ended calls rest while there are others', async () => {
    const call = new ListeningSession(engine);
    const { localPort } = call.session;
    call.session.close();
    await call.event('closed');
    const { portsFree } = engine.stats();
    const later = Array.from({ length: portsFree - 1 }, () => new ListeningSession(engine));
    expect(later.map(({ session }) => session.localPort)).not.toContain(localPort);
    expect(new ListeningSession(engine).session.localPort).toBe(localPort);
  });
});
