import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/core/bytes.ts';
import { answerOffer } from '../../../src/sdp/offer-answer.ts';
import { isSameHost } from '../../../src/sip/ip-address.ts';
import { parseMessage } from '../../../src/sip/message/parse-message.ts';
import { parseSipUri } from '../../../src/sip/uri.ts';
import { parseVia, stampVia } from '../../../src/sip/via.ts';
import { CallFlow } from '../../support/sip/call-flow.ts';
import { srfMisreading } from '../../support/sip/srf-parser.ts';

const SOURCE = '2001:db8::9:255';

interface Lines {
  readonly method?: string;
  readonly uri?: string;
  readonly via?: string;
  readonly contact?: string;
  readonly from?: string;
  readonly body?: string;
}

/** Our own messages by the rules of the RFC: what counts is where the address and its brackets stand. */
function messageOf(lines: Lines = {}): string {
  const { method = 'REGISTER', uri = 'sip:[2001:db8::10]', body = '' } = lines;
  const { via = `SIP/2.0/UDP [${SOURCE}];branch=z9hG4bKas3-111`, from = 'sip:u@example.com' } =
    lines;
  const { contact = '<sip:caller@[2001:db8::1]>' } = lines;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: ${via}`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=81x2`,
    'To: <sip:user@example.com>',
    'Call-ID: SSG9559905523997077@hlau_4100',
    `CSeq: 98176 ${method}`,
    `Contact: ${contact}`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** What a server at an IPv4 address of the test network does with it: the phrase of its answer, or what it tells the application. */
function deliver(text: string): {
  readonly isPassedUp: boolean;
  readonly status: string | undefined;
} {
  const flow = new CallFlow();
  flow.bob.receiveText(text, SOURCE);
  const status = flow.network.trace.at(-1)?.split(' ')[2];
  return { isPassedUp: flow.bob.count('request') === 1, status };
}

function sdp(address: string, media = 'm=audio 6000 RTP/AVP 0'): string {
  return `v=0\r\no=- 1 1 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 ${address}\r\nt=0 0\r\n${media}\r\n`;
}

describe('RFC 5118: IPv6 torture messages', () => {
  test('4.1 a Request-URI with an IPv6 reference is valid', () => {
    expect(deliver(messageOf())).toMatchObject({ isPassedUp: true });
    expect(srfMisreading(utf8Bytes(messageOf()))).toBeUndefined();
  });

  test('4.2 without brackets it is malformed: 400', () => {
    expect(deliver(messageOf({ uri: 'sip:2001:db8::10' }))).toMatchObject({
      isPassedUp: false,
      status: '400',
    });
  });

  test('4.3 a port inside of the brackets does not exist; one behind them does', () => {
    expect(parseSipUri('sip:[2001:db8::10:5070]')).toMatchObject({ port: undefined });
    expect(parseSipUri('sip:[2001:db8::10:5070]')?.host).toBe('[2001:db8::10:5070]');
    expect(deliver(messageOf({ uri: 'sip:[2001:db8::10:5070]' }))).toMatchObject({
      isPassedUp: true,
    });
  });

  test('4.4 with the port behind the brackets it is unambiguous', () => {
    expect(parseSipUri('sip:[2001:db8::10]:5070')).toMatchObject({ port: 5_070 });
  });

  test('4.5 the received parameter is taken with and written without brackets', () => {
    const text = `SIP/2.0/UDP [${SOURCE}]:5060;received=[2001:db8::9:255];branch=z9hG4bKas3-111`;
    expect(parseVia(text)?.host).toBe(`[${SOURCE}]`);
    expect(deliver(messageOf({ via: text }))).toMatchObject({ isPassedUp: true });
    const stamped = stampVia(
      `SIP/2.0/UDP [::2];branch=z9hG4bK1`,
      { address: '::1', port: 1 },
      true,
    );
    expect(stamped).toContain(';received=::1');
  });

  test('4.6 an IPv6 address in SDP has no brackets, and brackets there are malformed', () => {
    const local = { address: '2001:db8::9', port: 4_000, sessionId: 1 };
    expect(answerOffer(sdp('2001:db8::20'), local)).toMatchObject({ ok: true });
    expect(answerOffer(sdp('[2001:db8::20]'), local).ok).toBe(false);
  });

  test('4.7 several addresses of one message may be of both families', () => {
    const via =
      'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2';
    const contact = '<sip:user@192.0.2.1>, <sip:user@[2001:db8::1]:5070>';
    expect(deliver(messageOf({ via, contact }))).toMatchObject({ isPassedUp: true });
  });

  test('4.8 a session description may have lines of both families', () => {
    const second = 'm=audio 6000 RTP/AVP 0\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP4 192.0.2.1';
    const body = sdp('2001:db8::20', second);
    expect(answerOffer(body, { address: '2001:db8::9', port: 4_000, sessionId: 1 }).ok).toBe(true);
    expect(deliver(messageOf({ method: 'INVITE', body }))).toMatchObject({ isPassedUp: true });
  });

  test('4.9 IPv4-mapped addresses are taken, in SDP too', () => {
    const contact = '<sip:user@[::ffff:192.0.2.10]:5060>';
    expect(deliver(messageOf({ contact }))).toMatchObject({ isPassedUp: true });
    expect(isSameHost('[::ffff:192.0.2.10]', '192.0.2.10')).toBe(true);
    const body = sdp('::ffff:192.0.2.10');
    expect(answerOffer(body, { address: '192.0.2.9', port: 4_000, sessionId: 1 }).ok).toBe(true);
  });

  test.each(['[::]', '[2001:db8:::192.0.2.1]', '[2001:db8::10', '[g::1]'])(
    '4.10 an extra colon or a broken reference such as %s makes nothing throw',
    (host) => {
      const parsed = parseMessage(utf8Bytes(messageOf({ uri: `sip:${host}` })));
      expect(['request', 'malformed']).toContain(parsed.type);
      if (parsed.type === 'request') {
        expect(srfMisreading(utf8Bytes(messageOf({ uri: `sip:${host}` })))).toBeUndefined();
      }
    },
  );
});
