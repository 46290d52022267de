import { describe, expect, test } from 'vitest';
import { noBytes } from '../../../src/core/bytes.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { Headers } from '../../../src/sip/message/headers.ts';
import { RegisteredFlows } from '../../../src/sip/registered-flows.ts';
import { VirtualNetwork } from '../../support/sip/virtual-network.ts';

const SOURCE = { transport: 'tcp', host: '192.0.2.9', port: 50_000, connection: 3 } as const;
const URI = 'sip:u@xyz.invalid;transport=ws';

type Lines = readonly (readonly [string, string])[];

/** What is known of `uri` one second before and at the end of `seconds`. */
function learned(asked: Lines, granted: Lines, method = 'REGISTER', uri = URI) {
  const flows = new RegisteredFlows();
  const via = ['Via', 'SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK1'] as const;
  const headers = Headers.of(via, ...asked);
  const request = { type: 'request', method, uri: 'sip:h', headers, body: noBytes() } as const;
  const response = {
    type: 'response',
    statusCode: 200,
    reason: 'OK',
    headers: Headers.of(...granted),
    body: noBytes(),
  } as const;
  flows.learn(request, response, SOURCE, monotonicMs(0));
  return (atMs: number) => flows.find(uri, monotonicMs(atMs));
}

const CONTACT = ['Contact', `<${URI}>`] as const;

describe('a Contact is reached over the connection that registered it (RFC 7118 5)', () => {
  test.each([
    ['the Expires of the answer', [CONTACT, ['Expires', '600']], [['Expires', '60']], 60],
    [
      'the Contact of the answer',
      [CONTACT],
      [
        ['m', `<${URI}>;expires=30`],
        ['Expires', '60'],
      ],
      30,
    ],
    [
      'its own parameter',
      [
        ['Contact', `<${URI}>;expires=20`],
        ['Expires', '9'],
      ],
      [],
      20,
    ],
    ['the Expires that it asked for', [CONTACT, ['Expires', '90']], [], 90],
    ['an hour', [CONTACT], [], 3_600],
    ['a day at most', [CONTACT], [['Expires', '4294967295']], 86_400],
  ] as const)('for %s', (_name, asked, granted, seconds) => {
    const find = learned(asked, granted);

    expect(find(seconds * 1_000 - 1)).toEqual(SOURCE);
    expect(find(seconds * 1_000)).toBeUndefined();
  });

  test('until it is taken back', () => {
    expect(learned([CONTACT], [['Expires', '0']])(0)).toBeUndefined();
  });

  test.each([
    ['SUBSCRIBE', [CONTACT], URI, true],
    ['INVITE', [CONTACT], URI, false],
    ['REGISTER', [['Contact', '<sip:u@192.0.2.9:5099>']], 'sip:u@192.0.2.9', true],
    ['REGISTER', [['Contact', '<sip:u@carrier.example>']], 'sip:u@carrier.example', false],
    ['REGISTER', [['Contact', '<sip:u@10.0.0.1>']], 'sip:u@10.0.0.1', false],
    ['REGISTER', [['Contact', '*']], URI, false],
    ['REGISTER', [['Via', 'SIP/2.0/UDP h;branch=z9hG4bK2'], CONTACT], URI, false],
  ] as const)('%s with %j binds %s: %s', (method, asked, uri, isBound) => {
    expect(learned(asked, [], method, uri)(0)).toEqual(isBound ? SOURCE : undefined);
  });
});

test('a request of ours to a registered Contact takes its connection', () => {
  const network = new VirtualNetwork();
  const us = network.node('10.0.0.1');
  const text = [
    'REGISTER sip:10.0.0.1 SIP/2.0',
    'Via: SIP/2.0/TCP xyz.invalid;branch=z9hG4bK1',
    'From: <sip:u@h>;tag=F',
    'To: <sip:u@h>',
    'Call-ID: r',
    'CSeq: 1 REGISTER',
    'Contact: <sip:x@xyz.invalid>;expires=60',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  us.receive(new TextEncoder().encode(text), SOURCE);
  us.respond(us.last('request').transaction, 200);

  expect(us.send('INVITE', 'xyz.invalid').to).toEqual(SOURCE);
});
