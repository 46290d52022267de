import { expect, test } from 'vitest';
import { parseDtmfInfo, serializeDtmfInfo } from '../../../src/call/dtmf-info.ts';

test.each([
  ['Signal=5\r\nDuration=160', '5'],
  ['Signal= 5 \r\nDuration= 160', '5'],
  ['Duration=160\r\nsignal=#', '#'],
  ['Signal=10', '*'],
  ['Signal=11', '#'],
  ['Signal=d', 'D'],
  ['7', '7'],
  [' * \r\n', '*'],
  ['Signal=', undefined],
  ['Signal=12', undefined],
  ['hello', undefined],
  ['', undefined],
])('%j is the key %s', (body, key) => {
  expect(parseDtmfInfo(body)).toBe(key);
});

test('what is written is read', () => {
  for (const key of '0123456789*#ABCD') expect(parseDtmfInfo(serializeDtmfInfo(key))).toBe(key);
});
