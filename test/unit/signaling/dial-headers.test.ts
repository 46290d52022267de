import { describe, expect, test } from 'vitest';
import {
  dialHeaderFault,
  dialHeaders,
  passableHeaders,
} from '../../../src/signaling/dial-headers.ts';

describe('headers of the application', () => {
  test.each([
    ['X-Campaign', 'summer'],
    ['Diversion', '<sip:+4930@h>;reason=unconditional'],
    ['Identity', `${'e'.repeat(4_000)};info=<https://c.example/a.pem>;alg=ES256;ppt=shaken`],
    ['Referred-By', '<sip:a@b>'],
    ['X-Tab', 'a\tb'],
    ['X-Name', 'M\u00fcller'],
  ])('%s may go out', (name, value) => {
    expect(dialHeaderFault({ [name]: value })).toBeUndefined();
  });

  test.each(['X-A', 'X-B'])('line breaks and other controls in %s name it', (name) => {
    for (const control of ['\r\nX-Evil: 1', '\n', '\0', '\x7f']) {
      expect(dialHeaderFault({ [name]: `a${control}` })).toBe(
        `header ${name}: control characters are not allowed`,
      );
    }
  });

  test.each(['', 'a b', 'a:b', 'X\r\nY', 'x'.repeat(65)])('%j is no name', (name) => {
    expect(dialHeaderFault({ [name]: '1' })).toContain('no valid name');
  });

  test.each([
    ...['Via', 'v', 'From', 'f', 'To', 't', 'Call-ID', 'i', 'CSeq', 'Contact', 'm', 'Route'],
    ...['Content-Type', 'c', 'Content-Length', 'l', 'Authorization', 'Proxy-Authorization'],
    ...['Session-Expires', 'x', 'P-Asserted-Identity', 'Privacy', 'X-Trunkline-Trying'],
  ])('%s is not for the application', (name) => {
    expect(dialHeaderFault({ [name]: '1' })).toBe(
      `header ${name}: is not for the application to set`,
    );
  });

  test('are bounded together, in number and bytes', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`X-${n}`, '']));

    expect(dialHeaderFault(many)).toBe('more than 32 headers');
    expect(dialHeaderFault({ 'X-A': 'a'.repeat(20_000), 'X-B': 'b'.repeat(20_000) })).toBe(
      'header X-B: the headers are longer than 32768 bytes together',
    );
  });
});

test('what a target is not to have is left out of the headers of the call, not of its own', () => {
  const headers = { Identity: 'signed', 'X-A': '1' };

  expect(dialHeaders({ headers }, { withheldHeaders: ['identity'] })).toEqual({ 'X-A': '1' });
  expect(dialHeaders({ headers }, { headers: { 'X-B': '2' } })).toEqual({ ...headers, 'X-B': '2' });
});

describe('of the headers that a call came with, another one gets', () => {
  test('what may be sent', () => {
    const headers = { 'x-a': '1', 'x-trunkline-trying': 'tell', 'x-b': 'M\u00fcller' };

    expect(passableHeaders(headers)).toEqual({ 'x-a': '1', 'x-b': 'M\u00fcller' });
  });

  test('so many that those of a carrier have room too', () => {
    const numbered = (prefix: string, count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`${prefix}-${n}`, 'v'.repeat(500)]),
      );
    const passed = passableHeaders(numbered('x', 32));

    expect(dialHeaderFault({ ...passed, ...numbered('X-Carrier', 17) })).toBeUndefined();
    expect(Object.keys(passed)).toHaveLength(12);
  });

  test('nothing that is too long', () => {
    const headers = { identity: 'e'.repeat(8_192), 'x-a': 'a'.repeat(9_000), 'x-b': '1' };

    expect(Object.keys(passableHeaders(headers))).toEqual(['identity', 'x-b']);
  });
});
