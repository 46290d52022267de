import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPrintable } from '../../../src/signaling/sip-headers.ts';
import { escapeSipUser, sipUserOf } from '../../../src/signaling/sip-user.ts';

describe('user part of a SIP URI (RFC 3261 section 19.1)', () => {
  test.each([
    ['sip:demo@127.0.0.1:5060', 'demo'],
    ['SIPS:demo@example.com;transport=tcp', 'demo'],
    ['sip:+4930123;npdi@example.com', '+4930123'],
    ['sip:alice:secret@example.com', 'alice'],
    ['sip:%61lice@example.com', 'alice'],
    ['sip:%ff@example.com', '%ff'],
    ['sip:demo%00@example.com', 'demo%00'],
    ['sip:a%0D%0Ab@example.com', 'a%0D%0Ab'],
    ['sip:a%C2%9Bb@example.com', 'a%C2%9Bb'],
    ['sip:a%E2%80%A8b@example.com', 'a%E2%80%A8b'],
    ['tel:+4930123;phone-context=x', '+4930123'],
    ['<sip:alice@example.com>;tag=1', 'alice'],
    ['"Mallory <sip:bob@x>" <sip:alice@example.com>;tag=1', 'alice'],
    ['"a \\" <sip:bob@x>" <sip:alice@example.com>', 'alice'],
    ['sip:alice@example.com;tag=1', 'alice'],
  ])('%s is %s', (text, user) => {
    expect(sipUserOf(text)).toBe(user);
  });

  test.each([
    '',
    'sip:a\x0bb@c',
    'sip:a\x7fb@c',
    'sip:a\u009bb@c',
    'sip:127.0.0.1',
    'sip:@127.0.0.1',
    'http://a@b',
    `sip:${'1'.repeat(129)}@x`,
  ])('%s has none', (text) => {
    expect(sipUserOf(text)).toBeUndefined();
  });

  test('escapes what would end it or start something else', () => {
    expect(escapeSipUser('a@b\r\nX: 1 <é')).toBe('a%40b%0D%0AX%3A%201%20%3C%C3%A9');
  });

  test('whatever text it is, the URI has that user and no more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (text) => {
        const escaped = escapeSipUser(text);
        expect(escaped).toMatch(/^[\w\-.!~*'()&=+$,;?/%]*$/);
        const name = text.split(';', 1)[0] || undefined;
        if (isPrintable(name ?? '')) expect(sipUserOf(`sip:${escaped}@host`)).toBe(name);
      }),
      { seed: 3261 },
    );
  });
});
