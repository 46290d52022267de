import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContacts } from '../../../src/signaling/contact-list.ts';

function read(text: string): readonly string[] {
  return parseContacts(text).map(({ uri, parameters }) =>
    [uri, ...[...parameters].map(([name, value]) => `${name}=${value}`)].join(' '),
  );
}

describe('Contact values (RFC 3261 section 20.10)', () => {
  test.each([
    ['<sip:a@b;transport=tcp>;expires=60;Q=0.5', ['sip:a@b;transport=tcp expires=60 q=0.5']],
    ['sip:a@b;expires=60', ['sip:a@b expires=60']],
    ['"x, <y>" <sip:a@b>, Bob <sip:c@d,e>;q=1', ['sip:a@b', 'sip:c@d,e q=1']],
    [
      '"\\"" <sip:a@b>;reg-id=1;+sip.instance="<urn:x>"',
      ['sip:a@b reg-id=1 +sip.instance="<urn:x>"'],
    ],
    ['*', ['*']],
    ['', []],
    [',,<>,', []],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('are bounded', () => {
    expect(parseContacts('<sip:a@b>,'.repeat(1_000))).toHaveLength(64);
  });

  test('any text is read without an exception', () => {
    fc.assert(fc.property(fc.string(), (text) => read(text).length <= 64));
  });
});
