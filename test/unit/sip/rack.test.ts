import { expect, test } from 'vitest';
import { parseRAck, parseRSeq } from '../../../src/sip/rack.ts';

test.each([
  ['776656 1 INVITE', { responseSequence: 776_656, requestSequence: 1, method: 'INVITE' }],
  ['1\t2  X', { responseSequence: 1, requestSequence: 2, method: 'X' }],
  ['0 1 INVITE', undefined],
  ['1 1', undefined],
  ['1 1 INVITE INVITE', { responseSequence: 1, requestSequence: 1, method: 'INVITE' }],
  ['4294967296 1 INVITE', undefined],
  [undefined, undefined],
])('RAck %j is %j (RFC 3262 7.2)', (text, expected) => {
  expect(parseRAck(text)).toEqual(expected);
});

test.each([
  ['1', 1],
  ['4294967295', 4_294_967_295],
  ['4294967296', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['', undefined],
  [undefined, undefined],
])('RSeq %j is %j (RFC 3262 7.1)', (text, expected) => {
  expect(parseRSeq(text)).toBe(expected);
});
