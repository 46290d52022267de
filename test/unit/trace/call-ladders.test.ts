import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/core/bytes.ts';
import { CALL_LADDERS, CallLadders } from '../../../src/trace/call-ladders.ts';
import type { CapturedMessage } from '../../../src/trace/captured-message.ts';
import { AT_US, captured, sip } from '../../support/trace/messages.ts';

function setUp(limits = { maxMessages: 10, maxBytes: 10_000 }, placesOutOfCall = false) {
  const placed: string[] = [];
  const ladders = new CallLadders({
    ...limits,
    keepsBodies: false,
    placesOutOfCall,
    onPlaced: ({ bytes }, correlation) =>
      placed.push(`${correlation}: ${new TextDecoder().decode(bytes).split(' ', 1)[0]}`),
  });
  const lines = (callId: string) =>
    ladders.ladder(callId)?.messages.map(({ text }) => text.split(' ', 1)[0]);
  return { ladders, placed, lines };
}

function message(method: string, sipCallId: string, atUs = AT_US): CapturedMessage {
  return captured(sip(`${method} sip:x SIP/2.0`, [`Call-ID: ${sipCallId}`, `CSeq: 1 ${method}`]), {
    atUs,
  });
}

test('messages wait for the call that claims their Call-ID', () => {
  const { ladders, lines, placed } = setUp();
  ladders.capture(message('INVITE', 'a'));
  ladders.bind('call', 'a');
  ladders.capture(message('ACK', 'a'));
  ladders.capture(message('BYE', 'other'));

  expect(lines('call')).toEqual(['INVITE', 'ACK']);
  expect(placed).toEqual(['call: INVITE', 'call: ACK']);
});

test('a call has as many legs as it binds, in the order of the wire', () => {
  const { ladders, lines } = setUp();
  ladders.bind('call', 'a');
  ladders.bind('call', 'b');
  ladders.capture(message('INVITE', 'a'));
  ladders.capture(message('REFER', 'b'));
  ladders.capture(message('BYE', 'a'));

  expect(lines('call')).toEqual(['INVITE', 'REFER', 'BYE']);
});

test('two calls of one Call-ID both have it: the server called itself', () => {
  const { ladders, lines } = setUp();
  ladders.bind('caller', 'a');
  ladders.bind('callee', 'a');
  ladders.capture(message('INVITE', 'a'));

  expect([lines('caller'), lines('callee')]).toEqual([['INVITE'], ['INVITE']]);
});

test('what no call claims in time is nobody’s, and placed once', () => {
  const { ladders, lines, placed } = setUp();
  ladders.capture(message('INVITE', 'a'));
  ladders.expire(AT_US + CALL_LADDERS.waitUs - 1);
  expect(placed).toEqual([]);
  ladders.expire(AT_US + CALL_LADDERS.waitUs);
  ladders.bind('call', 'a');

  expect(placed).toEqual(['a: INVITE']);
  expect(lines('call')).toBeUndefined();
});

test('REGISTER and OPTIONS are placed only when asked for, and never wait', () => {
  const quiet = setUp();
  quiet.ladders.capture(message('OPTIONS', 'a'));
  const all = setUp(undefined, true);
  all.ladders.capture(message('REGISTER', 'a'));
  const answer = sip('SIP/2.0 200 OK', ['Call-ID: a', 'CSeq: 2 REGISTER']);
  all.ladders.capture(captured(answer));

  expect(quiet.placed).toEqual([]);
  expect(all.placed).toEqual(['a: REGISTER', 'a: SIP/2.0']);
});

test('without a Call-ID a message belongs nowhere', () => {
  const { ladders, placed } = setUp(undefined, true);
  ladders.capture(captured('\r\n\r\n'));
  ladders.capture(captured('INVITE sip:x SIP/2.0\r\n\r\nCall-ID: in the body\r\n'));
  ladders.expire(Infinity);

  expect(placed).toEqual([]);
});

test('the compact form of Call-ID is read (RFC 3261 section 7.3.3)', () => {
  const { ladders, lines } = setUp();
  ladders.bind('call', 'a@b');
  ladders.capture(captured('BYE sip:x SIP/2.0\r\nI :  a@b \r\n\r\n'));

  expect(lines('call')).toEqual(['BYE']);
});

test('of too many messages the first and the last are kept, the rest is counted', () => {
  const { ladders } = setUp({ maxMessages: 4, maxBytes: 100_000 });
  ladders.bind('call', 'a');
  for (const method of ['A', 'B', 'C', 'D', 'E', 'F']) ladders.capture(message(method, 'a'));

  const ladder = ladders.ladder('call');
  expect(ladder?.messages.map(({ text }) => text[0])).toEqual(['A', 'B', 'E', 'F']);
  expect(ladder).toMatchObject({ omitted: 2, omittedAfter: 2 });
});

test('of too many bytes as well, and a message beyond the bound is left out', () => {
  const { ladders } = setUp({ maxMessages: 100, maxBytes: 1_000 });
  ladders.bind('call', 'a');
  ladders.capture(message('INVITE', 'a'));
  const huge = {
    ...message('INFO', 'a'),
    bytes: utf8Bytes(`INFO x\r\ni: a\r\n${'x'.repeat(2_000)}`),
  };
  ladders.capture(huge);
  ladders.capture(message('BYE', 'a'));

  expect(ladders.ladder('call')?.messages.map(({ text }) => text[0])).toEqual(['I', 'B']);
  expect(ladders.ladder('call')?.omitted).toBe(1);
});

test('messages that wait are bounded: the oldest give way', () => {
  const { ladders, placed } = setUp();
  for (let at = 0; at <= CALL_LADDERS.maxWaitingMessages; at++)
    ladders.capture(message('INVITE', `c${at}`));

  expect(placed).toEqual(['c0: INVITE']);
});

test('Call-IDs of one call are bounded', () => {
  const { ladders } = setUp();
  for (let at = 0; at < 100; at++) ladders.bind('call', `c${at}`);
  ladders.capture(message('INVITE', 'c99'));

  expect(ladders.ladder('call')).toBeUndefined();
});

test('after the release nothing is left of the call', () => {
  const { ladders } = setUp();
  ladders.bind('call', 'a');
  ladders.capture(message('INVITE', 'a'));

  expect(ladders.release('call')?.messages).toHaveLength(1);
  expect(ladders.callIds).toEqual([]);
  ladders.capture(message('BYE', 'a'));
  expect(ladders.ladder('call')).toBeUndefined();
});
