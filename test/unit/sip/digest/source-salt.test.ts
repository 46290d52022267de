import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { NonceMaker } from '../../../../src/sip/digest/nonce.ts';
import { isForSource, sourceSalt } from '../../../../src/sip/digest/source-salt.ts';

const mac = (text: string) => createHmac('sha256', 'key').update(text).digest('hex');

test('a nonce says whom it was given to, and is still one of ours', () => {
  const nonces = new NonceMaker({ mac });
  const nonce = nonces.make(0, sourceSalt(mac, '0123456789abcdef', '192.0.2.1'));
  expect(nonces.check(nonce, 0)).toBe('fresh');
  expect(isForSource(mac, nonce, '192.0.2.1')).toBe(true);
  expect(isForSource(mac, nonce, '::ffff:192.0.2.1')).toBe(true);
  expect(isForSource(mac, nonce, '192.0.2.2')).toBe(false);
  expect(isForSource(mac, '', '192.0.2.1')).toBe(false);
});
