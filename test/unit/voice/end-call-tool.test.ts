import { expect, test } from 'vitest';
import { farewellOf, isEndCall } from '../../../src/voice/end-call-tool.ts';

test('the farewell is text or nothing', () => {
  const call = (args: Readonly<Record<string, unknown>>) => ({
    id: '1',
    name: 'end_call',
    arguments: args,
  });

  expect(farewellOf(call({ farewell: ' Bye. ' }))).toBe('Bye.');
  expect(farewellOf(call({ farewell: { deep: 1 } }))).toBe('');
  expect(farewellOf(call({}))).toBe('');
  expect(isEndCall(call({}))).toBe(true);
  expect(isEndCall({ ...call({}), name: 'other' })).toBe(false);
});
