import { expect, test } from 'vitest';
import { parseSipfrag, serializeSipfrag } from '../../../src/signaling/sipfrag.ts';

test.each([
  ['SIP/2.0 200 OK\r\n', { status: 200, reason: 'OK' }],
  ['SIP/2.0 486 Busy Here\r\nContact: <sip:a@b>\r\n', { status: 486, reason: 'Busy Here' }],
  ['SIP/2.0 100', { status: 100, reason: '' }],
  ['SIP/2.0 999 x', undefined],
  ['INVITE sip:a@b SIP/2.0', undefined],
  ['', undefined],
])('%j (RFC 3420)', (body, answer) => {
  expect(parseSipfrag(body)).toEqual(answer);
});

test('what is written is read', () => {
  expect(parseSipfrag(serializeSipfrag(180, 'Ringing'))).toEqual({
    status: 180,
    reason: 'Ringing',
  });
});
