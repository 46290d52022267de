import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../../src/core/bytes.ts';
import { monotonicMs } from '../../../../src/core/time.ts';
import { parseMessage } from '../../../../src/sip/message/parse-message.ts';
import { MESSAGE_LIMITS } from '../../../../src/sip/message/sip-message.ts';
import { DEFAULT_TIMERS } from '../../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../../src/sip/user-agent.ts';

const SOURCE = { transport: 'udp', host: '192.0.2.9', port: 5_060, connection: undefined } as const;
const LINES: readonly (readonly [string, string])[] = [
  ['Via', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKone'],
  ['Max-Forwards', '70'],
  ['From', '<sip:a@192.0.2.9>;tag=f'],
  ['To', '<sip:b@192.0.2.100>'],
  ['Call-ID', 'call'],
  ['CSeq', '1 INVITE'],
  ['Contact', '<sip:a@192.0.2.9>'],
  ['Expires', '60'],
  ['Content-Length', '0'],
];

function write(lines: readonly (readonly [string, string])[], uri = 'sip:b@192.0.2.100'): string {
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `INVITE ${uri} SIP/2.0\r\n${head}\r\n`;
}

function replaced(name: string, value: string): string {
  return write(LINES.map((line) => (line[0] === name ? [name, value] : line)));
}

/** What a fresh user agent says to a message: the first status, or `silence`. */
function answerTo(text: string): string {
  let serial = 0;
  const ua = new UserAgent({
    addresses: ['192.0.2.100'],
    port: 5_060,
    timers: DEFAULT_TIMERS,
    createId: () => `id${++serial}`,
    createToken: () => `${++serial}`.padStart(24, 'a'),
    maxServerTransactions: 10,
  });
  const say = (bytes: Uint8Array) =>
    ua.handleInput({ type: 'received', bytes, source: SOURCE }, monotonicMs(0));
  say(utf8Bytes(text));
  const answers: string[] = [];
  for (let output = ua.pollOutput(); output; output = ua.pollOutput()) {
    if (output.type === 'send') answers.push(String.fromCharCode(...output.bytes.subarray(8, 11)));
  }
  // The next good call works.
  say(utf8Bytes(replaced('Call-ID', 'next').replace('z9hG4bKone', 'z9hG4bKnext')));
  const [next] = [ua.pollOutput()];
  expect(next?.type === 'send' && String.fromCharCode(...next.bytes.subarray(8, 11))).toBe('100');
  return answers[0] ?? 'silence';
}

const NUMBERS = ['-1', '0', '2147483648', '4294967296', '9223372036854775808', '9'.repeat(30)];

describe('numbers at the edge of their range', () => {
  const accepted: Readonly<Record<string, readonly string[]>> = {
    'Max-Forwards': ['0'],
    Expires: ['0', '2147483648'],
    'Content-Length': ['0'],
    CSeq: ['0', '2147483648'],
  };

  test.each(
    Object.keys(accepted).flatMap((name) => NUMBERS.map((value) => [name, value] as const)),
  )('%s: %s', (name, value) => {
    const text = replaced(name, name === 'CSeq' ? `${value} INVITE` : value);
    const status = answerTo(text);
    const isFine = (accepted[name] ?? []).includes(value);
    if (name === 'CSeq' && value === '2147483648') expect(['100', '400']).toContain(status);
    else expect(status).toBe(isFine ? '100' : '400');
  });
});

describe('how many values a list may have', () => {
  const VALUES: Readonly<Record<string, string>> = {
    Via: 'SIP/2.0/UDP h;branch=z9hG4bKx',
    Route: '<sip:h;lr>',
    'Record-Route': '<sip:h;lr>',
    Contact: '<sip:a@h>',
  };

  test.each(
    Object.keys(VALUES).flatMap((name) =>
      [1, 63, 64, 65, 1_000].flatMap((count) => [
        [name, count, 'on lines of their own'] as const,
        [name, count, 'on one line'] as const,
      ]),
    ),
  )('%s: %i %s', (name, count, way) => {
    const values = Array.from({ length: count }, () => VALUES[name] ?? '');
    const added: (readonly [string, string])[] =
      way === 'on one line' ? [[name, values.join(', ')]] : values.map((value) => [name, value]);
    const parsed = parseMessage(utf8Bytes(write([...LINES, ...added])));
    expect(parsed.type).toBe(count < MESSAGE_LIMITS.listValues ? 'request' : 'malformed');
    answerTo(write([...LINES, ...added]));
  });
});

describe('how long a thing may be', () => {
  const LENGTHS = [255, 256, 1_023, 4_096, 65_000];
  const PLACES: Readonly<Record<string, (long: string) => string>> = {
    'Request-URI': (long) => write(LINES, `sip:${long}@192.0.2.100`),
    method: (long) => write(LINES).replace('INVITE', long),
    'Call-ID': (long) => replaced('Call-ID', long),
    'From tag': (long) => replaced('From', `<sip:a@b>;tag=${long}`),
    'CSeq method': (long) => replaced('CSeq', `1 ${long}`),
    branch: (long) => replaced('Via', `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${long}`),
    'header name': (long) => write([...LINES, [long, 'x']]),
    'display name': (long) => replaced('From', `"${long}" <sip:a@b>;tag=f`),
  };

  test.each(
    Object.keys(PLACES).flatMap((place) => LENGTHS.map((length) => [place, length] as const)),
  )('%s of %i octets', (place, length) => {
    expect(['100', '400', '414', '501', 'silence']).toContain(
      answerTo(PLACES[place]?.('x'.repeat(length)) ?? ''),
    );
  });

  test('a Request-URI that is too long is said to be (RFC 3261 21.4.15)', () => {
    const text = PLACES['Request-URI']?.('x'.repeat(MESSAGE_LIMITS.startLineOctets)) ?? '';
    expect(parseMessage(utf8Bytes(text))).toMatchObject({ statusCode: 414 });
  });
});

test.each([
  ['lines', MESSAGE_LIMITS.headerLines, 'request'],
  ['lines', MESSAGE_LIMITS.headerLines + 1, 'malformed'],
])('a head of %s: %i: %s', (_what, count, type) => {
  const more = Array.from({ length: count - LINES.length }, (_, at) => [`X-${at}`, 'x'] as const);
  expect(parseMessage(utf8Bytes(write([...LINES, ...more]))).type).toBe(type);
});

test('parameters without end are no value', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => `;p${at}=1`).join('');
  expect(answerTo(replaced('From', `<sip:a@b>;tag=f${many}`))).toBe('400');
});

describe('each octet before the colon (header smuggling)', () => {
  test.each(Array.from({ length: 256 }, (_, octet) => octet))('%i', (octet) => {
    const text = write([...LINES, ['X-Trusted', 'yes']]);
    const bytes = utf8Bytes(text.replace('X-Trusted:', 'X-Trusted_:'));
    const at = text.indexOf('X-Trusted:') + 'X-Trusted'.length;
    bytes[at] = octet;
    const parsed = parseMessage(bytes);
    if (parsed.type !== 'request') return;
    // Either another name or exactly this one: nothing in between that one part takes for it and another does not.
    const names = [...parsed.headers].map(({ key }) => key);
    const isSpace = octet === 32 || octet === 9;
    expect(names.includes('x-trusted')).toBe(isSpace || octet === 58);
    for (const name of names) expect(name).toMatch(/^[-.!%*_+`'~a-z0-9]+$/);
  });
});

describe('each header dropped, doubled and emptied', () => {
  const CASES = LINES.flatMap(([name]) => [
    [name, 'dropped', write(LINES.filter((line) => line[0] !== name))] as const,
    [
      name,
      'doubled',
      write(LINES.flatMap((line) => (line[0] === name ? [line, line] : [line]))),
    ] as const,
    [name, 'emptied', replaced(name, '')] as const,
  ]);

  test.each(CASES)('%s %s', (_name, _how, text) => {
    expect(['100', '400', 'silence']).toContain(answerTo(text));
  });
});
