import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { IncomingCall } from '../../../src/signaling/signaling.ts';
import { RawPeer, rawRequest, rawResponse } from '../../support/sip/raw-peer.ts';
import { notEmbedded } from '../../support/sip/sip-server.ts';
import { SignalingNode } from '../../support/sipp/signaling-node.ts';

/** What JavaScript takes for space or the end of a line beyond ASCII. */
const WIDE = [0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff];
/** C0 and C1 controls, DEL, and what separates lines elsewhere. */
const CONTROL = /\p{Cc}|[\u2028\u2029]/u;
const OCTETS = Array.from({ length: 256 }, (_, octet) => octet);
/** Fewer at a time than a socket buffer holds. */
const BURST = 32;

let node: SignalingNode;
let peer: RawPeer;
/** What the library wrote because it could not read a message that the server could. */
let complaints: unknown[];

beforeEach(async () => {
  complaints = [];
  vi.spyOn(console, 'error').mockImplementation((...said) => complaints.push(said));
  node = await SignalingNode.start({ t1Ms: 30 });
  peer = await RawPeer.open();
});

afterEach(async () => {
  vi.restoreAllMocks();
  peer.close();
  await node.close();
});

function utf8(codePoint: number): string {
  return Buffer.from(String.fromCodePoint(codePoint)).toString('latin1');
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}

function invite(octet: number, edit: (invite: string, text: string) => string, text: string) {
  const base = rawRequest({
    method: 'INVITE',
    from: peer,
    callId: `c${octet}`,
    uri: 'sip:nobody@127.0.0.1',
    headers: ['User-Agent: phone', 'X-Tenant: a', 'Subject: b', 'Diversion: <sip:d@e>'],
  });
  return edit(base, text);
}

/** Every string of a call that an application or a log could get. */
function textsOf(call: IncomingCall): readonly string[] {
  const { sipCallId, calledUser = '', callingUser = '', headers, identity = '' } = call;
  return [sipCallId, calledUser, callingUser, identity, ...Object.entries(headers).flat()];
}

/** Sends one INVITE for each octet; resolves when the application has seen what there is to see of them. */
async function sendAll(
  edit: (invite: string, text: string) => string,
  textOf = (octet: number) => String.fromCharCode(octet),
): Promise<readonly IncomingCall[]> {
  for (const octet of OCTETS) {
    peer.send(invite(octet, edit, textOf(octet)), node.server.port);
    if (octet % BURST !== BURST - 1) continue;
    const callId = `seen-${octet}`;
    const seen = node.next(`incoming seen${octet} from +15550100`);
    const uri = `sip:seen${octet}@127.0.0.1`;
    peer.send(rawRequest({ method: 'INVITE', from: peer, callId, uri }), node.server.port);
    await seen;
  }
  return node.incoming.filter(({ calledUser = '' }) => !/^seen\d/.test(calledUser));
}

const escaped = (octet: number) => `%${hex(octet)}`;
const PLACES: Readonly<Record<string, readonly [(invite: string, text: string) => string]>> = {
  'the user of the Request-URI': [
    (text, b) => text.replace('sip:nobody@', () => `sip:no${b}body@`),
  ],
  'the user of From': [(text, b) => text.replace('+15550100@', () => `+1555${b}0100@`)],
  'the display name of From': [(text, b) => text.replace('"Caller"', () => `"Cal${b}ler"`)],
  'an escaped octet of that name': [(text, b) => text.replace('"Caller"', () => `"Cal\\${b}ler"`)],
  'a display name without quotes': [(text, b) => text.replace('"Caller"', () => `Cal${b}ler`)],
  'the tag of From': [(text, b) => text.replace(';tag=caller', () => `;tag=cal${b}ler`)],
  'the Call-ID': [(text, b) => text.replace(/(Call-ID: c)/, (all) => `${all}${b}`)],
  'User-Agent': [(text, b) => text.replace('phone', () => `pho${b}ne`)],
  'an X- header': [(text, b) => text.replace('X-Tenant: a', () => `X-Tenant: a${b}a`)],
  'the begin of a value': [(text, b) => text.replace('X-Tenant: a', () => `X-Tenant: ${b}a`)],
  'Subject and Diversion': [
    (text, b) =>
      text.replace('Subject: b', () => `Subject: ${b}b`).replace('sip:d@e', () => `sip:d${b}@e`),
  ],
  'the user of Contact': [(text, b) => text.replace('<sip:caller@', () => `<sip:cal${b}ler@`)],
  'the name of a header': [(text, b) => text.replace('X-Tenant:', () => `X-Ten${b}ant:`)],
  'before the colon': [(text, b) => text.replace('X-Tenant:', () => `X-Tenant${b}:`)],
  'the method': [(text, b) => text.replace(/^INVITE/, () => `INV${b}ITE`)],
  'behind the version': [(text, b) => text.replace(' SIP/2.0\r\n', () => ` SIP/2.0${b}\r\n`)],
};

describe.skipIf(notEmbedded)('whatever octet is at', () => {
  test.each(Object.keys(PLACES))('%s, no control character comes out of it', async (place) => {
    const [edit] = PLACES[place] ?? [(text: string) => text];
    const calls = await sendAll(edit);

    expect(calls.flatMap(textsOf).filter((text) => CONTROL.test(text))).toEqual([]);
    expect(node.events).not.toContain('disconnected');
    expect(complaints).toEqual([]);
  });

  test.each(Object.keys(PLACES))(
    '%s in UTF-8, no control character comes out of it',
    async (place) => {
      const [edit] = PLACES[place] ?? [(text: string) => text];
      const calls = await sendAll(edit, (octet) => utf8(WIDE[octet] ?? 0x80 + (octet % 0x20)));

      expect(calls.flatMap(textsOf).filter((text) => CONTROL.test(text))).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  test.each(['the user of the Request-URI', 'the user of From'])(
    '%s as an escape (RFC 3261 19.1.2), no control character comes out of it',
    async (place) => {
      const [edit] = PLACES[place] ?? [(text: string) => text];
      const calls = await sendAll(edit, escaped);

      expect(calls.length).toBeGreaterThan(200);
      expect(calls.flatMap(textsOf).filter((text) => CONTROL.test(text))).toEqual([]);
    },
  );
});

describe.skipIf(notEmbedded)('of a peer that refuses our call', () => {
  /** A gateway that answers with this, and what the application hears of it. */
  async function refusalOf(status: string, toUser: string): Promise<string> {
    const { outcome } = node.dial({ host: '127.0.0.1', port: peer.port }, { toUser });
    const invite = await peer.next(new RegExp(`^INVITE sip:${toUser}@`));
    peer.send(rawResponse(invite, status), node.server.port);
    const { status: code, reason } = await outcome;
    return `${code} ${reason}`;
  }

  test('the phrase has no control character, whatever octet is in it', async () => {
    const octets = OCTETS.filter((octet) => octet !== 10 && octet !== 13);
    const texts = [...octets.map((octet) => String.fromCharCode(octet)), ...WIDE.map(utf8)];
    for (const [index, text] of texts.entries()) {
      const heard = await refusalOf(`486 Busy${text}Here`, `u${index}`);
      expect(heard).toMatch(/^486 Busy.*Here$/u);
      expect(heard).not.toMatch(CONTROL);
    }
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(notEmbedded)('a header is read alike by the server and by the application', () => {
  /** The headers that an application gets of an INVITE with this one; undefined when the INVITE was refused. */
  async function read(...headers: readonly string[]): Promise<IncomingCall['headers'] | undefined> {
    const count = node.incoming.length;
    peer.send(
      rawRequest({ method: 'INVITE', from: peer, callId: 'h', uri: 'sip:x@127.0.0.1', headers }),
      node.server.port,
    );
    const answer = await peer.next(/^SIP\/2\.0 [2-6]/);
    if (answer.startsWith('SIP/2.0 400 ')) return undefined;
    return node.incoming[count]?.headers ?? {};
  }

  test.each([
    ['with white space before the colon', ['X-Bypass-me : lol'], { 'x-bypass-me': 'lol' }],
    ['with a tab there', ['X-Bypass-me\t: lol'], { 'x-bypass-me': 'lol' }],
    ['folded', ['X-Bypass-me:', '  lol'], { 'x-bypass-me': 'lol' }],
    ['folded before the colon', ['X-Bypass-me', ' : lol'], { 'x-bypass-me': 'lol' }],
    ['in capitals', ['X-BYPASS-ME: lol'], { 'x-bypass-me': 'lol' }],
    ['twice', ['X-A: 1', 'X-A: 2'], { 'x-a': '1,2' }],
    ['twice in two spellings', ['X-A: 1', 'x-a: 2'], { 'x-a': '1,2' }],
    ['in its compact form', ['b: <sip:r@e>'], { 'referred-by': '<sip:r@e>' }],
    ['in both forms', ['s: one', 'Subject: two'], { subject: 'one,two' }],
    ['with an escape in its name, unknown (RFC 4475 3.1.1.5)', ['%58-Bypass: lol'], {}],
    ['with an escape that makes another', ['%46rom: <sip:root@e>;tag=x'], {}],
    ['with an escape in a trusted one', ['P%2DAsserted-Identity: <sip:root@e>'], {}],
    ['with a wide escape', ['%u0058-Bypass: lol'], {}],
    ['of the identity', ['y: abc'], { identity: 'abc' }],
  ] as const)('%s', async (_name, headers, expected) => {
    expect(await read(...headers)).toEqual(expected);
  });

  test.each([
    ['a control character in its name', ['X-By\x0bpass: lol']],
    ['no colon', ['X-Bypass']],
    ['no name', [': lol']],
    ['a second From', ['f: <sip:root@e>;tag=x']],
    ['a second To', ['t : <sip:root@e>']],
    ['a second Call-ID', ['I: other']],
    ['a second CSeq', ['CSEQ: 1 INVITE']],
    ['a second Content-Length', ['l: 5']],
    ['a second Max-Forwards', ['max-forwards: 1']],
    ['two types of body', ['c: text/plain', 'Content-Type: application/sdp']],
    ['two sessions to replace', ['Replaces: a', 'replaces: b']],
    ['two lengths of session', ['x: 90', 'Session-Expires: 1800']],
    ['a bare line break', ['X-A: b\nX-C: d']],
    ['a bare carriage return', ['X-A: b\rX-C: d']],
  ] as const)('or refused: %s', async (_name, headers) => {
    expect(await read(...headers)).toBeUndefined();
  });
});
