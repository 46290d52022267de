import { beforeEach, describe, expect, test } from 'vitest';
import { header } from '../../../src/sip/message/headers.ts';
import { ALICE, BOB, CallFlow, contact, PROXY_1, PROXY_2 } from '../../support/sip/call-flow.ts';

const AUTHENTICATE = header('Proxy-Authenticate', 'Digest realm="a.example", nonce="n"');
const AUTHORIZATION = header('Proxy-Authorization', 'Digest username="alice", realm="a.example"');

let flow: CallFlow;

beforeEach(() => {
  flow = new CallFlow();
});

describe('RFC 3665 2: registration, as far as the server passes it to an application', () => {
  const expires = header('Expires', '3600');

  test('2.1 a new registration: 401, then 200 with the Contact', () => {
    flow.alice.send('REGISTER', BOB, [contact(ALICE), expires]);
    flow.arrive();
    flow.answer(401, [header('WWW-Authenticate', 'Digest realm="b", nonce="n"')]);
    flow.arrive();
    flow.alice.send('REGISTER', BOB, [contact(ALICE), expires, header('Authorization', 'Digest')]);
    flow.arrive();
    flow.answer(200, [contact(ALICE)]);
    flow.arrive();

    expect(flow.news).toEqual(['Alice REGISTER', 'Bob 401', 'Alice REGISTER', 'Bob 200']);
    const { headers } = flow.alice.last('response').response;
    expect(headers.first('contact')).toContain(ALICE);
    expect(flow.isOver()).toBe(true);
  });

  test('2.2 an update of the contact list comes as it was sent', () => {
    const mailto = header('Contact', '<mailto:alice@a.example>');
    flow.alice.send('REGISTER', BOB, [contact(ALICE), mailto, expires]);
    flow.arrive();
    flow.answer(200, [contact(ALICE), mailto]);
    flow.arrive();

    expect(flow.bob.last('request').request.headers.values('contact').length).toBe(2);
    expect(flow.alice.last('response').response.headers.values('contact').length).toBe(2);
  });

  test('2.3 a request for the current contact list has no Contact and gets them', () => {
    flow.bob.receiveText(register(''));
    flow.answer(200, [contact(ALICE)]);

    expect(flow.bob.last('request').request.headers.has('contact')).toBe(false);
    expect(flow.news).toEqual(['Bob 200']);
  });

  test('2.4 the cancellation of all registrations: Contact * with Expires 0', () => {
    flow.bob.receiveText(register('Contact: *\r\nExpires: 0\r\n'));
    flow.answer(200);

    expect(flow.bob.last('request').request.headers.first('contact')).toBe('*');
    expect(flow.news).toEqual(['Bob 200']);
  });

  test('2.5 an unsuccessful registration: 401 twice', () => {
    for (const _ of [1, 2]) {
      flow.alice.send('REGISTER', BOB, [contact(ALICE)]);
      flow.arrive();
      flow.answer(401, [header('WWW-Authenticate', 'Digest realm="b", nonce="n"')]);
      flow.arrive();
    }

    expect(flow.alice.statuses()).toEqual([401, 401]);
    expect(flow.isOver()).toBe(true);
  });
});

describe('RFC 3665 3: session establishment', () => {
  /** Bob rings and answers, Alice acknowledges, Bob hangs up. */
  function talkAndEnd(dialog: string): void {
    flow.arrive();
    flow.answer(180);
    flow.arrive();
    flow.answer(200);
    flow.arrive();
    flow.alice.acknowledge(dialog);
    flow.arrive();
    flow.bob.request(dialog, 'BYE');
    flow.arrive();
    flow.alice.respond(flow.alice.last('request').transaction, 200);
    flow.arrive();
  }

  test('3.1 successful', () => {
    talkAndEnd(flow.invite());

    expect(flow.news).toEqual([
      'Alice INVITE',
      'Bob 100',
      'Bob 180',
      'Bob 200',
      'Alice ACK',
      'Bob BYE',
      'Alice 200',
    ]);
    expect(flow.isOver()).toBe(true);
  });

  test('3.2 through two proxies that stay in the dialog', () => {
    flow.proxy(PROXY_1, `sip:bob@${PROXY_2}`);
    flow.proxy(PROXY_2, `sip:bob@${BOB}`);
    const { dialog = '' } = flow.alice.send('INVITE', PROXY_1, [], 'v=0');
    talkAndEnd(dialog);

    expect(flow.news).toEqual([
      'Alice INVITE',
      'Proxy1 100',
      'Proxy1 INVITE',
      'Proxy2 100',
      'Proxy2 INVITE',
      'Bob 100',
      'Bob 180',
      'Proxy2 180',
      'Proxy1 180',
      'Bob 200',
      'Proxy2 200',
      'Proxy1 200',
      'Alice ACK',
      'Proxy1 ACK',
      'Proxy2 ACK',
      'Bob BYE',
      'Proxy2 BYE',
      'Proxy1 BYE',
      'Alice 200',
      'Proxy1 200',
      'Proxy2 200',
    ]);
    expect(flow.isOver()).toBe(true);
  });

  test('3.3 with proxy authentication: 407 is acknowledged, the next INVITE has the credentials', () => {
    flow.invite();
    flow.arrive();
    flow.answer(407, [AUTHENTICATE]);
    flow.arrive();
    const { dialog = '' } = flow.alice.send('INVITE', BOB, [AUTHORIZATION], 'v=0');
    talkAndEnd(dialog);

    expect(flow.news.slice(0, 7)).toEqual([
      'Alice INVITE',
      'Bob 100',
      'Bob 407',
      'Alice ACK',
      'Alice INVITE',
      'Bob 100',
      'Bob 180',
    ]);
    expect(
      flow.bob.log
        .flatMap((each) => (each.type === 'request' ? [each.request] : []))[1]
        ?.headers.first('proxy-authorization'),
    ).toBe(AUTHORIZATION.value);
    expect(flow.isOver()).toBe(true);
  });

  test('3.4 with a proxy that fails: no answer from the first, the second is asked', () => {
    flow.proxy(PROXY_2, `sip:bob@${BOB}`);
    flow.alice.send('INVITE', '10.0.0.99', [], 'v=0');
    flow.arrive(33_000);
    expect(flow.alice.statuses()).toEqual([408]);
    expect(flow.news.every((line) => line === 'Alice INVITE')).toBe(true);

    const { dialog = '' } = flow.alice.send('INVITE', PROXY_2, [], 'v=0');
    talkAndEnd(dialog);
    expect(flow.alice.statuses().at(-1)).toBe(200);
    expect(flow.isOver()).toBe(true);
  });

  test('3.5 through an ALG: one hop that stays in the dialog for both sides', () => {
    flow.proxy(PROXY_1, `sip:bob@${BOB}`);
    const { dialog = '' } = flow.alice.send('INVITE', PROXY_1, [], 'v=0');
    talkAndEnd(dialog);

    expect(flow.news).toEqual([
      'Alice INVITE',
      'Proxy1 100',
      'Proxy1 INVITE',
      'Bob 100',
      'Bob 180',
      'Proxy1 180',
      'Bob 200',
      'Proxy1 200',
      'Alice ACK',
      'Proxy1 ACK',
      'Bob BYE',
      'Proxy1 BYE',
      'Alice 200',
      'Proxy1 200',
    ]);
    expect(flow.isOver()).toBe(true);
  });

  test('3.6 by a redirection, with the SDP of the caller in the ACK', () => {
    flow.invite([], '');
    flow.arrive();
    flow.answer(302, [contact(PROXY_2)]);
    flow.arrive();
    expect(flow.news).toEqual(['Alice INVITE', 'Bob 100', 'Bob 302', 'Alice ACK']);

    flow.proxy(PROXY_2, `sip:bob@${BOB}`);
    const { dialog = '' } = flow.alice.send('INVITE', PROXY_2);
    talkAndEnd(dialog);
    expect(flow.news).toContain('Proxy2 ACK');
    expect(flow.isOver()).toBe(true);
  });

  test('3.7 with a re-INVITE when the address of one side changes', () => {
    const dialog = flow.talk();
    flow.bob.request(dialog, 'INVITE', [contact('192.0.2.77')], 'v=0 moved');
    flow.arrive();
    flow.alice.respond(flow.alice.last('request').transaction, 200, [], 'v=0');
    flow.arrive();
    flow.bob.acknowledge(dialog);
    flow.arrive();
    expect(flow.news).toEqual(['Bob INVITE', 'Alice 100', 'Alice 200', 'Bob ACK']);

    const { message } = flow.alice.request(dialog, 'BYE');
    expect(message).toMatchObject({ uri: 'sip:x@192.0.2.77' });
  });

  test('3.8 no answer: CANCEL, 200, 487, ACK', () => {
    flow.invite();
    flow.arrive();
    flow.answer(180);
    flow.arrive();
    flow.alice.cancel(flow.alice.last('response').transaction);
    flow.arrive();

    expect(flow.news).toEqual([
      'Alice INVITE',
      'Bob 100',
      'Bob 180',
      'Alice CANCEL',
      'Bob 200',
      'Bob 487',
      'Alice ACK',
    ]);
    expect(flow.isOver()).toBe(true);
  });

  test.each([
    ['3.9 busy', 486],
    ['3.11 temporarily unavailable', 480],
  ])('%s', (_, status) => {
    flow.proxy(PROXY_1, `sip:bob@${BOB}`);
    flow.alice.send('INVITE', PROXY_1, [], 'v=0');
    flow.arrive();
    flow.answer(status);
    flow.arrive();

    expect(flow.news).toEqual([
      'Alice INVITE',
      'Proxy1 100',
      'Proxy1 INVITE',
      'Bob 100',
      `Bob ${status}`,
      'Proxy1 ACK',
      `Proxy1 ${status}`,
      'Alice ACK',
    ]);
    expect(flow.isOver()).toBe(true);
  });

  test('3.10 no response from the user agent: the proxy answers 408', () => {
    flow.proxy(PROXY_1, 'sip:bob@10.0.0.99');
    flow.alice.send('INVITE', PROXY_1, [], 'v=0');
    flow.arrive(40_000);

    expect(flow.news.filter((line) => line === 'Proxy1 INVITE').length).toBe(7);
    expect(flow.alice.statuses()).toEqual([408]);
    expect(flow.isOver()).toBe(true);
  });
});

function register(lines: string): string {
  return (
    `REGISTER sip:${BOB} SIP/2.0\r\nVia: SIP/2.0/UDP ${ALICE}:5060;branch=z9hG4bK1\r\n` +
    'From: <sip:alice@a.example>;tag=1\r\nTo: <sip:alice@a.example>\r\nCall-ID: r\r\n' +
    `CSeq: 1 REGISTER\r\n${lines}Content-Length: 0\r\n\r\n`
  );
}
