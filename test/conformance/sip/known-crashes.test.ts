import { beforeEach, describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/core/bytes.ts';
import { BOB, CallFlow } from '../../support/sip/call-flow.ts';
import { srfMisreading } from '../../support/sip/srf-parser.ts';

/** What other servers crashed, hung or leaked on: one test each. */
let flow: CallFlow;

beforeEach(() => {
  flow = new CallFlow();
});

interface Edit {
  readonly method?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly branch?: string;
  readonly more?: readonly string[];
}

function request(edit: Edit = {}): string {
  const {
    method = 'INVITE',
    uri = `sip:x@${BOB}`,
    from = '<sip:a@a>;tag=F',
    to = '<sip:b@b>',
  } = edit;
  const { branch = 'z9hG4bK1', more = ['Contact: <sip:a@192.0.2.99>'] } = edit;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.99:5060;branch=${branch}`,
    `From: ${from}`,
    `To: ${to}`,
    'Call-ID: c',
    `CSeq: 1 ${method}`,
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

describe('a message', () => {
  test.each([
    ['a Request-URI of more than 255 octets', { uri: `sip:${'x'.repeat(2_000)}@${BOB}` }],
    ['a From without a user', { from: '<sip:a.example>;tag=F' }],
    ['a To with an empty user', { to: '<sip:@b.example>' }],
    ['a tel: URI', { uri: 'tel:+15550001;phone-context=x' }],
    ['a comma in the user part', { uri: `sip:a,b@${BOB}`, to: '<sip:a,b@b>' }],
    [
      'a name in Record-Route',
      { more: ['Contact: <sip:a@192.0.2.99>', 'Record-Route: <sip:p.example;lr>'] },
    ],
    ['a Contact None', { method: 'REGISTER', more: ['Contact: None'] }],
    ['no Contact', { more: [] }],
    ['* among the Contacts', { method: 'REGISTER', more: ['Contact: *', 'Expires: 0'] }],
    [
      'an Authorization without parameters',
      { more: ['Contact: <sip:a@192.0.2.99>', 'Authorization: Digest'] },
    ],
    [
      'an SDP type without SDP',
      { more: ['Contact: <sip:a@192.0.2.99>', 'Content-Type: application/sdp'] },
    ],
  ])('with %s is answered, or reaches the application as it can be read', (_, edit) => {
    flow.bob.receiveText(request(edit));

    expect(flow.news.length).toBeGreaterThanOrEqual(flow.bob.count('request') === 1 ? 0 : 1);
    if (flow.bob.count('request') === 1 && !('more' in edit && edit.more.length === 0)) {
      expect(srfMisreading(utf8Bytes(request(edit)))).toBeUndefined();
    }
  });
});

describe('a call', () => {
  test('has an INFO before its 200', () => {
    const dialog = flow.invite();
    flow.arrive();
    flow.answer(183);
    flow.arrive();
    flow.alice.request(dialog, 'INFO');
    flow.arrive();
    flow.answer(200);
    flow.arrive();

    expect(flow.alice.statuses()).toEqual([183, 200]);
  });

  test('has a BYE during its re-INVITE', () => {
    const dialog = flow.talk();
    flow.alice.request(dialog, 'INVITE', [], 'v=0');
    flow.cross();
    flow.alice.request(dialog, 'BYE');
    flow.cross();
    flow.answer(200);
    flow.arrive();

    expect(flow.alice.statuses().slice(-2).toSorted()).toEqual([200, 487]);
    expect(flow.isOver()).toBe(true);
  });

  test('is cancelled twice', () => {
    flow.invite();
    flow.arrive();
    flow.answer(180);
    flow.arrive();
    const { transaction } = flow.alice.last('response');
    flow.alice.cancel(transaction);
    flow.alice.cancel(transaction);
    flow.arrive();

    expect(flow.bob.count('cancelled')).toBe(1);
    expect(flow.isOver()).toBe(true);
  });

  test('gets two final answers from its application', () => {
    const dialog = flow.invite();
    flow.arrive();
    flow.answer(200);
    const { transaction } = flow.bob.last('request');
    expect(flow.bob.respond(transaction, 486)).toMatchObject({ fault: 'unknown-transaction' });
    flow.arrive();
    flow.alice.acknowledge(dialog);
    flow.arrive();

    expect(flow.alice.statuses()).toEqual([200]);
  });

  test('has its 200 repeated before the ACK, and the ACK comes late', () => {
    const dialog = flow.invite();
    flow.arrive();
    flow.answer(200);
    flow.arrive(20_000);
    flow.alice.acknowledge(dialog);
    flow.arrive();

    expect(flow.alice.statuses()).toEqual([200]);
    expect(flow.bob.count('ack')).toBe(1);
    expect(flow.bob.count('unsolicited-bye')).toBe(0);
  });

  test('is refused with 603, and its ACK has a new branch', () => {
    flow.bob.receiveText(request());
    flow.answer(603);
    flow.bob.receiveText(request({ method: 'ACK', branch: 'z9hG4bKother', to: '<sip:b@b>;tag=x' }));

    expect(flow.bob.count('ack')).toBe(0);
    expect(flow.isOver()).toBe(true);
  });

  test('is answered after its transport is gone', () => {
    const tcp = { transport: 'tcp', host: '192.0.2.99', port: 5_060, connection: 7 } as const;
    flow.bob.receive(utf8Bytes(request()), tcp);
    flow.answer(200);

    expect(flow.isOver()).toBe(true);
  });

  test('hears nothing of a BYE, and is forgotten', () => {
    const dialog = flow.talk();
    flow.lose(1_000).alice.request(dialog, 'BYE');
    flow.arrive(40_000);

    expect(flow.alice.statuses().at(-1)).toBe(408);
    expect(flow.alice.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0 });
  });
});
