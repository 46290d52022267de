import { expect, test } from 'vitest';
import { MediaAddresses } from '../../src/media-addresses.ts';

test('audio that is bound to one address is found there, whoever asks', async () => {
  const addresses = await MediaAddresses.open('127.0.0.5');
  await addresses.learn(['127.0.0.9']);

  expect(addresses.addressFor('127.0.0.9')).toBe('127.0.0.5');
  expect(addresses.addressFor('198.51.100.1')).toBe('127.0.0.5');
});

test('audio that is bound to all is found at the address that the system sends from', async () => {
  const addresses = await MediaAddresses.open('0.0.0.0');
  const outside = addresses.addressFor('198.51.100.1');
  await addresses.learn(['127.0.0.0/8', '127.0.0.9/32']);

  expect(addresses.addressFor('127.0.0.9')).toBe('127.0.0.1');
  expect(addresses.addressFor('127.1.2.3')).toBe('127.0.0.1');
  expect(addresses.addressFor('198.51.100.1')).toBe(outside);
});

test('what cannot be reached, a name and nobody at all get the address that leads outside', async () => {
  const addresses = await MediaAddresses.open('0.0.0.0');
  await addresses.learn(['255.255.255.255', '2001:db8::/32']);
  const outside = addresses.addressFor('198.51.100.1');

  expect(addresses.addressFor('sip.carrier.example')).toBe(outside);
  expect(addresses.addressFor('')).toBe(outside);
});
