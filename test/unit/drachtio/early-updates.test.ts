import { expect, test } from 'vitest';
import { EarlyUpdates } from '../../../src/drachtio/early-updates.ts';

function response(cseq: string) {
  const payload = `SIP/2.0 200 OK\r\ncall-id: c\r\ncseq: ${cseq}\r\n\r\ncseq: 3 UPDATE\r\n`;
  return { id: 'm', type: 'sip', fields: ['invite', ''], payload };
}

test.each([
  ['2 UPDATE', 'update'],
  ['1 INVITE', 'invite'],
])('a response with CSeq %s is meant for the transaction %s', (cseq, transaction) => {
  const updates = new EarlyUpdates();
  updates.add('invite', 'update');

  expect(updates.resolve(response(cseq)).fields).toEqual([transaction, '']);
});

test('an UPDATE that is over is nobody’s', () => {
  const updates = new EarlyUpdates();
  updates.add('invite', 'first');
  updates.add('invite', 'second');
  updates.delete('first');
  expect(updates.resolve(response('3 UPDATE')).fields[0]).toBe('second');
  updates.delete('second');
  updates.delete('other');

  expect(updates.resolve(response('3 UPDATE')).fields[0]).toBe('invite');
});
