import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { Baresip, baresipMissing } from '../../support/registrar/baresip.ts';

const PASSWORD = 'correct-horse-battery';
const ATTACK_MS = 8_000;

let engine: RunningEngine;

function startEngine(digestAlgorithms = ['SHA-256', 'MD5']): Promise<RunningEngine> {
  const users = ['alice', '1007'].map((username) => ({ username, password: PASSWORD }));
  return RunningEngine.start({
    sip: { host: '127.0.0.1', port: 0, tlsPort: 0, users, digestAlgorithms },
    carriers: [{ name: 'elsewhere', inbound: ['127.0.0.99/32'] }],
  });
}

async function contacts(): Promise<number> {
  const { body } = await engine.api.request<{
    readonly data: readonly { readonly registered_contacts: number }[];
  }>('GET', '/v1/sip-users');
  return body.data.reduce((sum, each) => sum + each.registered_contacts, 0);
}

describe.skipIf(baresipMissing)(`baresip (${baresipMissing ?? 'found'})`, () => {
  let phone: Baresip | undefined;

  beforeAll(async () => {
    // This baresip gives up at an algorithm that it does not know.
    engine = await startEngine(['MD5']);
  });

  afterEach(() => phone?.quit());

  afterAll(() => engine.close());

  function portOf(transport: 'udp' | 'tcp' | 'tls'): number {
    const line: object = engine.log.find(({ msg }) => msg === 'SIP ports') ?? {};
    const ports = new Map<string, unknown>(Object.entries(line));
    return Number(ports.get(transport === 'tls' ? 'tls' : 'sip'));
  }

  test.each(['udp', 'tcp', 'tls'] as const)(
    'over %s it registers, calls the agent, hangs up and leaves',
    async (transport) => {
      const port = portOf(transport);
      const account = { port, transport, username: 'alice', password: PASSWORD };
      const command = `/dial sip:demo@127.0.0.1:${port};transport=${transport}`;
      phone = await Baresip.start({ ...account, command });
      await phone.says(/Call established/);
      expect(await contacts()).toBe(1);
      const id = await engine.api.newest();
      await engine.api.callWith(id, 'in_progress');
      await phone.quit();
      const call = await engine.api.ended(id);
      expect(call).toMatchObject({ carrier: 'softphone', ended_by: 'caller' });
      await until('it has left', async () => ((await contacts()) === 0 ? true : undefined));
    },
  );

  test('it is called', async () => {
    const account = { port: portOf('udp'), transport: 'udp', username: 'alice' } as const;
    phone = await Baresip.start({ ...account, password: PASSWORD, answers: true });
    await until('it registers', async () => ((await contacts()) === 1 ? true : undefined));
    const id = await engine.api.dial({ phone_number: 'sip:alice' });
    await phone.says(/Call established/);
    await engine.api.callWith(id, 'in_progress');
    await engine.api.request('POST', `/v1/calls/${id}/stop`);
    const call = await engine.api.ended(id);
    expect(call).toMatchObject({ carrier: 'softphone', started_at: expect.any(String) });
  });
});

const sipviciousMissing =
  spawnSync('svwar', ['--version']).error === undefined ? undefined : 'sipvicious is not installed';

describe.skipIf(sipviciousMissing)(`sipvicious (${sipviciousMissing ?? 'found'})`, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-sipvicious-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Its output, after its end or after a while. */
  async function attack(program: string, args: readonly string[]): Promise<string> {
    const child = spawn(program, [...args], { cwd: folder, env: { ...process.env, HOME: folder } });
    let output = '';
    const read = (bytes: Buffer) => {
      output += bytes.toString();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const timer = setTimeout(() => child.kill('SIGINT'), ATTACK_MS);
    await once(child, 'exit');
    clearTimeout(timer);
    return output;
  }

  test('svwar finds none of a thousand users', async () => {
    engine = await startEngine();
    const port = String(engine.remote.port);
    const range = ['--force', '-e1000-1999', '-b', '127.0.0.1', '-p', port, '127.0.0.1'];
    const output = await attack('svwar', range);
    const { challenges } = (await engine.stats()).sip;
    await engine.close();
    expect(output).not.toMatch(/\|\s*1\d\d\d\s*\|/);
    expect(challenges).toBeGreaterThan(1);
  });

  test('svcrack does not find a password that is in its list', async () => {
    engine = await startEngine();
    const words = Array.from({ length: 200 }, (_, i) => `wrong-${i}`);
    await writeFile(join(folder, 'words'), [...words, PASSWORD].join('\n'));
    const port = String(engine.remote.port);
    const args = ['-u1007', '-d', 'words', '-b', '127.0.0.1', '-p', port, '127.0.0.1'];
    const output = await attack('svcrack', args);
    await engine.close();
    // Version 0.3.3 fails at a challenge that offers auth-int: how many tries others have is in the test of guessing.
    expect(output).not.toContain(PASSWORD);
  });
});
