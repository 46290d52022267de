import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEY } from '../../support/engine/engine-config.ts';
import { Phone } from '../../support/engine/phone.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';

const MAIN = new URL('../../../src/cli/trace/main.ts', import.meta.url).pathname;

let running: RunningEngine;
let callId: string;

beforeAll(async () => {
  running = await RunningEngine.start();
  const phone = await Phone.call({ remote: running.remote });
  await phone.hangUp();
  callId = await running.api.newest();
  await running.api.ended(callId);
});

afterAll(() => running.close());

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a user has it: a process of its own, which finds key and address in the environment. */
async function trace(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { port } = new URL(running.api.url);
  const { PATH } = process.env;
  const env = {
    PATH,
    TRUNKLINE_HTTP_PORT: port,
    TRUNKLINE_API_KEY: API_KEY,
    ...more,
  };
  try {
    const ran = await promisify(execFile)(process.execPath, [MAIN, ...args], { env });
    return { code: 0, ...ran };
  } catch (error) {
    const { code, stdout, stderr } = Object(error);
    return { code, stdout, stderr };
  }
}

test('the picture of a call, without colours into a pipe', async () => {
  const { code, stdout } = await trace([callId]);

  expect(code).toBe(0);
  expect(stdout).toContain(`Call ${callId} (inbound, local)`);
  expect(stdout).toContain('── INVITE (SDP)  CSeq 1 ');
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toContain('Via:');
});

test('the newest call, its messages whole', async () => {
  expect((await trace(['last', '--raw'])).stdout).toContain('Via: SIP/2.0/UDP');
});

test('as JSON and as a capture file', async () => {
  const file = join(running.dataDir, 'x.pcap');
  const json = await trace([callId, '--json']);
  const { stdout } = await trace([callId, '--pcap', file]);
  const bytes = await readFile(file);

  expect(JSON.parse(json.stdout)).toMatchObject({ call_id: callId, omitted: 0 });
  expect(stdout).toBe(`${bytes.length} bytes written to ${file}\n`);
  expect(bytes.readUInt32BE(0)).toBe(0xa1b2c3d4);
});

test.each([
  [['0c1f0000-0000-4000-8000-000000000000'], {}, 'there is no call with this id'],
  [['last'], { TRUNKLINE_API_KEY: 'tc_live_not0the0right0key' }, 'does not know this API key'],
  [['last', '--url', 'http://127.0.0.1:1'], {}, 'no engine answers at http://127.0.0.1:1'],
  [['last', '--pcap', '/nowhere/x.pcap'], {}, 'ENOENT'],
  [['last', '--colour'], {}, "'--colour'"],
] as const)('%j %j fails with one line', async (args, env, message) => {
  const { code, stdout, stderr } = await trace(args, env);
  const said = stderr.split('\n').filter((line) => line.startsWith('trace: '));

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(message);
});
