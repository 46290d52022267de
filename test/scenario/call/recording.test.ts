import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Recordings } from '../../../src/io/recordings.ts';
import { FakeIncomingCall, remoteSdp } from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trunkline-call-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function wavs(folder = directory): Recordings {
  return new Recordings({ directory: folder, format: 'wav' });
}

/** Resolves with the event when it comes. */
function finished(board: Switchboard) {
  return new Promise<unknown>((resolve) => {
    board.onEvent = (_callId, event) => {
      if (event.type === 'finished') resolve(event);
    };
  });
}

test('a recorded call finishes with the path of its recording, both directions in it', async () => {
  const board = new Switchboard({ recordings: wavs() }, { record: true });
  const incoming = new FakeIncomingCall();
  const end = finished(board);
  board.supervisor.onIncoming(incoming);
  await settled();
  for (let n = 0; n < 60; n += 1) {
    board.session.hear(new Int16Array(160).fill(11), new Int16Array(160).fill(22));
  }
  incoming.established.onEnded?.('peer', 'BYE');

  const recordingPath = join(directory, 'in-1.wav');
  expect(await end).toMatchObject({ recordingPath, recordingMs: 1_200 });
  const wav = await readFile(recordingPath);
  expect(wav.length).toBe(44 + 60 * 160 * 4);
  expect([wav.readInt16LE(44), wav.readInt16LE(46)]).toEqual([11, 22]);
  await board.supervisor.close();
});

test('a recording that the disk refuses is reported, and the call goes on without it', async () => {
  const file = join(directory, 'a-file');
  await writeFile(file, '');
  const board = new Switchboard({ recordings: wavs(join(file, 'x')) }, { record: true });
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
  const finish = await end;
  expect(finish).not.toHaveProperty('recordingPath');
  expect(finish).toMatchObject({ recordingError: 'recording not begun: ENOTDIR' });
});

test.each([
  ['before the answer, when the call says so', true, 2],
  ['from the answer on, by default', false, 1],
])('the recording of an outgoing call begins %s', async (_when, earlyMedia, slots) => {
  const board = new Switchboard({ recordings: wavs() });
  const end = finished(board);
  board.supervisor.create(callSpec({ direction: 'outbound', record: true, earlyMedia }));
  board.outgoing.ring(183, remoteSdp());
  board.session.hear(new Int16Array(160).fill(11), new Int16Array(160));
  board.outgoing.answer();
  await settled();
  board.session.hear(new Int16Array(160).fill(22), new Int16Array(160));
  board.supervisor.stop('call-1');
  await end;

  const wav = await readFile(join(directory, 'call-1.wav'));
  expect(wav.length).toBe(44 + slots * 160 * 4);
  await board.supervisor.close();
});

test('early media of a call that nobody answers is recorded, when the call says so', async () => {
  const board = new Switchboard({ recordings: wavs() });
  const end = finished(board);
  board.supervisor.create(callSpec({ direction: 'outbound', record: true, earlyMedia: true }));
  board.outgoing.ring(183, remoteSdp());
  board.session.hear(new Int16Array(160).fill(11), new Int16Array(160));
  board.outgoing.fail(480, 'Temporarily Unavailable');

  expect(await end).toMatchObject({ recordingPath: join(directory, 'call-1.wav') });
  await board.supervisor.close();
});

test('a first sentence in early media is in the recording', async () => {
  const spec = { record: true, earlyMedia: true };
  const board = new Switchboard({ recordings: wavs() }, spec);
  const end = finished(board);
  const incoming = new FakeIncomingCall({ isSlow: true });
  board.supervisor.onIncoming(incoming);
  expect(incoming.sent).toContain('183');
  board.session.hear(new Int16Array(160), new Int16Array(160).fill(22));
  await settled();
  incoming.acknowledge();
  await settled();
  board.supervisor.stop('in-1');
  await end;

  const wav = await readFile(join(directory, 'in-1.wav'));
  expect(wav.readInt16LE(46)).toBe(22);
  await board.supervisor.close();
});

test('what the engine says of a recording that went wrong is in the record of the call', async () => {
  const board = new Switchboard({ recordings: wavs() }, { record: true });
  const incoming = new FakeIncomingCall();
  const end = finished(board);
  board.supervisor.onIncoming(incoming);
  await settled();
  board.session.hear(new Int16Array(160).fill(11), new Int16Array(160).fill(22));
  board.session.breakRecording(28);
  await settled();
  expect(board.events).toContainEqual(
    expect.objectContaining({ type: 'provider-error', provider: 'recorder' }),
  );
  expect(board.terminations).toEqual([]);
  incoming.established.onEnded?.('peer', 'BYE');

  expect(await end).toMatchObject({
    recordingPath: join(directory, 'in-1.wav'),
    recordingMs: 20,
    recordingError: 'recording cut short: ENOSPC',
  });
  await board.supervisor.close();
});

test('a call whose recording is not converted in time finishes with the place where it will be', async () => {
  const recordings = new Recordings({ directory });
  const never: Pick<Recordings, 'of'> = {
    of: (callId) => ({ ...recordings.of(callId), finish: () => new Promise(() => {}) }),
  };
  const board = new Switchboard({ recordings: never }, { record: true });
  const incoming = new FakeIncomingCall();
  const end = finished(board);
  board.supervisor.onIncoming(incoming);
  await settled();
  board.session.hear(new Int16Array(160).fill(11), new Int16Array(160).fill(22));
  incoming.established.onEnded?.('peer', 'BYE');
  await settled();
  await board.clock.advance(70_000);

  expect(await end).toMatchObject({ recordingPath: join(directory, 'in-1.mp3'), recordingMs: 20 });
});
