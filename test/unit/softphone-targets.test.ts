import { expect, test } from 'vitest';
import type { Binding, Flow } from '../../src/registrar/binding.ts';
import { softphoneTargets } from '../../src/softphone-targets.ts';

const USER = {
  id: 'a',
  accountId: 'account',
  username: 'alice',
  realm: 'r',
  hashes: { 'SHA-256': '', MD5: '' },
  maxContacts: 5,
};

const SETTINGS = { media: { codecs: ['PCMU'] }, dtmfType: 'info' } as const;

function binding(contact: string, flow: Flow): Binding {
  return { contact, flow, q: 1, expiresAtMs: 1, callId: 'c', sequence: 1, path: [] };
}

test('a call goes where the REGISTER came from, whatever the Contact says (RFC 5626 section 5.3)', () => {
  const flow: Flow = { transport: 'udp', address: '192.0.2.7', port: 40_000 };
  const targets = softphoneTargets(
    USER,
    binding('sip:alice@10.0.0.1:5060', flow),
    '+4930123',
    SETTINGS,
  );
  expect(targets).toEqual([
    {
      id: 'softphone:a',
      host: '192.0.2.7',
      port: 40_000,
      transport: 'udp',
      toUser: 'alice',
      requestUri: 'sip:alice@10.0.0.1:5060',
      outboundProxy: 'sip:192.0.2.7:40000;transport=udp;lr',
      fromUser: '+4930123',
      callerId: 'from',
      ...SETTINGS,
    },
  ]);
});

test('a phone that listens is called there when its connection is gone', () => {
  const flow: Flow = { transport: 'tcp', address: '2001:db8::7', port: 40_000 };
  const contact = 'sip:alice@[2001:db8::7]:5060;transport=tcp';
  const [first, second] = softphoneTargets(USER, binding(contact, flow), 'sip:bob', SETTINGS);
  expect(first?.outboundProxy).toBe('sip:[2001:db8::7]:40000;transport=tcp;lr');
  expect(second).toMatchObject({ requestUri: contact, fromUser: 'bob' });
  expect(second).not.toHaveProperty('outboundProxy');
});

test('a browser is called over its connection or not at all', () => {
  const flow: Flow = { transport: 'wss', address: '192.0.2.7', port: 40_000 };
  const targets = softphoneTargets(
    USER,
    binding('sip:x@y.invalid;transport=ws', flow),
    '1',
    SETTINGS,
  );
  expect(targets).toHaveLength(1);
});
