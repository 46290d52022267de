import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CaptureBatch, SipTap } from '../../../src/io/sip-tap.ts';
import { readCaptureBatch } from '../../../src/trace/capture-batch.ts';

const FROM = { transport: 'udp', host: '203.0.113.7', port: 5070, connection: undefined } as const;

function setUp() {
  const batches: CaptureBatch[] = [];
  const tap = new SipTap({
    epochMs: 0,
    localFor: (_remote, transport) => ({
      host: '192.0.2.1',
      port: transport === 'tls' ? 5061 : 5060,
    }),
    post: (batch) => batches.push(batch),
  });
  const messages = () =>
    batches.flatMap(({ buffer, length }) => [...readCaptureBatch(buffer, length)]);
  return { tap, batches, messages };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('messages go together, a tenth of a second after the first', () => {
  const { tap, batches, messages } = setUp();
  tap.received(Uint8Array.of(1), FROM);
  tap.sent(Uint8Array.of(2, 3), { ...FROM, host: 'name', address: '198.51.100.1' });
  expect(batches).toHaveLength(0);
  vi.advanceTimersByTime(100);

  expect(batches).toHaveLength(1);
  expect(messages()).toMatchObject([
    { direction: 'in', remote: { host: '203.0.113.7', port: 5070 }, bytes: Uint8Array.of(1) },
    { direction: 'out', remote: { host: '198.51.100.1' }, bytes: Uint8Array.of(2, 3) },
  ]);
});

test('a full batch goes at once, and a message of any size', () => {
  const { tap, batches, messages } = setUp();
  for (const size of [40_000, 40_000, 65_535]) tap.received(new Uint8Array(size), FROM);
  tap.close();

  expect(batches).toHaveLength(3);
  expect(messages().map(({ bytes }) => bytes.length)).toEqual([40_000, 40_000, 65_535]);
});

test('a reader that is behind loses messages, and learns how many', () => {
  const { tap, batches } = setUp();
  for (let at = 0; at < 40; at++) tap.received(new Uint8Array(60_000), FROM);
  expect(batches).toHaveLength(32);
  tap.acknowledge();
  tap.received(Uint8Array.of(1), FROM);
  tap.close();

  expect(batches.at(-1)?.dropped).toBe(7);
});

test('a message is copied: its buffer may be used again', () => {
  const { tap, messages } = setUp();
  const bytes = Uint8Array.of(1, 2);
  tap.received(bytes, FROM);
  bytes.fill(9);
  tap.close();

  expect(messages()[0]?.bytes).toEqual(Uint8Array.of(1, 2));
});

test('our end is the one that faces the far end, by transport', () => {
  const { tap, messages } = setUp();
  tap.received(Uint8Array.of(1), { ...FROM, transport: 'tls' });
  tap.received(Uint8Array.of(2), FROM);
  tap.close();

  expect(messages().map(({ local, transport }) => `${transport} ${local.port}`)).toEqual([
    'tls 5061',
    'udp 5060',
  ]);
});
