import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { DEFAULT_ACCEPT_LIMITS } from '../../src/io/sip-accept-gate.ts';
import { DEFAULT_CONNECTION_LIMITS } from '../../src/io/sip-connections.ts';
import type { SipServerLimits } from '../../src/io/sip-worker-messages.ts';
import { DEFAULT_ADMISSION_LIMITS } from '../../src/sip/admission/admission.ts';
import { DEFAULT_OVERLOAD_LIMITS } from '../../src/sip/admission/overload.ts';
import { sipLimits } from '../../src/sip-limits.ts';

async function limitsOf(limits: object, more: object = {}): Promise<SipServerLimits> {
  const file = join(await mkdtemp(join(tmpdir(), 'trunkline-config-')), 'test.yaml');
  await writeFile(file, JSON.stringify({ sip: { limits, ...more } }));
  return sipLimits(loadConfig({ file, env: {} }));
}

test('what nobody configures is what the server does by itself', async () => {
  expect(await limitsOf({})).toEqual({
    admission: DEFAULT_ADMISSION_LIMITS,
    overload: DEFAULT_OVERLOAD_LIMITS,
    connections: DEFAULT_CONNECTION_LIMITS,
    accept: DEFAULT_ACCEPT_LIMITS,
  });
});

test('every key has its place', async () => {
  const limits = await limitsOf(
    {
      known: { burst: 11, perSecond: 12 },
      strangers: {
        burst: 13,
        perSecond: 14,
        allPerSecond: 15,
        banSeconds: 16,
        longestBanSeconds: 17,
      },
      connections: {
        max: 18,
        maxPerAddress: 19,
        maxHandshakes: 20,
        firstMessageSeconds: 21,
        idleSeconds: 82,
      },
      overload: { lagMs: 83, waiting: 84, callsInSetUp: 85 },
    },
    { keepAliveSeconds: 26 },
  );

  expect(limits.admission).toMatchObject({
    known: { burst: 11, perSecond: 12 },
    stranger: { burst: 13, perSecond: 14, firstBanMs: 16_000, longestBanMs: 17_000 },
    strangersPerSecond: 15,
  });
  expect(limits.connections).toMatchObject({
    maxConnections: 18,
    firstMessageMs: 21_000,
    idleMs: 82_000,
    pingMs: 26_000,
  });
  expect(limits.accept).toMatchObject({ maxPerAddress: 19, maxHandshakes: 20 });
  expect(limits.overload).toEqual({ lagMs: 83, waiting: 84, callsInSetUp: 85 });
});

describe('out of range is refused by name', () => {
  test.each([
    ['known.burst', { known: { burst: 0 } }],
    ['known.perSecond', { known: { perSecond: 1_000_001 } }],
    ['strangers.allPerSecond', { strangers: { allPerSecond: 0 } }],
    ['strangers.longestBanSeconds', { strangers: { banSeconds: 60, longestBanSeconds: 59 } }],
    ['connections.max', { connections: { max: 1 } }],
    ['connections.firstMessageSeconds', { connections: { firstMessageSeconds: 0 } }],
    ['overload.lagMs', { overload: { lagMs: 1 } }],
    ['overload.callsInSetUp', { overload: { callsInSetUp: 1.5 } }],
  ])('%s', async (key, limits) => {
    await expect(limitsOf(limits)).rejects.toThrow(`sip.limits.${key}: expected`);
  });
});
