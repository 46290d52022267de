import { expect, test } from 'vitest';
import { NumberDirectory } from '../../../src/numbers/number-directory.ts';

const entries = [
  { number: 'demo', agent: 'demo' },
  { number: '+15551234567', agent: 'reception' },
  { number: '442071838750', agent: 'london' },
];

test.each([
  ['demo', 'demo'],
  ['+15551234567', 'reception'],
  ['15551234567', 'reception'],
  ['+442071838750', 'london'],
  ['other', undefined],
  ['', undefined],
  [undefined, undefined],
  ['*', undefined],
])('a call to %s is answered by %s', (called, agent) => {
  expect(new NumberDirectory(entries).agentFor(called)).toBe(agent);
});

test('* answers what nobody else does', () => {
  const directory = new NumberDirectory([...entries, { number: '*', agent: 'operator' }]);

  expect(directory.agentFor('demo')).toBe('demo');
  expect(directory.agentFor('other')).toBe('operator');
  expect(directory.agentFor(undefined)).toBe('operator');
});
