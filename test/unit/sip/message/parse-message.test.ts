import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../../src/core/bytes.ts';
import { monotonicMs } from '../../../../src/core/time.ts';
import { parseMessage } from '../../../../src/sip/message/parse-message.ts';
import { serializeMessage } from '../../../../src/sip/message/serialize-message.ts';
import { DEFAULT_TIMERS } from '../../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../../src/sip/user-agent.ts';

const LINES = [
  'INVITE sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa',
  'Max-Forwards: 70',
  'From: "A" <sip:a@example.com>;tag=1',
  'To: <sip:bob@example.com>',
  'Call-ID: c@example.com',
  'CSeq: 1 INVITE',
  'Contact: <sip:a@192.0.2.1>',
  'Content-Length: 4',
];

function message(edit: (lines: string[]) => void = () => undefined, body = 'v=0\n'): Uint8Array {
  const lines = [...LINES];
  edit(lines);
  return utf8Bytes(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function replaced(name: string, ...values: readonly string[]): Uint8Array {
  return message((lines) => {
    const at = lines.findIndex((line) => line.startsWith(`${name}:`));
    lines.splice(at, 1, ...values.map((value) => `${name}: ${value}`));
  });
}

describe('parseMessage', () => {
  test('keeps of a datagram no more than its body, however it was read', () => {
    const parsed = parseMessage(Buffer.from(message()));

    expect(parsed).toMatchObject({ body: { byteLength: 4, buffer: { byteLength: 4 } } });
  });

  test('reads a request with its body as bytes (RFC 3261 7)', () => {
    const parsed = parseMessage(message());

    expect(parsed).toMatchObject({ type: 'request', method: 'INVITE', uri: 'sip:bob@example.com' });
    expect(parsed.type === 'request' && bytesToByteString(parsed.body)).toBe('v=0\n');
  });

  test('reads compact names, folded lines and lists (RFC 3261 7.3)', () => {
    const parsed = parseMessage(
      message((lines) => {
        lines[1] = 'v: SIP/2.0/UDP a;branch=z9hG4bKa,\r\n\tSIP/2.0/TCP b;branch=z9hG4bKb';
        lines.push('k: 100rel,  "a,b" , timer');
      }),
    );

    expect([...parsed.headers].length).toBe(LINES.length);
    expect(parsed.headers.values('via')).toEqual([
      'SIP/2.0/UDP a;branch=z9hG4bKa',
      'SIP/2.0/TCP b;branch=z9hG4bKb',
    ]);
    expect(parsed.headers.values('supported')).toEqual(['100rel', '"a,b"', 'timer']);
  });

  test('ignores line breaks before and octets behind the message (RFC 3261 7.5, 18.3)', () => {
    const bytes = utf8Bytes(`\r\n\r\n${bytesToByteString(message())}noise`);
    const parsed = parseMessage(bytes);

    expect(parsed.type === 'request' && bytesToByteString(parsed.body)).toBe('v=0\n');
  });

  test('takes the rest of the datagram without Content-Length (RFC 3261 18.3)', () => {
    const parsed = parseMessage(message((lines) => lines.pop(), 'all of it'));

    expect(parsed.type === 'request' && bytesToByteString(parsed.body)).toBe('all of it');
  });

  test.each([
    ['Content-Length', ['-1']],
    ['Content-Length', ['99999999999999999999999999999999']],
    ['Content-Length', ['4', '4']],
    ['Content-Length', ['5']],
    ['CSeq', ['4294967296 INVITE']],
    ['CSeq', ['1 BYE']],
    ['CSeq', ['INVITE']],
    ['Call-ID', ['a', 'b']],
    ['Call-ID', []],
    ['Call-ID', ['']],
    ['Call-ID', ['a|b']],
    ['Call-ID', ['a b']],
    ['From', ['<sip:a@b>;tag="x|y"']],
    ['Via', ['SIP/2.0/UDP h:0;branch=z9hG4bKa']],
    ['From', ['"A <sip:a@b>;tag=1']],
    ['From', ['Bell, A <sip:a@b>;tag=1']],
    ['From', ['']],
    ['To', ['<sip:a@b']],
    ['Via', ['SIP/2.0/UDP a;;']],
    ['Via', ['nonsense']],
    ['Max-Forwards', ['256']],
    ['Max-Forwards', ['-1']],
    ['Contact', ['<sip:a@b>;;']],
    ['Contact', ['*']],
  ])('refuses %s %j with 400', (name, values) => {
    expect(parseMessage(replaced(name, ...values))).toMatchObject({
      type: 'malformed',
      of: 'request',
      statusCode: 400,
    });
  });

  test.each([
    ['INVITE  sip:a@b SIP/2.0', 400],
    ['INVITE <sip:a@b> SIP/2.0', 400],
    ['INVITE sip:a@b; lr SIP/2.0', 400],
    ['INVITE sip: SIP/2.0', 400],
    ['INVITE sip:a@b:99999 SIP/2.0', 400],
    ['INVITE nonsense SIP/2.0', 400],
    ['INVITE sip:a@b SIP/3.0', 505],
  ])('refuses the request line %j with %i', (line, statusCode) => {
    const parsed = parseMessage(
      message((lines) => {
        lines[0] = line;
      }),
    );

    expect(parsed).toMatchObject({ type: 'malformed', statusCode });
  });

  test.each(['SIP/2.0 4294967301 x', 'SIP/2.0 99 x', 'SIP/2.0 700 x', 'SIP/2.0', 'SIP/2.0 abc'])(
    'drops the status line %j',
    (line) => {
      const parsed = parseMessage(
        message((lines) => {
          lines[0] = line;
        }),
      );

      expect(parsed).toMatchObject({ type: 'malformed', of: 'response' });
    },
  );

  test('refuses REGISTER with Contact * unless it removes everything (RFC 3261 10.2.2)', () => {
    const register = (expires: string) =>
      parseMessage(
        message((lines) => {
          lines[0] = 'REGISTER sip:example.com SIP/2.0';
          lines[6] = 'CSeq: 1 REGISTER';
          lines[7] = `Contact: *\r\nExpires: ${expires}`;
        }),
      ).type;

    expect(register('0')).toBe('request');
    expect(register('60')).toBe('malformed');
  });

  test.each([1, 63, 64, 65, 1_000])('reads %i values of a repeatable header', (count) => {
    const parsed = parseMessage(
      message((lines) => lines.push(...Array(count).fill('Accept: a/b'))),
    );

    expect(parsed.headers.values('accept').length).toBe(count);
  });

  test.each([255, 256, 1_023, 4_096, 16_000])('reads tokens of %i octets', (length) => {
    const long = 'x'.repeat(length);

    expect(parseMessage(replaced('Call-ID', long)).type).toBe('request');
    expect(parseMessage(replaced('From', `<sip:a@b>;tag=${long}`)).type).toBe('request');
  });

  test('refuses a message beyond 64 KB with 513', () => {
    expect(parseMessage(replaced('Call-ID', 'x'.repeat(70_000)))).toMatchObject({
      statusCode: 513,
    });
  });

  test.each(Array.from({ length: 256 }, (_, byte) => byte))(
    'octet %i before the colon never makes another header of it',
    (byte) => {
      const parsed = parseMessage(
        message((lines) => lines.push(`X-A${String.fromCharCode(byte)}: 1`)),
      );

      if (parsed.type === 'malformed') return;
      const last = [...parsed.headers].at(-1);
      expect(last?.name).toMatch(/^X-A|^1$|^Content-Length$/);
      expect(parsed.headers.first('content-length')).toBe('4');
    },
  );

  test('keeps every octet of a value, also those that look like white space', () => {
    const subject = parseMessage(message((lines) => lines.push('Subject: voilà')));

    expect(subject.headers.first('subject')).toBe('voil\u00c3\u00a0');
  });

  test('gives back the same bytes for what it read', () => {
    const parsed = parseMessage(message());

    expect(parsed.type === 'request' && serializeMessage(parsed)).toEqual(message());
  });
});

describe('hostile bytes', () => {
  const mutation = fc.record({
    at: fc.nat(2_000),
    remove: fc.nat(12),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc
        .constantFrom('\r\n', '\r\n ', '"', '<', '>', ';', ',', ':', '=', '\0', '%00', '-1')
        .map(utf8Bytes),
    ),
  });

  function mutate(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
    const from = at % (bytes.length + 1);
    return new Uint8Array([
      ...bytes.subarray(0, from),
      ...insert,
      ...bytes.subarray(from + remove),
    ]);
  }

  test('never make the parser or the user agent throw, and leave it able to answer', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (mutations, asResponse) => {
          const valid = message((lines) => {
            if (asResponse) lines[0] = 'SIP/2.0 200 OK';
          });
          const bytes = mutations.reduce(
            (before, { at, remove, insert }) => mutate(before, at, remove, insert),
            valid,
          );
          let serial = 0;
          const userAgent = new UserAgent({
            addresses: ['192.0.2.9'],
            port: 5_060,
            timers: DEFAULT_TIMERS,
            createId: () => `${++serial}`,
            createToken: () => `${++serial}`,
            maxServerTransactions: 10,
          });
          const source = {
            transport: 'udp',
            host: '192.0.2.1',
            port: 9,
            connection: undefined,
          } as const;
          const now = monotonicMs(0);
          userAgent.handleInput({ type: 'received', bytes, source }, now);
          userAgent.handleInput({ type: 'received', bytes: valid, source }, now);
          for (let output = userAgent.pollOutput(); output; output = userAgent.pollOutput()) {
            if (output.type !== 'send') continue;
            expect(output.to.host).toBe('192.0.2.1');
            expect(bytesToByteString(output.bytes)).toMatch(/^SIP\/2\.0 [1-6]/);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe('what other readers of a message would see differently is malformed', () => {
  test.each([
    'sip:a\nb@example.com',
    'sip:a\u000bb@example.com',
    'sip:a\u00a0b@example.com',
    'sip:\u00fc@example.com',
  ])('Request-URI %j (RFC 3261 25.1)', (uri) => {
    const parsed = parseMessage(message((lines) => lines.splice(0, 1, `INVITE ${uri} SIP/2.0`)));

    expect(parsed).toMatchObject({ type: 'malformed', statusCode: 400 });
  });

  test.each([
    ['From', '<sip:a@b>;tag=a:b'],
    ['From', '<sip:a@b>;x=[::1];tag=a'],
    ['From', '<sip:a@b>;x=;tag=a'],
    ['From', '"A" <sip:a@b>;tag=a" <sip:a@b>;tag=b'],
    ['From', 'sip:a\u2028b@c;tag=a'],
    ['To', '<sip:a@b>;tag=""'],
    ['To', 'sip:a@b;tag=<x>'],
    ['Call-ID', '\u000bx'],
    ['Call-ID', '\u00a0x'],
    ['Contact', '<sip:a@192.0.2.1:x>'],
    ['Contact', '<sip:a@>'],
    ['Via', 'SIP/2.0/UDP \f;branch=z9hG4bKa'],
    ['Via', 'SIP/2.0/UDP a;branch=z9hG4bKa, b'],
  ])('%s: %j', (name, value) => {
    expect(parseMessage(replaced(name, value))).toMatchObject({
      type: 'malformed',
      statusCode: 400,
    });
  });

  test.each([
    ['From', '"A;tag=x <y>" <sip:a@b;x=y>; y="a;tag=b" ;tag = a'],
    ['To', 'sip:a@b ; tag=a'],
    ['To', '<sip:a@b>;tag'],
    ['Contact', '<tel:+1555>'],
    ['Via', 'sip / 2.0 / UDP a_b.example ; branch=z9hG4bKa , SIP/2.0/TCP [::1]:5;branch=x'],
  ])('but not %s: %j', (name, value) => {
    expect(parseMessage(replaced(name, value))).toMatchObject({ type: 'request' });
  });
});
