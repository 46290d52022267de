import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { bytesToByteString, utf8ByteString } from '../../../src/core/bytes.ts';

const TORTURE = '../shared/conformance/rfc4475';

/** The address that the corpus calls. */
export const CORPUS_SERVER = '192.0.2.9';
/** The address that it comes from. */
export const CORPUS_PEER = '192.0.2.1';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

const MULTIPART = [
  '--b1',
  'Content-Type: application/sdp',
  '',
  SDP,
  '--b1',
  'Content-Type: application/isup',
  '',
  'x',
  '--b1--',
  '',
].join('\r\n');

const COMMON: Readonly<Record<string, readonly string[]>> = {
  INVITE: [
    'Supported: 100rel, timer, replaces',
    'Session-Expires: 1800;refresher=uac',
    'Min-SE: 90',
    'Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE',
    'P-Asserted-Identity: "A" <sip:+15550001@carrier.example>',
    'Record-Route: <sip:192.0.2.1;lr>, <sip:[2001:db8::9]:5070;transport=tcp;lr>',
  ],
  REGISTER: [
    'Expires: 3600',
    'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:192.0.2.9", response="00", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"',
  ],
  PRACK: ['RAck: 1 1 INVITE'],
  SUBSCRIBE: ['Event: presence;id=7', 'Expires: 600', 'Accept: application/pidf+xml'],
  NOTIFY: ['Event: refer;id=2', 'Subscription-State: active;expires=60'],
  REFER: ['Refer-To: <sip:c@d.example?Replaces=x%3Bto-tag%3D1>', 'Referred-By: <sip:a@b>'],
  UPDATE: ['Session-Expires: 90;refresher=uas', 'Min-SE: 90'],
  PUBLISH: ['Event: presence', 'SIP-If-Match: x'],
};

const BODIES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  INVITE: ['application/sdp', SDP],
  UPDATE: ['application/sdp', SDP],
  PRACK: ['application/sdp', SDP],
  INFO: ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n'],
  MESSAGE: ['text/plain', 'hello'],
  NOTIFY: ['message/sipfrag', 'SIP/2.0 200 OK'],
};

export const CORPUS_METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'UPDATE',
  'SUBSCRIBE',
  'NOTIFY',
  'REFER',
  'INFO',
  'MESSAGE',
  'PUBLISH',
] as const;

const RESPONSES: readonly (readonly [status: number, lines: readonly string[]])[] = [
  [100, []],
  [180, ['Require: 100rel', 'RSeq: 1']],
  [183, ['Require: 100rel', 'RSeq: 2147483647']],
  [200, ['Session-Expires: 1800;refresher=uas', 'Allow: INVITE, UPDATE', 'Require: timer']],
  [302, ['Contact: <sip:x@192.0.2.7>;q=0.5, <sip:y@192.0.2.8>']],
  [401, ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth,auth-int"']],
  [407, ['Proxy-Authenticate: Digest realm="r", nonce="n", stale=TRUE']],
  [422, ['Min-SE: 1800']],
  [486, []],
  [503, ['Retry-After: 30 (busy);duration=3600']],
];

function requestOf(method: string, index: number, lines: readonly string[], body = BODIES[method]) {
  const isInDialog = ['ACK', 'BYE', 'PRACK', 'UPDATE', 'NOTIFY', 'REFER', 'INFO'].includes(method);
  const [type, content] = body ?? ['', ''];
  return [
    `${method} sip:bob@${CORPUS_SERVER};user=phone SIP/2.0`,
    `Via: SIP/2.0/UDP ${CORPUS_PEER}:5060;rport;branch=z9hG4bK-${index}`,
    'Max-Forwards: 70',
    `From: "Alice" <sip:alice@a.example:5060>;tag=f${index}`,
    `To: <sip:bob@b.example>${isInDialog ? `;tag=t${index}` : ''}`,
    `Call-ID: c${index}@a.example`,
    `CSeq: ${index + 1} ${method}`,
    `Contact: <sip:alice@${CORPUS_PEER}:5060;transport=udp>`,
    ...lines,
    ...(content === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${content.length}`,
    '',
    content,
  ].join('\r\n');
}

function responseOf(status: number, method: string, lines: readonly string[]): string {
  return [
    `SIP/2.0 ${status} Some Reason`,
    `Via: SIP/2.0/UDP ${CORPUS_SERVER}:5060;branch=z9hG4bK-${status};received=192.0.2.9`,
    `Via: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK-below`,
    `From: <sip:a@b>;tag=f`,
    `To: <sip:b@c>;tag=t${status}`,
    'Call-ID: c',
    `CSeq: 1 ${method}`,
    `Contact: <sip:b@${CORPUS_PEER}:5060>`,
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** Valid messages of every method and class of response, as byte strings: what mutations start from. */
export function sipCorpus(): readonly string[] {
  const requests = CORPUS_METHODS.map((method, index) =>
    requestOf(method, index, COMMON[method] ?? []),
  );
  const responses = RESPONSES.map(([status, lines]) => responseOf(status, 'INVITE', lines));
  const odd = [
    requestOf('INVITE', 90, ['Require: 100rel'], ['multipart/mixed;boundary=b1', MULTIPART]),
    requestOf('INVITE', 91, ['Subject: a\r\n folded\r\n\tsubject', 's: compact', 'k: 100rel']),
    requestOf('INVITE', 92, [utf8ByteString('Subject: Grüße 📞'), 'X-Empty:', 'x-lower : spaced']),
    requestOf('REGISTER', 93, ['Expires: 0']).replace(/Contact: .*/, 'Contact: *'),
    requestOf('OPTIONS', 94, []).replaceAll(CORPUS_PEER, '[2001:db8::1]'),
    requestOf('INVITE', 95, []).replace('sip:bob@', 'tel:+15550001@').replace('@192.0.2.9', ''),
    requestOf('INVITE', 96, ['Replaces: c1;to-tag=a;from-tag=b;early-only']),
    requestOf('OPTIONS', 97, ['Via: SIP/2.0/TCP [::1]:1;branch=z9hG4bKx, SIP/2.0/WSS h;branch=y']),
  ];
  return [...requests, ...responses, ...odd];
}

/** The torture messages of RFC 4475, by file name; none where the data set is absent. */
export function tortureMessages(): ReadonlyMap<string, string> {
  if (!existsSync(TORTURE)) return new Map();
  const files = readdirSync(TORTURE).filter((name) => name.endsWith('.dat'));
  const read = (name: string) => bytesToByteString(readFileSync(`${TORTURE}/${name}`));
  return new Map(files.map((name) => [name, read(name)]));
}
