import { describe, expect, test } from 'vitest';
import { canonicalHeaderName, headerKey } from '../../../../src/sip/message/header-names.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import { parseDecimal, parseParameters, splitOutside } from '../../../../src/sip/message/tokens.ts';

describe('header names', () => {
  test.each([
    ['v', 'via', 'Via'],
    ['I', 'call-id', 'Call-ID'],
    ['cSEQ', 'cseq', 'CSeq'],
    ['www-authenticate', 'www-authenticate', 'WWW-Authenticate'],
    ['p-asserted-identity', 'p-asserted-identity', 'P-Asserted-Identity'],
    ['X-FooBar', 'x-foobar', 'X-FooBar'],
  ])('%s is found as %s and sent as %s (RFC 3261 7.3.3)', (name, key, canonical) => {
    expect(headerKey(name)).toBe(key);
    expect(canonicalHeaderName(name)).toBe(canonical);
  });
});

test.each(['constructor', '__proto__', 'toString'])(
  '%s is a header name like any other',
  (name) => {
    expect(headerKey(name)).toBe(name.toLowerCase());
    expect(canonicalHeaderName(name)).toMatch(new RegExp(name, 'i'));
  },
);

describe('Headers', () => {
  const headers = Headers.of(['Via', 'a, b'], ['v', 'c'], ['To', 'x']);

  test('gives list values over several lines in order', () => {
    expect(headers.values('via')).toEqual(['a', 'b', 'c']);
  });

  test('changes the first line only and leaves the original alone', () => {
    expect([...headers.withFirst('via', 'z')].map((line) => line.value)).toEqual(['z', 'c', 'x']);
    expect(headers.first('via')).toBe('a, b');
    expect(headers.without('via').has('via')).toBe(false);
  });
});

describe('grammar', () => {
  test('a comma in quotes or brackets does not split', () => {
    expect(splitOutside('"a,\\",b" <sip:a,b@c>;x, d', ',')).toEqual([
      '"a,\\",b" <sip:a,b@c>;x',
      'd',
    ]);
  });

  test.each([
    ['0', 0],
    ['0068', 68],
    ['255', 255],
    ['256', undefined],
    ['-1', undefined],
    ['1e2', undefined],
    ['', undefined],
    ['4294967551', undefined],
    ['99999999999999999999999999999999', undefined],
  ])('the number %j up to 255 is %s', (text, value) => {
    expect(parseDecimal(text, 255)).toBe(value);
  });

  test('parameters keep quoted semicolons and refuse empty names', () => {
    expect([...(parseParameters(';a="x;y";B ; c = 1') ?? [])]).toEqual([
      ['a', '"x;y"'],
      ['b', ''],
      ['c', '1'],
    ]);
    expect(parseParameters(';;a')).toBeUndefined();
    expect(parseParameters('a')).toBeUndefined();
  });
});
