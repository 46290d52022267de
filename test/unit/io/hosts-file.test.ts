import { expect, test } from 'vitest';
import { parseHosts, readHosts } from '../../../src/io/hosts-file.ts';

test('names have the addresses of their lines, of both families', () => {
  const names = parseHosts('# a comment\n192.0.2.1\tA.test  alias\n2001:db8::1 a.test # six\n');
  expect(names.get('a.test')).toEqual({ A: ['192.0.2.1'], AAAA: ['2001:db8::1'] });
  expect(names.get('alias')).toEqual({ A: ['192.0.2.1'], AAAA: [] });
});

test('what is no line of a hosts file is skipped', () => {
  expect(parseHosts('not an address\n\u0000\n192.0.2.999 x\n').size).toBe(0);
});

test('localhost is known without a file (RFC 6761 6.3)', async () => {
  const names = await readHosts('/nowhere/hosts');
  expect(names.get('localhost')).toEqual({ A: ['127.0.0.1'], AAAA: ['::1'] });
});
