import { expect, test } from 'vitest';
import { reasonText } from '../../../src/carriers/reason-text.ts';

test.each([
  [200, 'OK', '200 OK'],
  [503, '', '503'],
  [503, 'a\r\n\u001b[31mb\u0000c', '503 a [31mb c'],
  [503, 'x'.repeat(500), `503 ${'x'.repeat(116)}`],
])('%d %j is said as %j', (status, reason, expected) => {
  expect(reasonText(status, reason)).toBe(expected);
});
