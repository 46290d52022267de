import { describe, expect, test } from 'vitest';
import { noBytes } from '../../../../src/core/bytes.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import {
  nextMaxBreadth,
  nextMaxForwards,
  whyNotForwarded,
} from '../../../../src/sip/proxy/validate-request.ts';

function refusal(method: string, headers: readonly (readonly [string, string])[], breadth = 1) {
  const request = { type: 'request', method, uri: 'sip:a', body: noBytes() } as const;
  const why = whyNotForwarded({ ...request, headers: Headers.of(...headers) }, breadth);
  return why && [why.statusCode, ...why.headers.map(({ name, value }) => `${name}: ${value}`)];
}

describe('RFC 3261 16.3', () => {
  test.each([
    ['INVITE', '0', [483]],
    ['REGISTER', '0', [483]],
    ['INVITE', '1', undefined],
    // Section 11: who has no hops left to give may answer for the one that was asked.
    ['OPTIONS', '0', [200]],
  ])('%s with Max-Forwards %s', (method, value, expected) => {
    expect(refusal(method, [['Max-Forwards', value]])).toEqual(expected);
  });

  test('420 names each Proxy-Require that is not understood (step 5)', () => {
    expect(refusal('INVITE', [['Proxy-Require', 'foo, privacy, bar']])).toEqual([
      420,
      'Unsupported: foo, bar',
    ]);
    expect(refusal('INVITE', [['Require', 'foo']])).toBeUndefined();
  });
});

test.each([
  [undefined, '70'],
  ['70', '69'],
  ['1', '0'],
])('Max-Forwards %s becomes %s (16.6 step 3)', (value, expected) => {
  expect(nextMaxForwards(value)).toBe(expected);
});

describe('Max-Breadth (RFC 5393 5.3.3)', () => {
  test('is shared by the branches that are under way at once', () => {
    expect(nextMaxBreadth('60', 16)).toBe('3');
    expect(nextMaxBreadth(undefined, 1)).toBe('60');
  });

  test('440 when there is not one for each', () => {
    expect(refusal('INVITE', [['Max-Breadth', '2']], 3)).toEqual([440]);
    expect(refusal('INVITE', [['Max-Breadth', '3']], 3)).toBeUndefined();
  });
});
