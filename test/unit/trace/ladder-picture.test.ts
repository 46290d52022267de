import { expect, test } from 'vitest';
import { describeLadder } from '../../../src/trace/describe-ladder.ts';
import type { Ladder, LadderMessage } from '../../../src/trace/ladder.ts';
import { type LadderPictureOptions, ladderPicture } from '../../../src/trace/ladder-picture.ts';
import { AT_US, sip } from '../../support/trace/messages.ts';

const LOCAL = { host: '192.0.2.1', port: 5060 };
const CALLER = { host: '203.0.113.7', port: 5070 };
const GATEWAY = { host: '2001:db8::9', port: 5060 };
const SDP = 'v=0\r\n';

interface Told {
  readonly ms: number;
  readonly way: 'in' | 'out';
  readonly line: string;
  readonly cseq: string;
  readonly far?: typeof CALLER;
  readonly callId?: string;
  readonly more?: readonly string[];
  readonly body?: string;
}

function message({
  ms,
  way,
  line,
  cseq,
  far = CALLER,
  callId = 'a@x',
  more = [],
  body,
}: Told): LadderMessage {
  const type = body === undefined ? [] : ['Content-Type: application/sdp'];
  return {
    atUs: AT_US + ms * 1_000,
    direction: way,
    transport: 'udp',
    local: LOCAL,
    remote: far,
    text: sip(line, [`Call-ID: ${callId}`, `CSeq: ${cseq}`, ...more, ...type], body),
  };
}

function picture(
  messages: readonly LadderMessage[],
  options: Partial<LadderPictureOptions> = {},
): string {
  const ladder: Ladder = { messages, omitted: 0, omittedAfter: 0 };
  return ladderPicture(describeLadder(ladder), {
    title: ['Call 1'],
    withMessages: false,
    ...ladder,
    ...options,
  });
}

const INVITE: Told = {
  ms: 0,
  way: 'in',
  line: 'INVITE sip:demo@192.0.2.1 SIP/2.0',
  cseq: '1 INVITE',
  body: SDP,
};

test('a call: ends as lines, messages as arrows, repeated ones marked', () => {
  const drawn = picture([
    message(INVITE),
    message({ ms: 0.4, way: 'out', line: 'SIP/2.0 100 Trying', cseq: '1 INVITE' }),
    message({ ...INVITE, ms: 500 }),
    message({ ms: 2_000, way: 'out', line: 'SIP/2.0 200 OK', cseq: '1 INVITE', body: SDP }),
    message({ ms: 2_010, way: 'in', line: 'ACK sip:x SIP/2.0', cseq: '1 ACK' }),
  ]);

  expect(drawn).toMatchInlineSnapshot(`
    "Call 1

                                                                     Trunkline
    time (UTC)            ms  203.0.113.7:5070                    192.0.2.1:5060
                                      │                                  │
    03:04:05.000        +0.0          │── INVITE (SDP)  CSeq 1 ─────────▶│  udp
    03:04:05.000        +0.4          │◀── 100 Trying  CSeq 1 INVITE ────│  udp
    03:04:05.500      +499.6          │── INVITE (SDP)  CSeq 1 ─────────▶│  udp retransmission
    03:04:07.000       +1500          │◀── 200 OK (SDP)  CSeq 1 INVITE ──│  udp
    03:04:07.010       +10.0          │── ACK  CSeq 1 ──────────────────▶│  udp

    Call-ID: a@x
    "
  `);
});

test('legs have numbers, gateways that failed have lines, Identity is shown whole', () => {
  const identity =
    'Identity: eyJhbGciOiJFUzI1NiJ9.e30.c2ln;info=<https://c.example/a.pem>;alg=ES256';
  const drawn = picture([
    message({ ...INVITE, way: 'out', more: [identity] }),
    message({ ms: 9, way: 'in', line: 'SIP/2.0 503 Service Unavailable', cseq: '1 INVITE' }),
    message({ ...INVITE, ms: 20, way: 'out', far: GATEWAY, callId: 'b@x' }),
    message({
      ms: 30,
      way: 'in',
      line: 'SIP/2.0 302 Moved',
      cseq: '1 INVITE',
      far: GATEWAY,
      callId: 'b@x',
    }),
  ]);

  expect(drawn).toMatchInlineSnapshot(`
    "Call 1

                                 Trunkline
    time (UTC)            ms  192.0.2.1:5060                               203.0.113.7:5070                             [2001:db8::9]:5060
                                     │                                             │                                             │
    03:04:05.000        +0.0         │── INVITE (SDP)  CSeq 1 ────────────────────▶│                                             │  udp [1] Identity
    03:04:05.009        +9.0         │◀── 503 Service Unavailable  CSeq 1 INVITE ──│                                             │  udp [1]
    03:04:05.020       +11.0         │── INVITE (SDP)  CSeq 1 ─────────────────────┼────────────────────────────────────────────▶│  udp [2]
    03:04:05.030       +10.0         │◀── 302 Moved  CSeq 1 INVITE ────────────────┼─────────────────────────────────────────────│  udp [2]

    [1] Call-ID: a@x
    [2] Call-ID: b@x
    Identity: eyJhbGciOiJFUzI1NiJ9.e30.c2ln;info=<https://c.example/a.pem>;alg=ES256
    "
  `);
});

test('what was left out is said where it is missing', () => {
  const drawn = picture(
    [message(INVITE), message({ ms: 60_000, way: 'in', line: 'BYE sip:x SIP/2.0', cseq: '9 BYE' })],
    { omitted: 37, omittedAfter: 1 },
  );

  expect(drawn.split('\n')[6]).toContain('┊ 37 messages were left out');
});

test('a call without messages is its title only', () => {
  expect(picture([], { title: ['Call 1', 'nothing is kept'] })).toBe('Call 1\nnothing is kept\n\n');
});

test('messages whole follow with their way', () => {
  const drawn = picture([message(INVITE)], { withMessages: true });

  expect(drawn).toContain(
    '1. 2026-01-02T03:04:05.000000Z  udp 203.0.113.7:5070 -> 192.0.2.1:5060\n\nINVITE sip:demo',
  );
});

test('more far ends than columns share the last one', () => {
  const messages = Array.from({ length: 20 }, (_, at) =>
    message({ ...INVITE, far: { host: `198.51.100.${at}`, port: 5060 } }),
  );
  const widths = picture(messages)
    .split('\n')
    .map((line) => line.length);

  expect(Math.max(...widths)).toBeLessThan(450);
});

test('nothing that a terminal obeys comes out of a message', () => {
  const evil = '\u001b[2J\u0007\u009b31m\u202e';
  const drawn = picture(
    [
      message({
        ...INVITE,
        line: `INVITE sip:${evil} SIP/2.0`,
        callId: evil,
        cseq: `${evil} X`,
        more: [`X: ${evil}`],
      }),
    ],
    { withMessages: true },
  );

  expect(drawn).not.toMatch(/[^\P{C}\n]/u);
});

test('colours are asked for by the meaning of a message', () => {
  const styles: string[] = [];
  const paint = (style: string, text: string) => {
    if (text.includes('──')) styles.push(style);
    return text;
  };
  const lines = ['SIP/2.0 180 R', 'SIP/2.0 200 O', 'SIP/2.0 302 M', 'SIP/2.0 486 B'];
  picture(
    [
      message(INVITE),
      message(INVITE),
      ...lines.map((line) => message({ ms: 1, way: 'out', line, cseq: '1 INVITE' })),
    ],
    { paint },
  );

  expect(styles).toEqual(['request', 'dim', 'provisional', 'success', 'redirect', 'failure']);
});
