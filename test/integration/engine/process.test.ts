import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { EngineProcess } from '../../support/engine/engine-process.ts';
import { Phone } from '../../support/engine/phone.ts';
import { until } from '../../support/engine/until.ts';
import { readMp3Frames } from '../../support/mp3.ts';
import { readStereoWav } from '../../support/wav.ts';

const END_MS = 10_000;
const GRACEFUL = { exitCode: 0, signal: null };

describe('the engine as a process', () => {
  const opened: { close(): unknown }[] = [];

  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  async function start(
    options: Parameters<typeof EngineProcess.start>[0] = {},
  ): Promise<EngineProcess> {
    const started = await EngineProcess.start(options);
    opened.push(started);
    return started;
  }

  async function call({ remote }: EngineProcess): Promise<Phone> {
    const phone = await Phone.call({ remote });
    opened.push(phone);
    return phone;
  }

  test('after SIGTERM a running call goes on, new ones are turned away, and its end is the end', async () => {
    const engine = await start({ keys: { limits: { drainMs: 30_000 } } });
    const phone = await call(engine);
    engine.signal('SIGTERM');
    await engine.logged('stopping');
    const refused = await call(engine);
    const ready = await fetch(`${engine.api.url}/health/ready`);
    const dialled = await engine.api.request('POST', '/v1/calls', {
      phone_number: '+493099999',
      task: 'Say hello and listen.',
    });
    const heardBefore = phone.rtp.received.length;
    await phone.rtp.heard(heardBefore + 50);
    await phone.hangUp();

    expect(refused.answer.status).toBe(503);
    expect(ready.status).toBe(503);
    expect(dialled.status).toBe(503);
    expect(Number(dialled.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await engine.ended(END_MS)).toEqual(GRACEFUL);
    expect(engine.errorLines).toEqual([]);
  });

  test('a call that is left when the drain is over gets a BYE', async () => {
    const engine = await start({ keys: { limits: { drainMs: 300 } } });
    const phone = await call(engine);
    engine.signal('SIGTERM');
    await phone.isHungUp(END_MS);

    expect(await engine.ended(END_MS)).toEqual(GRACEFUL);
    const again = await start({ dataDir: engine.dataDir });
    const view = await again.api.ended(await again.api.newest());
    expect(view).toMatchObject({ status: 'failed', end_reason: 'server-shutdown' });
    expect(view.recording_url).not.toBeNull();
  });

  test('SIGINT ends calls at once', async () => {
    const engine = await start();
    const phone = await call(engine);
    engine.signal('SIGINT');
    await phone.isHungUp(END_MS);

    expect(await engine.ended(END_MS)).toEqual(GRACEFUL);
  });

  test('after a kill the next start ends the call once, and finishes its recording', async () => {
    const engine = await start();
    const phone = await call(engine);
    const recordings = join(engine.dataDir, 'recordings');
    // Two seconds: the first is on disk.
    await phone.rtp.heard(100);
    const id = await engine.api.newest();
    engine.signal('SIGKILL');
    await engine.ended(END_MS);
    const left = await readdir(recordings);
    const part = readStereoWav(await readFile(join(recordings, `${id}.part.wav`)));
    const partMs = part.left.length / 8;

    const second = await start({ dataDir: engine.dataDir });
    const call2 = await second.api.ended(id);
    const recording = await fetchWhenReady(call2.recording_url ?? '');
    second.signal('SIGTERM');
    await second.ended(END_MS);
    const third = await start({ dataDir: engine.dataDir });
    const call3 = await third.api.ended(id);

    expect(left).toEqual([`${id}.part.wav`]);
    expect(partMs).toBeGreaterThan(1_000);
    expect(call2).toMatchObject({
      status: 'failed',
      call_status: 'failed',
      end_reason: 'internal-error',
      ended_by: 'system',
    });
    expect(await readdir(recordings)).toEqual([`${id}.mp3`]);
    const { durationMs } = readMp3Frames(Buffer.from(await recording.arrayBuffer()));
    expect(durationMs).toBeGreaterThanOrEqual(partMs);
    expect(call2.recording_duration).toBeCloseTo(partMs / 60_000, 3);
    expect({ ...call3, recording_url: null }).toEqual({ ...call2, recording_url: null });
    expect(second.output).toContain('closed what an earlier run left open');
    expect(third.output).not.toContain('closed what an earlier run left open');
  });

  test('what it writes of calls cannot be read by everybody on the machine', async () => {
    const engine = await start();
    const phone = await call(engine);
    await phone.hangUp();
    await engine.logged('call ended');
    engine.signal('SIGTERM');
    await engine.ended(END_MS);
    const recordings = join(engine.dataDir, 'recordings');
    const [recording = ''] = await readdir(recordings);

    for (const file of [
      recordings,
      join(recordings, recording),
      join(engine.dataDir, 'trunkline.db'),
    ]) {
      expect([file, (await stat(file)).mode & 0o007]).toEqual([file, 0]);
    }
  });

  test('two processes cannot share a data folder', async () => {
    const engine = await start();
    const other = await EngineProcess.spawn({ dataDir: engine.dataDir });
    const { exitCode } = await other.ended();

    expect(exitCode).toBe(1);
    expect(other.errorLines).toHaveLength(1);
    expect(other.errorLines[0]).toContain(engine.dataDir);
    expect(existsSync(engine.dataDir)).toBe(true);
  });
});

/** 409 says that it is being converted. */
function fetchWhenReady(url: string): Promise<Response> {
  return until('the recording is there', async () => {
    const response = await fetch(url);
    return response.status === 409 ? undefined : response;
  });
}
