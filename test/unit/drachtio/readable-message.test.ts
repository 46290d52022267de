import { describe, expect, test } from 'vitest';
import { utf8ByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { readableMessage } from '../../../src/drachtio/readable-message.ts';
import { parseMessage } from '../../../src/sip/message/parse-message.ts';
import { serializeMessage } from '../../../src/sip/message/serialize-message.ts';
import type { SipRequest } from '../../../src/sip/message/sip-message.ts';
import { srfMisreading } from '../../support/sip/srf-parser.ts';

const LINES = {
  via: 'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
  from: 'From: <sip:a@b>;tag=1',
  to: 'To: <sip:c@d>',
  contact: 'Contact: <sip:a@192.0.2.1>',
};

function request(
  lines: Partial<Record<keyof typeof LINES, string>>,
  ...more: string[]
): SipRequest {
  const head = Object.values({ ...LINES, ...lines }).filter((line) => line !== '');
  const text = ['INVITE sip:c@d SIP/2.0', ...head, 'Call-ID: x', 'CSeq: 1 INVITE', ...more, '', ''];
  const parsed = parseMessage(utf8Bytes(text.join('\r\n')));
  if (parsed.type !== 'request') throw new Error('the test wrote no request');
  return parsed;
}

function lines(message: SipRequest, key: string): readonly string[] {
  return readableMessage(message)
    .headers.lines(key)
    .map(({ value }) => value);
}

describe('what an application is shown', () => {
  test('is the message itself when there is nothing to put right', () => {
    const message = request({});

    expect(readableMessage(message)).toBe(message);
  });

  test.each([
    ['via', { via: 'Via: ,SIP/2.0/UDP a;branch=z9hG4bK1,' }, ['SIP/2.0/UDP a;branch=z9hG4bK1']],
    [
      'via',
      { via: 'Via: ,\r\nVia: sip/2.0/UDP a;branch=z9hG4bK1' },
      ['SIP/2.0/UDP a;branch=z9hG4bK1'],
    ],
    ['contact', { contact: 'Contact: <sip:a@b>, ,' }, ['<sip:a@b>']],
    ['contact', { contact: 'Contact: ,\r\nContact: <sip:a@b>' }, ['<sip:a@b>']],
  ] as const)(
    'has no empty elements and no other spelling of SIP in its %s',
    (key, given, read) => {
      expect(lines(request(given), key)).toEqual(read);
    },
  );

  test.each([
    ['Grüße aus Köln <sip:a@b>;tag=1', '"Grüße aus Köln" <sip:a@b>;tag=1'],
    ['Bob B. <sip:a@b>;tag=1', 'Bob B. <sip:a@b>;tag=1'],
    ['"ü" <sip:a@b>;tag=1', '"ü" <sip:a@b>;tag=1'],
    ['sip:a@b;tag=1', 'sip:a@b;tag=1'],
  ])('has a display name of %s that can be read', (given, read) => {
    expect(lines(request({ from: `From: ${given}` }), 'from')).toEqual([utf8ByteString(read)]);
  });

  test('has no header whose name clients unescape into another one', () => {
    const message = request(
      {},
      '%46rom: <sip:evil@b>;tag=2',
      '%50-Asserted-Identity: <sip:evil@b>',
    );

    expect([...readableMessage(message).headers].map(({ name }) => name)).toEqual([
      'Via',
      'From',
      'To',
      'Contact',
      'Call-ID',
      'CSeq',
    ]);
  });

  test('has a Contact even when RFC 2543 needed none: clients throw without', () => {
    expect(lines(request({ contact: '' }), 'contact')).toEqual(['<sip:a@b>']);
  });

  test.each([
    { via: 'Via: ,SIP/2.0/UDP a;branch=z9hG4bK1,' },
    { contact: 'Contact: ,<sip:a@b>,' },
    { contact: '' },
    { from: 'From: Grüße <sip:a@b>;tag=1' },
    { from: 'From: "x <y" <sip:a@b>;x="a;tag=2";tag=1' },
  ])('is what the client library reads: %o', (given) => {
    const bytes = serializeMessage(readableMessage(request(given)));

    expect(srfMisreading(bytes)).toBeUndefined();
  });
});
