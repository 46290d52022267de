import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoAgent } from '../../support/engine/engine-config.ts';
import { EngineProcess, type ProcessOptions } from '../../support/engine/engine-process.ts';
import { freePort } from '../../support/sipp/ports.ts';

const HOST = '127.0.0.1';

/** Exit code and everything printed. */
async function failure(
  options: ProcessOptions,
): Promise<{ exitCode: number | null; line: string }> {
  const failed = await EngineProcess.spawn(options);
  try {
    const { exitCode } = await failed.ended();
    return { exitCode, line: failed.output };
  } finally {
    await failed.close();
  }
}

/** It says so in one line and ends with 1. */
async function expectRefused(options: ProcessOptions, line: RegExp): Promise<void> {
  const failed = await failure(options);

  expect(failed.line.split('\n')).toHaveLength(1);
  expect(failed.line).toMatch(line);
  expect(failed.exitCode).toBe(1);
}

describe('a configuration that is wrong stops the start with one line', () => {
  test.concurrent.for([
    ['an unknown key', { sips: {} }, /test\.yaml: sips: unknown key/],
    [
      'a wrong type',
      { http: { port: 'eighty' } },
      /test\.yaml: http\.port: expected a whole number/,
    ],
    ['an RTP range of one port', { rtp: { ports: '30000-30000' } }, /rtp\.ports: expected a range/],
    ['an RTP range without an even pair', { rtp: { ports: '30001-30002' } }, /rtp\.ports|30001/],
    [
      'an address that is no network',
      { carriers: [{ name: 'a', inbound: ['10.0.0.0/64'] }] },
      /carriers\.0\.inbound\.0: expected an IP network/,
    ],
    [
      'a number without its agent',
      { numbers: [{ number: 'demo', agent: 'nobody' }] },
      /numbers\.0\.agent: no agent has this name/,
    ],
    [
      'a key under an agent',
      { agents: { demo: demoAgent({ endpointing: { silence: 1 } }) } },
      /agents\.demo\.endpointing\.silence: unknown key/,
    ],
    [
      'a provider without its key',
      { providers: { stt: 'deepgram' } },
      /providers\.stt: needs DEEPGRAM_API_KEY/,
    ],
    ['an address of another machine', { sip: { host: '192.0.2.1', port: 0 } }, /192\.0\.2\.1/],
    ['an audio address of another machine', { rtp: { host: '192.0.2.1' } }, /192\.0\.2\.1/],
  ] as const)('%s', ([, keys, line]) => expectRefused({ keys }, line));

  test.concurrent('a file that is no YAML', () =>
    expectRefused({ yaml: 'http:\n  port: [80\n' }, /test\.yaml: line \d+: /));

  test.concurrent('a variable that nobody reads', () =>
    expectRefused({ env: { TRUNKLINE_SIP_PROT: '5060' } }, /TRUNKLINE_SIP_PROT: unknown variable/));

  test.concurrent('a variable with a wrong value is named, and the value is not', async () => {
    const env = { TRUNKLINE_API_KEY: 'my-planted-secret' };
    const { line } = await failure({ env });

    expect(line).toMatch(/^trunkline: .*TRUNKLINE_API_KEY: expected/);
    expect(line).not.toContain('planted');
  });
});

describe('what the machine does not give stops the start with one line', () => {
  let udp: Socket;
  let tcp: Server;
  let port: number;

  beforeAll(async () => {
    port = await freePort('tcp', HOST);
    tcp = createServer().listen(port, HOST);
    await once(tcp, 'listening');
    udp = createSocket('udp4').bind(0, HOST);
    await once(udp, 'listening');
  });

  afterAll(() => {
    tcp.close();
    udp.close();
  });

  test('a SIP port that another program has for TCP', () =>
    expectRefused({ keys: { sip: { host: HOST, port } } }, new RegExp(`${HOST}:${port}`)));

  test('a SIP port that another program has for UDP', () => {
    const taken = udp.address().port;
    return expectRefused(
      { keys: { sip: { host: HOST, port: taken } } },
      new RegExp(`${HOST}:${taken}`),
    );
  });

  test('an HTTP port that another program has', () =>
    expectRefused({ keys: { http: { host: HOST, port } } }, new RegExp(`${HOST}:${port}`)));

  test('a data folder that is a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-file-'));
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expectRefused({ keys: { dataDir: file } }, new RegExp(file));
    await rm(folder, { recursive: true });
  });
});
