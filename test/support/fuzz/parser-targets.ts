import { byteStringToBytes } from '../../../src/core/bytes.ts';
import { parseApplicationMessage } from '../../../src/drachtio/application-message.ts';
import {
  encodeFrame,
  FrameDecoder,
  parseClientMessage,
} from '../../../src/drachtio/frame-codec.ts';
import { parseProxyCommand } from '../../../src/drachtio/proxy-command.ts';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../../src/sdp/parse-session-description.ts';
import { parseChallenges } from '../../../src/signaling/digest-challenge.ts';
import { parseReplaces } from '../../../src/signaling/replaces.ts';
import { parseSipfrag } from '../../../src/signaling/sipfrag.ts';
import { connectionAlias } from '../../../src/sip/connection-alias.ts';
import { parseCSeq } from '../../../src/sip/cseq.ts';
import { eventOf } from '../../../src/sip/event-header.ts';
import { parseIpAddress } from '../../../src/sip/ip-address.ts';
import type { DnsRecords } from '../../../src/sip/locate/dns-record.ts';
import { Locator } from '../../../src/sip/locate/locator.ts';
import { Headers } from '../../../src/sip/message/headers.ts';
import { parseHeaderLines } from '../../../src/sip/message/parse-headers.ts';
import { parseMessage } from '../../../src/sip/message/parse-message.ts';
import { serializeMessage } from '../../../src/sip/message/serialize-message.ts';
import type { SipRequest } from '../../../src/sip/message/sip-message.ts';
import { type Framed, StreamFramer } from '../../../src/sip/message/stream-framer.ts';
import { parseNameAddr } from '../../../src/sip/name-addr.ts';
import { parseRAck, parseRSeq } from '../../../src/sip/rack.ts';
import { parseMinSe, parseSessionExpires } from '../../../src/sip/session-expires.ts';
import { stunResponse } from '../../../src/sip/stun.ts';
import { targetOf } from '../../../src/sip/target.ts';
import { parseSipUri } from '../../../src/sip/uri.ts';
import { parseVia, stampVia } from '../../../src/sip/via.ts';
import type { SeededRandom } from '../random/seeded-random.ts';

/** One piece of code that takes hostile text. Throws when it does what it must not. */
export interface FuzzTarget {
  readonly name: string;
  /** Byte strings to start from. */
  readonly seeds: readonly string[];
  readonly run: (text: string, random: SeededRandom) => void;
  /** Damage that knows the grammar; left out, that of every target. */
  readonly mutate?: (seed: string, random: SeededRandom) => string;
}

const LOCAL = { address: '192.0.2.9', port: 4_000, sessionId: 1 } as const;

/** The parsers, each by itself. */
export function parserTargets(messages: readonly string[]): readonly FuzzTarget[] {
  return [
    { name: 'message', seeds: messages, run: runMessage },
    { name: 'stream', seeds: messages, run: runStream },
    { name: 'headers', seeds: HEADER_SEEDS, run: runHeaders },
    { name: 'values', seeds: VALUE_SEEDS, run: runValues },
    { name: 'sdp', seeds: SDP_SEEDS, run: runSdp },
    { name: 'frames', seeds: FRAME_SEEDS, run: runFrames },
    { name: 'dns', seeds: VALUE_SEEDS, run: runDns },
  ];
}

const HEADER_SEEDS = [
  'Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: "x" <sip:a@b>;tag=1\r\nSubject: a\r\n b',
  'Authorization: Digest username="b", realm="r", nonce="n", uri="sip:x", response="0"',
] as const;

const VALUE_SEEDS = [
  'SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-1;received=1.2.3.4',
  'SIP / 2.0 / TCP [2001:db8::1]:5060 ;branch=x',
  '"A \\" B" <sip:a:b@c.example:5070;transport=tcp;lr?subject=x>;tag=1;x="y;z"',
  'sip:a@b;tag=c',
  'tel:+1-555-0001;phone-context=x',
  'sips:%61@[::1]:5061;maddr=1.2.3.4',
  '1 1 INVITE',
  '4294967295 OPTIONS',
  '1800;refresher=uac',
  'presence;id=7',
  'Digest realm="r, s", nonce="n", algorithm=MD5, qop="auth,auth-int", stale=true',
  'c@d;to-tag=1;from-tag=2;early-only',
  'SIP/2.0 200 OK\r\nX: y',
  '2001:db8::192.0.2.1',
  '::ffff:1.2.3.4',
  'a.example',
] as const;

const SDP_SEEDS = [
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n',
  'v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:111 opus/48000/2\r\na=mid:0\r\na=rtcp-mux\r\nm=video 9 RTP/AVP 96\r\n',
] as const;

const FRAME_SEEDS = [
  '1|authenticate|secret|tag',
  '2|route|invite',
  '3|sip|id1||\r\nSIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n',
  '4|sip|||sip:a@192.0.2.1\r\nINVITE sip:a@192.0.2.1 SIP/2.0\r\nFrom: <sip:x@localhost>\r\n\r\n',
  '5|proxy|id1|remainInDialog|fullResponse|followRedirects|simultaneous|2s|10s|sip:a@192.0.2.1|sip:b@192.0.2.1\r\nX-A: b\r\n',
  '6|ping',
] as const;

function runMessage(text: string): void {
  const bytes = byteStringToBytes(text);
  connectionAlias(bytes);
  stunResponse(bytes, { host: '192.0.2.1', port: 1 });
  const message = parseMessage(bytes);
  if (message.type === 'malformed') return;
  const again = parseMessage(serializeMessage(message));
  if (again.type !== message.type) throw new Error('what was read is not read again');
}

/** However the stream is split, the same comes out. */
function runStream(text: string, random: SeededRandom): void {
  const bytes = byteStringToBytes(text + text);
  const whole = new StreamFramer().push(bytes).map(described);
  const framer = new StreamFramer();
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(random.oneIn(2) ? 400 : 4_000);
    parts.push(...framer.push(bytes.slice(at, end)).map(described));
    at = end;
  }
  if (parts.join() !== whole.join()) throw new Error('splitting the stream changes the messages');
}

function described(framed: Framed): string {
  return framed.type === 'message' ? `message ${framed.bytes.length}` : framed.type;
}

function runHeaders(text: string): void {
  const headers = new Headers(parseHeaderLines(text).headers);
  for (const key of new Set([...headers].map((line) => line.key))) headers.values(key);
}

function runValues(text: string): void {
  const via = parseVia(text);
  if (via !== undefined) stampVia(text, { address: '192.0.2.1', port: 1 }, true);
  parseNameAddr(text);
  parseSipUri(text);
  targetOf(text);
  parseRAck(text);
  parseRSeq(text);
  parseCSeq(text);
  parseSessionExpires(text);
  parseMinSe(text);
  parseIpAddress(text);
  parseChallenges(text);
  parseReplaces(text);
  parseSipfrag(text);
  eventOf(eventRequest(text));
}

function eventRequest(value: string): SipRequest {
  const headers = Headers.of(['Event', value]);
  return { type: 'request', method: 'NOTIFY', uri: 'sip:a', headers, body: new Uint8Array() };
}

function runSdp(text: string): void {
  parseSessionDescription(text);
  answerOffer(text, LOCAL);
  acceptAnswer(createOffer(LOCAL), text);
}

/** The frame codec gives back what it was given, however it is split; what is in a frame may be anything. */
function runFrames(text: string, random: SeededRandom): void {
  const raw = byteStringToBytes(text);
  new FrameDecoder().push(raw);
  const decoder = new FrameDecoder();
  const frame = encodeFrame(text);
  const cut = random.below(frame.length + 1);
  const frames = [...decoder.push(frame.slice(0, cut)), ...decoder.push(frame.slice(cut))];
  const isTooLong = text.length > 99_999;
  if (!isTooLong && text !== '' && frames[0] !== text) throw new Error('a frame came out changed');
  const message = parseClientMessage(text);
  if (message === undefined) return;
  parseProxyCommand(message, 'h:1');
  parseApplicationMessage(message.payload ?? '');
}

/** DNS answers whatever it likes; the search ends all the same, with bounded results. */
function runDns(text: string, random: SeededRandom): void {
  const target = { host: 'a.example', port: undefined, transport: undefined, isSecure: false };
  const families = ['A', 'AAAA'] as const;
  const locator = new Locator(target, {
    transports: ['udp', 'tcp', 'tls'],
    families,
    random: () => random.below(1_000) / 1_000,
  });
  for (let steps = 0; steps < 1_000; steps++) {
    const output = locator.pollOutput();
    if (output === undefined) throw new Error('the search stopped without an end');
    if (output.type !== 'query') return;
    const { query } = output;
    if (random.oneIn(6)) locator.handleInput({ type: 'failure', query });
    else
      locator.handleInput({ type: 'answer', query, answer: dnsAnswer(query.type, text, random) });
  }
  throw new Error('the search does not end');
}

function dnsAnswer(type: DnsRecords['type'], text: string, random: SeededRandom): DnsRecords {
  const count = random.oneIn(10) ? 100 : random.below(4);
  const list = <Item>(item: (index: number) => Item): Item[] =>
    Array.from({ length: count }, (_, index) => item(index));
  const number = () => (random.oneIn(3) ? Number.NaN : random.below(70_000) - 1);
  if (type === 'SRV') {
    const target = (index: number) => (random.oneIn(2) ? text : `h${index}.example`);
    const record = (index: number) => ({
      priority: number(),
      weight: number(),
      port: number(),
      target: target(index),
    });
    return { type, records: list(record) };
  }
  if (type === 'NAPTR') {
    const services = ['SIP+D2U', 'SIP+D2T', 'SIPS+D2T', text] as const;
    const record = () => ({
      order: number(),
      preference: number(),
      flags: random.oneIn(3) ? text : 's',
      service: random.pick(services),
      regexp: '',
      replacement: random.oneIn(3) ? text : '_sip._udp.a.example',
    });
    return { type, records: list(record) };
  }
  return { type, records: list((index) => (random.oneIn(3) ? text : `192.0.2.${index}`)) };
}
