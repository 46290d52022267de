import { expect, test } from 'vitest';
import { transferredNumber } from '../../src/transfer-target.ts';

test.each([
  '+881612345678',
  'sip:+881612345678@pbx.example',
  'SIPS:%2B881612345678@pbx.example',
  'sip:+8816%312345678@pbx.example',
  'sip:+881612345678;phone-context=x@pbx.example',
  'sip:+881612345678:secret@pbx.example',
  'sip:+881-612.345(678)@pbx.example',
  'sip:%20+881612345678@pbx.example',
])('%s is a call to that number', (to) => {
  expect(transferredNumber(to)).toBe('+881612345678');
});

test.each([
  ['sip:\uff11\uff19\uff10\uff10@pbx.example', '\uff11\uff19\uff10\uff10'],
  ['sip:*72@pbx.example', '*72'],
  ['sip:1900abc@pbx.example', '1900abc'],
])('%s is no name: whether it may be called is asked', (to, expected) => {
  expect(transferredNumber(to)).toBe(expected);
});

test.each(['sip:alice@pbx.example', 'sip:alice', 'sip:_room@pbx.example'])('%s is a name', (to) => {
  expect(transferredNumber(to)).toBeUndefined();
});
