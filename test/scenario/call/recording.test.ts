import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeIncomingCall } from '../../support/call/fake-signaling.ts';
import { Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trunkline-call-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Resolves with the event when it comes. */
function finished(board: Switchboard) {
  return new Promise<unknown>((resolve) => {
    board.onEvent = (_callId, event) => {
      if (event.type === 'finished') resolve(event);
    };
  });
}

test('a recorded call finishes with the path of its recording, both directions in it', async () => {
  const board = new Switchboard({ recordingsDir: directory }, { record: true });
  const incoming = new FakeIncomingCall();
  const end = finished(board);
  board.supervisor.onIncoming(incoming);
  await settled();
  for (let n = 0; n < 60; n += 1) {
    board.session.hear(new Int16Array(160).fill(11), new Int16Array(160).fill(22));
  }
  incoming.established.onEnded?.('peer', 'BYE');

  const recordingPath = join(directory, 'in-1.wav');
  expect(await end).toMatchObject({ recordingPath });
  const wav = await readFile(recordingPath);
  expect(wav.length).toBe(44 + 60 * 160 * 4);
  expect([wav.readInt16LE(44), wav.readInt16LE(46)]).toEqual([11, 22]);
  await board.supervisor.close();
});

test('a recording that the disk refuses is reported, and the call goes on without it', async () => {
  const file = join(directory, 'a-file');
  await writeFile(file, '');
  const board = new Switchboard({ recordingsDir: join(file, 'x') }, { record: true });
  const incoming = new FakeIncomingCall();
  const reported = new Promise<unknown>((resolve) => {
    board.onEvent = (_callId, event) => {
      if (event.type === 'provider-error') resolve(event);
    };
  });
  board.supervisor.onIncoming(incoming);

  expect(await reported).toMatchObject({ provider: 'recorder', code: 'store-unavailable' });
  expect(board.terminations).toEqual([]);

  const end = finished(board);
  incoming.established.onEnded?.('peer', 'BYE');
  expect(await end).not.toHaveProperty('recordingPath');
});
