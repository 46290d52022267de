import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CaptureBatchWriter,
  readCaptureBatch,
  recordBytes,
} from '../../../src/trace/capture-batch.ts';
import { type CapturedMessage, TRACE_TRANSPORTS } from '../../../src/trace/captured-message.ts';
import { captured } from '../../support/trace/messages.ts';

const address = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 0, max: 65_535 }),
});

const message: fc.Arbitrary<CapturedMessage> = fc.record({
  atUs: fc.integer({ min: 0, max: 4e15 }),
  direction: fc.constantFrom('in', 'out'),
  transport: fc.constantFrom(...TRACE_TRANSPORTS),
  local: address,
  remote: address,
  bytes: fc.uint8Array({ maxLength: 300 }),
});

test('what is written is read, in its order', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const writer = new CaptureBatchWriter(
        messages.reduce((sum, each) => sum + recordBytes(each), 0),
      );
      for (const each of messages) expect(writer.add(each)).toBe(true);

      expect([...readCaptureBatch(writer.buffer, writer.length)]).toEqual(messages);
    }),
  );
});

test('a message that does not fit leaves the batch as it is', () => {
  const small = captured('x');
  const writer = new CaptureBatchWriter(recordBytes(small) + 10);

  expect(writer.add(small)).toBe(true);
  expect(writer.add(small)).toBe(false);
  expect([...readCaptureBatch(writer.buffer, writer.length)]).toEqual([small]);
});
