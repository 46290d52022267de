import { describe, expect, test } from 'vitest';
import { bytesToByteString } from '../../../src/core/bytes.ts';
import { header } from '../../../src/sip/message/headers.ts';
import { VirtualNetwork, type VirtualNode } from '../../support/sip/virtual-network.ts';

const US = '10.0.0.1';
const PEER = '192.0.2.99';

interface Edit {
  readonly method?: string;
  readonly via?: string;
  readonly cseq?: number;
  readonly contact?: string;
  readonly toTag?: string;
}

function request(edit: Edit = {}): string {
  const { method = 'INVITE', via = 'z9hG4bK-1', cseq = 1, contact = PEER, toTag } = edit;
  return [
    `${method} sip:x@${US} SIP/2.0`,
    `Via: SIP/2.0/UDP ${PEER}:5060;branch=${via}`,
    'From: <sip:a@a>;tag=F',
    `To: <sip:x@${US}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    'Call-ID: c',
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:a@${contact}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function alone(): { readonly network: VirtualNetwork; readonly us: VirtualNode } {
  const network = new VirtualNetwork();
  return { network, us: network.node(US) };
}

describe('a request that comes by two ways', () => {
  test('is answered on the first one and gets 482 on the other (RFC 3261 8.2.2.2)', () => {
    const { network, us } = alone();
    us.receiveText(request());
    us.receiveText(request({ via: 'z9hG4bK-2' }));

    expect(us.count('request')).toBe(1);
    expect(network.trace.at(-1)).toBe(`${US} SIP/2.0 482 Loop Detected`);
  });

  test('gets the same refusal when the first one was refused: it is under way no more (RFC 3261 8.2.2.2)', () => {
    const { us } = alone();
    us.receiveText(request());
    us.respond(us.last('request').transaction, 404);
    us.receiveText(request({ via: 'z9hG4bK-2' }));

    expect(us.count('request')).toBe(2);
  });

  test('gets 482 when the first one was accepted: there is a dialog of that name (RFC 3261 8.2.2.2)', () => {
    const { network, us } = alone();
    us.receiveText(request());
    us.respond(us.last('request').transaction, 200);
    us.receiveText(request({ via: 'z9hG4bK-2' }));

    expect(us.count('request')).toBe(1);
    expect(network.trace.at(-1)).toBe(`${US} SIP/2.0 482 Loop Detected`);
  });

  test('is a new one with the next CSeq, as after a challenge (RFC 3261 22.2)', () => {
    const { us } = alone();
    us.receiveText(request());
    us.respond(us.last('request').transaction, 407);
    us.receiveText(request({ via: 'z9hG4bK-2', cseq: 2 }));

    expect(us.count('request')).toBe(2);
  });

  test('is forgotten with its transaction', () => {
    const { network, us } = alone();
    us.receiveText(request({ method: 'OPTIONS' }));
    us.respond(us.last('request').transaction, 200);
    network.run();
    us.receiveText(request({ method: 'OPTIONS', via: 'z9hG4bK-2' }));

    expect(us.count('request')).toBe(2);
  });
});

test('our own INVITE that a proxy sends back gets 482: both dialogs would have one name (RFC 3261 16.3)', () => {
  const { network, us } = alone();
  const { bytes } = us.invite('10.0.0.9');
  const sent = bytesToByteString(bytes);
  us.receiveText(sent.replace('Via:', `Via: SIP/2.0/UDP ${PEER};branch=z9hG4bK-p\r\nVia:`), PEER);

  expect(us.count('request')).toBe(0);
  expect(network.trace.at(-1)).toBe(`${US} SIP/2.0 482 Loop Detected`);
});

describe('in a dialog', () => {
  function talking(contact: string): ReturnType<typeof alone> & { readonly tag: string } {
    const all = alone();
    all.us.receiveText(request({ contact }));
    const { transaction } = all.us.last('request');
    const answered = all.us.respond(transaction, 200, [header('Contact', `<sip:${US}>`)]);
    if ('fault' in answered) throw new Error('not answered');
    const tag = /;tag=(.*)$/.exec(answered.message.headers.first('to') ?? '')?.[1] ?? '';
    all.us.receiveText(request({ method: 'ACK', via: 'z9hG4bK-a', toTag: tag }));
    return { ...all, tag };
  }

  test.each([
    [`${PEER}:5061;transport=tcp`, { transport: 'tcp', host: PEER, port: 5_061 }],
    [`${PEER}:5061`, { transport: 'udp', host: PEER, port: 5_060 }],
    ['10.9.9.9:5060', { transport: 'udp', host: PEER, port: 5_060 }],
  ])('our BYE to Contact %s goes where it can be heard (RFC 3261 12.2.1.1)', (contact, to) => {
    const { us } = talking(contact);

    expect(us.request('c;from-tag=F', 'BYE').to).toMatchObject(to);
  });

  test('forgetting an INFO leaves the INVITE that waits beside it', () => {
    const { us, network, tag } = talking(PEER);
    us.receiveText(request({ via: 'z9hG4bK-r', cseq: 2, toTag: tag }));
    us.receiveText(request({ method: 'INFO', via: 'z9hG4bK-i', cseq: 3, toTag: tag }));
    us.userAgent.forget(us.last('request').transaction, network.now);
    us.receiveText(request({ method: 'BYE', via: 'z9hG4bK-b', cseq: 4, toTag: tag }));

    expect(network.trace).toContain(`${US} SIP/2.0 487 Request Terminated`);
  });
});

test('a malformed datagram gets no answer of more than twice its size', () => {
  const { network, us } = alone();
  us.receiveText('A a SIP/2.0\r\nv:SIP/2.0/UDP a\r\n\r\n');
  us.receiveText(request().replace(/^CSeq.*\r\n/m, ''));

  expect(us.userAgent.stats.malformed).toBe(2);
  expect(network.trace).toEqual([`${US} SIP/2.0 400 Bad Request - Missing cseq`]);
});

describe('a request that makes a dialog needs somewhere to send the next one (RFC 3261 8.1.1.8)', () => {
  test.each([
    ['its Contact', /$^/, '', 100],
    ['From, as in RFC 2543', /^Contact.*\r\n/m, '', 100],
    ['a Contact that is no SIP URI', /^Contact: .*\r\n/m, 'Contact: <tel:+1555>\r\n', 400],
    ['an empty Contact', /^Contact: .*\r\n/m, 'Contact: ,\r\n', 400],
    ['no Contact and a From that is no SIP URI', /^Contact.*\r\n|sip:a@a/gm, '', 400],
  ])('%s', (_, pattern, text, statusCode) => {
    const { network, us } = alone();
    const source = request().replace(pattern, text).replace('<>', '<tel:+1555>');
    us.receiveText(source);

    expect(network.trace.at(-1)).toMatch(`SIP/2.0 ${statusCode}`);
  });
});
