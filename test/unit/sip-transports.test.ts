import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { TrunklineConfig } from '../../src/config/schema.ts';
import { mediaHost, sipTransports } from '../../src/sip-transports.ts';

async function configOf(sip: object, env: Record<string, string> = {}): Promise<TrunklineConfig> {
  const file = join(await mkdtemp(join(tmpdir(), 'trunkline-config-')), 'test.yaml');
  await writeFile(file, JSON.stringify({ sip }));
  return loadConfig({ file, env });
}

test('ports that nobody asked for are the default ones and give way', async () => {
  const { listen } = sipTransports(await configOf({}));

  expect(listen).toEqual({
    tls: { port: 5_061, isOptional: true },
    ws: { port: 5_080, isOptional: true },
    wss: { port: 5_081, isOptional: true },
  });
});

test('with a SIP port that is left to chance there are no others unless they are named', async () => {
  expect(sipTransports(await configOf({ port: 0 })).listen).toEqual({});
  expect(sipTransports(await configOf({ port: 0, tlsPort: 0 })).listen).toEqual({
    tls: { port: 0, isOptional: false },
  });
});

test('the environment names hosts, ports and files', async () => {
  const options = sipTransports(
    await configOf(
      {},
      {
        TRUNKLINE_SIP_HOST: '127.0.0.1, ::1',
        TRUNKLINE_SIP_TLS_PORT: '7061',
        TRUNKLINE_SIP_WS_PORT: '7080',
        TRUNKLINE_SIP_WSS_PORT: '7081',
        TRUNKLINE_TLS_CERT: 'a.crt',
        TRUNKLINE_TLS_KEY: 'a.key',
      },
    ),
  );

  expect(options.host).toEqual(['127.0.0.1', '::1']);
  expect(Object.values(options.listen ?? {}).map(({ port }) => port)).toEqual([
    7_061, 7_080, 7_081,
  ]);
  expect(options.tls?.files).toEqual({ certificate: 'a.crt', key: 'a.key' });
});

test('a file that cannot be read is named by its key', async () => {
  const config = await configOf({ tls: { ca: '/nowhere/ca.pem' } });

  expect(() => sipTransports(config)).toThrow(/^sip\.tls\.ca: ENOENT/);
});

test('a certificate goes with its key', async () => {
  await expect(configOf({ tls: { certificate: 'a.crt' } })).rejects.toThrow(
    'certificate and key go together',
  );
});

test('audio needs an IPv4 address', async () => {
  expect(mediaHost(await configOf({ host: ['::1', '127.0.0.1'] }))).toBe('127.0.0.1');
  const config = await configOf({ host: '::1' });
  expect(() => mediaHost(config)).toThrow('rtp.host: needed when sip.host holds no IPv4 address');
});
