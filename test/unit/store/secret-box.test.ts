import { expect, test } from 'vitest';
import { SecretBox } from '../../../src/store/secret-box.ts';

const box = new SecretBox('a passphrase');

test('what was sealed is opened with the same key, for the same owner', () => {
  const sealed = box.seal('owner', 'pässword');

  expect(sealed).toMatch(/^v1\.[\w-]+$/);
  expect(new SecretBox('a passphrase').open('owner', sealed)).toBe('pässword');
});

test('the same secret is sealed differently every time', () => {
  expect(box.seal('owner', 'same')).not.toBe(box.seal('owner', 'same'));
});

test.each([
  ['another key', (sealed: string) => new SecretBox('other').open('owner', sealed)],
  ['another owner', (sealed: string) => box.open('other', sealed)],
  ['a changed text', (sealed: string) => box.open('owner', `${sealed.slice(0, -3)}AAA`)],
  ['half a text', (sealed: string) => box.open('owner', sealed.slice(0, 12))],
  ['another form', (sealed: string) => box.open('owner', sealed.replace('v1', 'v2'))],
  ['nothing', () => box.open('owner', '')],
])('%s: refused, without the secret', (_name, read) => {
  const run = () => read(box.seal('owner', 'a secret'));

  expect(run).toThrow('encrypted with another encryptionKey');
});
