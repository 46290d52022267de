import { expect, test } from 'vitest';
import { reasonText } from '../../../src/carriers/reason-text.ts';

test.each([
  [200, 'OK', '200 OK'],
  [503, '', '503'],
  [503, 'a\r\n\u001b[31mb\u0000c', '503 a [31mb c'],
  [503, 'no route to +4930123456', '503 no route to …'],
  [404, '<sip:alice@a.example> unknown', '404 <sip:…@a.example> unknown'],
  [503, 'connect ECONNREFUSED 192.0.2.10:5060', '503 connect ECONNREFUSED 192.0.2.10:5060'],
  [503, 'x'.repeat(500), `503 ${'x'.repeat(116)}`],
])('%d %j is said as %j', (status, reason, expected) => {
  expect(reasonText(status, reason)).toBe(expected);
});
