import { expect, test } from 'vitest';
import { AllowedSources } from '../../src/allowed-sources.ts';
import { CarrierRegistry } from '../../src/carriers/carrier-registry.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { carrierOf, gatewayOf } from '../support/carriers/carriers.ts';

function sourcesOf(addresses: Record<string, readonly string[]>) {
  const registry = new CarrierRegistry([
    carrierOf({ id: 'a', networks: ['203.0.113.0/24'], gateways: [gatewayOf({ id: 'literal' })] }),
    carrierOf({
      id: 'b',
      trunkType: 'reg',
      gateways: [gatewayOf({ id: 'named', host: 'sip.example' })],
    }),
  ]);
  const published: (readonly string[])[] = [];
  const logged: string[] = [];
  const sources = new AllowedSources({
    registry,
    logger: createLogger({ level: 'info', destination: { write: (line) => logged.push(line) } }),
    publish: (list) => published.push(list),
    locate: async ({ host }) =>
      (addresses[host] ?? []).map((each) => ({ transport: 'udp', host: each, port: 5060 })),
  });
  return { registry, sources, published, logged };
}

test('networks, addresses and what names stand for are heard; a registrar may call', async () => {
  const { registry, sources, published } = sourcesOf({ 'sip.example': ['198.51.100.1'] });
  await sources.refresh();
  sources.close();

  expect(published.at(-1)?.toSorted()).toEqual(['192.0.2.1', '198.51.100.1', '203.0.113.0/24']);
  expect(registry.carrierFor('198.51.100.1')?.id).toBe('b');
});

test('a name without an address is said once', async () => {
  const { sources, logged } = sourcesOf({});
  await sources.refresh();
  await sources.refresh();
  sources.close();

  expect(logged).toHaveLength(1);
});

test('a name that cannot be resolved any more is heard where it was last', async () => {
  const addresses: Record<string, readonly string[]> = { 'sip.example': ['198.51.100.1'] };
  const { registry, sources, published, logged } = sourcesOf(addresses);
  await sources.refresh();
  addresses['sip.example'] = [];
  await sources.refresh();

  expect(published.at(-1)).toContain('198.51.100.1');
  expect(registry.carrierFor('198.51.100.1')?.id).toBe('b');
  expect(logged).toHaveLength(1);

  registry.remove('b');
  await sources.refresh();
  registry.put(
    carrierOf({ id: 'b', gateways: [gatewayOf({ id: 'named', host: 'other.example' })] }),
  );
  await sources.refresh();
  expect(published.at(-1)).not.toContain('198.51.100.1');
  sources.close();
});

test('a change of carriers is published at once', async () => {
  const { registry, sources, published } = sourcesOf({ 'sip.example': ['198.51.100.1'] });
  await sources.refresh();
  registry.put(carrierOf({ id: 'c', networks: ['10.0.0.0/8'] }));
  expect(published.at(-1)).toContain('10.0.0.0/8');
  expect(published.at(-1)).toContain('198.51.100.1');
  registry.remove('c');
  expect(published.at(-1)).not.toContain('10.0.0.0/8');
  sources.close();
});
