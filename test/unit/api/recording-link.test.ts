import { expect, test } from 'vitest';
import { RecordingLinks } from '../../../src/api/recording-link.ts';

const links = new RecordingLinks('secret', () => 'https://voice.example');
const CALL = '00000000-0000-4000-8000-000000000001';

function parts(url: string) {
  const { origin, pathname, searchParams } = new URL(url);
  const expires = searchParams.get('expires') ?? '';
  const token = searchParams.get('token') ?? '';
  return { address: origin + pathname, expires, token };
}

test('a link opens its own recording until it expires after a day', () => {
  const { address, ...query } = parts(links.urlOf(CALL, '.mp3', 0));

  expect(address).toBe(`https://voice.example/recordings/${CALL}.mp3`);
  expect(links.isValid(CALL, query, 86_400_000)).toBe(true);
  expect(links.isValid(CALL, query, 86_400_001)).toBe(false);
});

test('a changed link opens nothing', () => {
  const query = parts(links.urlOf(CALL, '.mp3', 0));
  const other = new RecordingLinks('other', () => '');

  expect(links.isValid(CALL.replace('1', '2'), query, 0)).toBe(false);
  expect(links.isValid(CALL, { ...query, expires: '99999999' }, 0)).toBe(false);
  expect(links.isValid(CALL, { ...query, expires: 'never' }, 0)).toBe(false);
  expect(links.isValid(CALL, { ...query, token: '' }, 0)).toBe(false);
  expect(other.isValid(CALL, query, 0)).toBe(false);
});
