import { expect, test } from 'vitest';
import { traceOptions } from '../../../../src/cli/trace/options.ts';

const ID = '0c1f0000-0000-4000-8000-000000000000';
const KEY = 'tc_live_0123456789abcdef0';

test('address and key come from the configuration of the engine unless they are given', () => {
  const env = {
    TRUNKLINE_API_KEY: KEY,
    TRUNKLINE_HTTP_PORT: '8181',
    TRUNKLINE_HTTP_HOST: '0.0.0.0',
  };

  expect(traceOptions([ID], env)).toMatchObject({
    callId: ID,
    url: 'http://127.0.0.1:8181',
    key: KEY,
  });
  expect(traceOptions(['last', '--url', 'https://x/', '--key', 'k', '--raw'], {})).toEqual({
    callId: undefined,
    url: 'https://x',
    key: 'k',
    withMessages: true,
    json: false,
    pcapFile: undefined,
  });
});

test.each([
  [[], /expected one call id/],
  [[ID, ID], /expected one call id/],
  [['../health'], /is no call id/],
  [[ID], /which API key/],
] as const)('%j is refused in one line', (args, message) => {
  expect(() => traceOptions(args, {})).toThrow(message);
});

test('help is asked for without anything else', () => {
  expect(traceOptions(['--help'], {})).toBeUndefined();
});
