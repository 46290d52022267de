import { expect, test } from 'vitest';
import { AudioRelay } from '../../../src/io/audio-relay.ts';

const SLOT = new Int16Array(160);

function relay() {
  const said: string[] = [];
  const session = {
    write: (playoutId: number) => said.push(`write ${playoutId}`),
    finish: (playoutId: number) => said.push(`finish ${playoutId}`),
  };
  return { said, relay: new AudioRelay(session, 7) };
}

test('a slot in is a slot out, and the playout ends with the relay', () => {
  const made = relay();
  made.relay.write(SLOT);
  made.relay.handleSlot();
  made.relay.close();

  expect(made.said).toEqual(['write 7', 'finish 7']);
});

test('one that wrote nothing has begun nothing', () => {
  const made = relay();
  made.relay.close();

  expect(made.said).toEqual([]);
});

test('what comes in a heap is cut at 200 ms: it would stay a delay', () => {
  const made = relay();
  for (let slot = 0; slot < 30; slot += 1) made.relay.write(SLOT);
  expect(made.said).toHaveLength(10);
  made.relay.handleSlot();
  made.relay.write(SLOT);

  expect(made.said).toHaveLength(11);
});
