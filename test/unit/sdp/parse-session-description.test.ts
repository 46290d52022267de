import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSessionDescription } from '../../../src/sdp/parse-session-description.ts';
import { serializeSessionDescription } from '../../../src/sdp/serialize-session-description.ts';

const FULL = [
  'v=0',
  'o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1',
  's=Call to John Smith',
  'i=SDP Offer #1',
  'u=http://www.jdoe.example.com/home.html',
  'e=Jane Doe <jane@jdoe.example.com>',
  'p=+1 617 555-6011',
  'c=IN IP4 198.51.100.1',
  'b=AS:128',
  't=0 0',
  'a=recvonly',
  'm=audio 49170/2 RTP/AVP 0',
  'c=IN IP4 224.2.1.1/127/3',
  'b=TIAS:64000',
  'a=rtcp-fb:* nack pli',
  'm=video 51372 RTP/AVP 99',
  'a=rtpmap:99 h263-1998/90000',
  '',
].join('\r\n');

function withLine(line: string): string {
  return FULL.replace('a=recvonly', `a=recvonly\r\n${line}`);
}

describe('session description (RFC 8866)', () => {
  test('is written back line by line, with what we do not interpret', () => {
    const session = parseSessionDescription(FULL);

    expect(session && serializeSessionDescription(session)).toBe(FULL);
  });

  test('keeps ids of more than 64 bits as text (section 5.2)', () => {
    const id = '9'.repeat(32);
    const session = parseSessionDescription(FULL.replace('3724394400', id));

    expect(session?.origin.sessionId).toBe(id);
  });

  test.each([
    ['bare LF', FULL.replaceAll('\r\n', '\n')],
    ['no last line end', FULL.trimEnd()],
    ['empty lines at the end', `${FULL}\r\n\r\n`],
    ['spaces at a line end', FULL.replace('a=recvonly', 'a=recvonly  ')],
  ])('takes %s', (_what, text) => {
    const session = parseSessionDescription(text);

    expect(session && serializeSessionDescription(session)).toBe(FULL);
  });

  test('fills in a missing s= and t=', () => {
    const session = parseSessionDescription('v=0\no=- 1 1 IN IP4 192.0.2.1\n');

    expect(session).toMatchObject({ sessionName: '-', timing: ['0 0'], media: [] });
  });

  test.each([
    ['an empty text', ''],
    ['another version', FULL.replace('v=0', 'v=1')],
    ['v= not first', FULL.replace('v=0\r\n', '')],
    ['no origin', FULL.replace(/^o=.*\r\n/m, '')],
    ['an origin of too few fields', FULL.replace(' IN IP4 198.51.100.1\r\ns=', '\r\ns=')],
    ['an id that is no number', FULL.replace('3724394400', 'abc')],
    ['an id without end', FULL.replace('3724394400', '1'.repeat(33))],
    ['an unknown network type', FULL.replaceAll('IN IP4', 'ATM NSAP')],
    ['an unknown type letter', withLine('x=1')],
    ['a line that is none', withLine('hello')],
    ['an empty line inside', withLine('')],
    ['a NUL inside', withLine('a=x:\0')],
    ['a lone CR inside', withLine('a=x:\ry')],
    ['an attribute without a name', withLine('a=:x')],
    ['a port above 65535', FULL.replace('49170/2', '65536')],
    ['a port of many digits', FULL.replace('49170/2', '9'.repeat(400))],
    ['a negative port', FULL.replace('49170/2', '-1')],
    ['a port in hexadecimal', FULL.replace('49170/2', '0x10')],
    ['a media line without formats', FULL.replace('RTP/AVP 99', 'RTP/AVP')],
    ['too many formats', FULL.replace('RTP/AVP 99', `RTP/AVP${' 99'.repeat(65)}`)],
    ['too many media lines', FULL + 'm=audio 9 RTP/AVP 0\r\n'.repeat(15)],
    ['a text beyond 16 KiB', FULL + 'a=x\r\n'.repeat(3300)],
    ['a text that is only line ends', '\n'.repeat(16_000)],
  ])('is malformed with %s', (_what, text) => {
    expect(parseSessionDescription(text)).toBeUndefined();
  });

  test('never throws, and what it writes it reads again the same', () => {
    const line = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...FULL.split('\r\n').slice(2, -1)) },
      { weight: 1, arbitrary: fc.string({ maxLength: 40, unit: 'binary' }) },
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (rows) => {
        const session = parseSessionDescription(
          [...FULL.split('\r\n').slice(0, 2), ...rows].join('\r\n'),
        );
        if (session === undefined) return;
        const written = serializeSessionDescription(session);
        const again = parseSessionDescription(written);
        expect(again && serializeSessionDescription(again)).toBe(written);
      }),
      { seed: 8866, numRuns: 500 },
    );
  });
});
