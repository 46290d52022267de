import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { DEFAULT_VAD } from '../../../src/media/media-engine.ts';
import {
  createEngine,
  ListeningSession,
  pcmuAt,
  tone,
  VAD_WEIGHTS_PATH,
} from './listening-session.ts';
import { MU_LAW_SILENCE } from './mu-law.ts';
import { PacketPeer } from './packet-peer.ts';

const UNFINISHED_ENGINE = new URL('./unfinished-engine.ts', import.meta.url);

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('opening and closing', () => {
  let peer: PacketPeer;

  beforeEach(async () => {
    peer = await PacketPeer.open();
  });

  afterEach(() => peer.close());

  it('gives even ports, says when there is none, and takes them up again', async () => {
    const engine = createEngine(41_000, 41_003);
    const calls = [new ListeningSession(engine), new ListeningSession(engine)];
    const ports = calls.map((call) => call.session.localPort);
    expect(ports.every((port) => port % 2 === 0)).toBe(true);
    expect(() => new ListeningSession(engine)).toThrow(
      expect.objectContaining({ code: 'media-ports-exhausted' }),
    );
    expect(engine.stats()).toMatchObject({ sessionsOpen: 2, portsFree: 0 });
    calls[0]?.session.close();
    await calls[0]?.event('closed');
    expect(new ListeningSession(engine).session.localPort).toBe(ports[0]);
    await engine.close();
  });

  it('leaves no descriptor, session or port after 200 calls', async () => {
    const before = openDescriptors();
    const engine = createEngine();
    const withEngine = openDescriptors();
    const { portsFree } = engine.stats();
    for (let count = 0; count < 200; count++) {
      const call = new ListeningSession(engine);
      peer.aimAt(call.session.localPort).send({ payload: MU_LAW_SILENCE });
      call.session.connect(pcmuAt(peer.port));
      call.session.write(1, tone(440, 100, 24_000), 24_000);
      if (count % 20 === 0) await call.slots(2);
      call.session.close();
      await call.event('closed');
    }
    expect(engine.stats()).toMatchObject({ sessionsOpen: 0, sessionsTotal: 200, portsFree });
    expect(openDescriptors()).toBe(withEngine);
    await engine.close();
    expect(openDescriptors()).toBe(before);
  });

  it('hands up closed as the last event of a session, with its counts', async () => {
    const engine = createEngine();
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await call.slots(3);
    call.session.close();
    const closed = await call.event('closed');
    const slots = call.audio.length;
    await engine.close();
    expect(call.events.at(-1)).toBe(closed);
    expect(call.audio).toHaveLength(slots);
    expect(closed.stats.packetsSent).toBe(slots);
  });

  it('ignores every command to a session that is closing or closed', async () => {
    const engine = createEngine();
    const call = new ListeningSession(engine);
    call.session.close();
    const commandAll = (): void => {
      call.session.connect(pcmuAt(peer.port));
      call.session.write(1, tone(440, 20), 8_000);
      call.session.mark(1, 1);
      call.session.finish(1);
      call.session.flush();
      call.session.pause();
      call.session.resume();
      call.session.release();
      call.session.setDuckOnSpeech(false);
      call.session.close();
    };
    commandAll();
    await call.event('closed');
    commandAll();
    await engine.close();
    commandAll();
    expect(call.events).toHaveLength(1);
    expect(peer.packets).toHaveLength(0);
  });

  it('closes every session with the engine, from within a listener too', async () => {
    const engine = createEngine();
    const calls = Array.from({ length: 3 }, () => new ListeningSession(engine));
    const closing = new Promise<void>((resolve, reject) => {
      engine
        .openSession(
          { rtpTimeoutMs: 20, duckDb: 0, vad: DEFAULT_VAD },
          {
            onAudio: () => undefined,
            onEvent: (event) => {
              if (event.type === 'rtp-timeout') engine.close().then(resolve, reject);
            },
          },
        )
        .connect(pcmuAt(peer.port));
    });
    await closing;
    for (const call of calls) expect(call.events.map(({ type }) => type)).toEqual(['closed']);
    expect(engine.stats().sessionsOpen).toBe(0);
    expect(() => new ListeningSession(engine)).toThrow(
      expect.objectContaining({ code: 'shutting-down' }),
    );
    await engine.close();
  });

  it('survives a listener that detaches the shared audio buffer', async () => {
    const engine = createEngine();
    const call = new ListeningSession(engine);
    let detached = false;
    const thief = engine.openSession(
      { rtpTimeoutMs: 0, duckDb: 0, vad: DEFAULT_VAD },
      {
        onAudio: ({ sent }) => {
          if (detached || !(sent.buffer instanceof ArrayBuffer)) return;
          detached = true;
          structuredClone(sent.buffer, { transfer: [sent.buffer] });
        },
        onEvent: () => undefined,
      },
    );
    thief.connect(pcmuAt(peer.port));
    call.session.connect(pcmuAt(peer.port));
    await call.slots(10);
    expect(detached).toBe(true);
    expect(call.audio.at(-1)?.sent).toHaveLength(160);
    await engine.close();
  });

  it('takes a detached buffer in write for no audio', async () => {
    const engine = createEngine();
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    const samples = tone(440, 20);
    structuredClone(samples.buffer, { transfer: [samples.buffer] });
    call.session.write(1, samples, 8_000);
    call.session.finish(1);
    expect(await call.event('playout-ended')).toMatchObject({ playedMs: 0 });
    await engine.close();
  });

  it('joins the media threads when its worker is ended with calls up', async () => {
    const worker = new Worker(UNFINISHED_ENGINE, { workerData: { peerPort: peer.port } });
    await peer.received(5);
    await worker.terminate();
    const sent = peer.packets.length;
    const engine = createEngine(41_100, 41_103);
    const call = new ListeningSession(engine);
    call.session.connect(pcmuAt(peer.port));
    await call.slots(10);
    // What the worker's session sent before it ended may still have been on its way.
    const [last] = peer.packets.slice(-1);
    expect(peer.packets.slice(sent + 2).every((packet) => packet.ssrc === last?.ssrc)).toBe(true);
    await engine.close();
  });

  it('lets the process exit with calls up', async () => {
    const child = spawn(process.execPath, [fileURLToPath(UNFINISHED_ENGINE), String(peer.port)]);
    const [code] = await once(child, 'exit');
    expect(code).toBe(7);
    expect(peer.packets.length).toBeGreaterThanOrEqual(3);
  });

  it('refuses what is wrong in our own code', async () => {
    const engine = createEngine();
    const { session } = new ListeningSession(engine);
    expect(() => session.write(0, tone(440, 20), 8_000)).toThrow(/playout id/);
    expect(() => session.write(1, tone(440, 20), 7_999)).toThrow(/8,000 to 48,000/);
    expect(() => session.connect(pcmuAt(0))).toThrow(/port/);
    expect(() => session.connect(pcmuAt(9, { address: 'carrier.example' }))).toThrow(/IP address/);
    await engine.close();
  });

  it('does not start without the weights of the voice detector', () => {
    const options = {
      host: '127.0.0.1',
      portFirst: 41_000,
      portLast: 41_001,
      threads: 1,
      vadWeightsPath: VAD_WEIGHTS_PATH,
    };
    expect(() => NativeMediaEngine.create({ ...options, vadWeightsPath: '/nowhere' })).toThrow(
      /ENOENT/,
    );
    expect(() =>
      NativeMediaEngine.create({ ...options, vadWeightsPath: import.meta.filename }),
    ).toThrow(/weights/);
    expect(() => NativeMediaEngine.create({ ...options, portLast: 41_000 })).toThrow(/port range/);
  });
});
