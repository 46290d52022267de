import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import type { Environment } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { TrunklineConfig } from '../../../src/config/schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-config-'));
const file = join(folder, 'test.yaml');

afterAll(() => rmSync(folder, { recursive: true }));

function load(yaml: string, env: Environment = {}): TrunklineConfig {
  writeFileSync(file, yaml);
  return loadConfig({ file, env });
}

function problem(yaml: string, env: Environment = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replace(file, 'FILE');
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const DEMO = 'demo';
const AGENT = 'agents: { a: { instructions: Be kind. } }\n';

describe('configuration', () => {
  test('an empty file gives the safe defaults: loopback only, no carrier, no number', () => {
    expect(load('')).toMatchObject({
      http: { host: '127.0.0.1', port: 8080 },
      sip: { host: '127.0.0.1', port: 5060 },
      rtp: { ports: { first: 20_000, last: 29_999 } },
      dataDir: './data',
      limits: { maxCalls: 200, drainMs: 30_000 },
      providers: { stt: 'auto', llm: 'auto', tts: 'auto' },
      carriers: [],
      numbers: [],
      agents: {},
    });
  });

  test('without a file named, configs/default.yaml lets this machine call the demo agent', () => {
    const config = loadConfig({ env: {} });

    expect(config.carriers).toMatchObject([
      { name: 'local', inbound: ['127.0.0.0/8'], gateways: [], e164LeadingPlus: true },
    ]);
    expect(config.numbers).toEqual([{ number: 'demo', agent: 'demo' }]);
    expect(config.agents[DEMO]?.firstSentence).toBeDefined();
  });

  test('the environment wins over the file', () => {
    const config = load('http: { port: 1111, host: 0.0.0.0 }', { TRUNKLINE_HTTP_PORT: '2222' });

    expect(config.http).toEqual({ host: '0.0.0.0', port: 2222 });
  });

  test('an empty variable counts as unset', () => {
    expect(load('', { TRUNKLINE_HTTP_PORT: '', OPENAI_API_KEY: ' ' })).toEqual(load(''));
  });

  test('TRUNKLINE_DRACHTIO is host:port of an external SIP server', () => {
    const env = { TRUNKLINE_DRACHTIO: 'sip.internal:9022', TRUNKLINE_DRACHTIO_SECRET: 'cymru' };

    expect(load('', env).drachtio).toEqual({ host: 'sip.internal', port: 9022, secret: 'cymru' });
  });

  test('what is loaded cannot be changed', () => {
    const config = load(`${AGENT}numbers: [{ number: "*", agent: a }]`);

    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.numbers[0])).toBe(true);
  });

  test.each([
    ['htpp: {}', 'FILE: htpp: unknown key'],
    ['http: { prot: 1 }', 'FILE: http.prot: unknown key'],
    ['http: 5', 'FILE: http: '],
    ['http: { port: many }', 'FILE: http.port: expected a whole number from 0 to 65535'],
    ['http: { port: 65536 }', 'FILE: http.port: expected a whole number from 0 to 65535'],
    ['http: { host: "a b" }', 'FILE: http.host: expected a host name'],
    ['sip: { host: localhost }', 'FILE: sip.host: expected an IPv4 address'],
    ['sip: { externalIp: 1.2.3 }', 'FILE: sip.externalIp: expected an IPv4 address'],
    ['rtp: { ports: 20000 }', 'FILE: rtp.ports: expected a range'],
    ['rtp: { ports: 30000-20000 }', 'FILE: rtp.ports: expected a range'],
    ['rtp: { ports: 80-90 }', 'FILE: rtp.ports: expected a range'],
    ['media: { threads: 0 }', 'FILE: media.threads: expected a whole number from 1 to 64'],
    ['limits: { maxCalls: 0 }', 'FILE: limits.maxCalls: expected a whole number from 1 to 10000'],
    ['limits: { drainMs: -1 }', 'FILE: limits.drainMs: expected a whole number'],
    ['fromNumber: +15551234567', 'FILE: fromNumber: expected a phone number in quotes'],
    ['fromNumber: "0555"', 'FILE: fromNumber: expected an E.164 phone number'],
    ['log: { level: loud }', 'FILE: log.level: expected fatal, error'],
    [
      'providers: { stt: magic }',
      'FILE: providers.stt: expected auto, openai, deepgram or sandbox',
    ],
    [
      'providers: { openai: { baseUrl: "ftp://a" } }',
      'FILE: providers.openai.baseUrl: expected a URL',
    ],
    [
      'providers: { openai: { baseUrl: "http://u:p@a" } }',
      'FILE: providers.openai.baseUrl: expected',
    ],
    ['drachtio: { host: a }', 'FILE: drachtio.secret: expected text'],
    [
      'carriers: [{ name: a, inbound: [1.2.3.4/33] }]',
      'FILE: carriers.0.inbound.0: expected an IP network',
    ],
    [
      'carriers: [{ name: a, inbound: [example.com] }]',
      'FILE: carriers.0.inbound.0: expected an IP network',
    ],
    ['carriers: [{ inbound: [] }]', 'FILE: carriers.0.name: expected a name'],
    ['carriers: [{ name: a }, { name: a }]', 'FILE: carriers.1.name: used twice'],
    ['carriers: [{ name: a, username: u }]', 'FILE: carriers.0: username and password go together'],
    [
      'carriers: [{ name: a, gateway: { host: b, transport: sctp } }]',
      'FILE: carriers.0.gateway.transport: expected udp, tcp, tls, ws or wss',
    ],
    [
      'carriers: [{ name: a, codecs: [PCMU, G729] }]',
      'FILE: carriers.0.codecs.1: expected PCMU, PCMA, G722, opus, L16/8000 or L16/16000',
    ],
    [
      'carriers: [{ name: a, ptimeMs: 25 }]',
      'FILE: carriers.0.ptimeMs: expected 10, 20, 30, 40, 50 or 60',
    ],
    [
      'carriers: [{ name: a, srtp: yes }]',
      'FILE: carriers.0.srtp: expected off, accept, optional or required',
    ],
    [
      'carriers: [{ name: a, strictRtpAddress: 1 }]',
      'FILE: carriers.0.strictRtpAddress: expected true or false',
    ],
    [
      'sip: { softphones: { codecs: [] } }',
      'FILE: sip.softphones.codecs: expected at least one codec',
    ],
    [
      'sip: { softphones: { srtp: always } }',
      'FILE: sip.softphones.srtp: expected off, accept, optional or required',
    ],
    ['numbers: [{ number: 100, agent: a }]', 'FILE: numbers.0.number: expected text'],
    ['numbers: [{ number: "1", agent: b }]', 'FILE: numbers.0.agent: no agent has this name'],
    [
      `${AGENT}numbers: [{ number: "1", agent: a }, { number: "1", agent: a }]`,
      'FILE: numbers.1.number: used twice',
    ],
    ['agents: { a: {} }', 'FILE: agents.a.instructions: expected text'],
    [
      'agents: { a: { instructions: b, temperature: 3 } }',
      'FILE: agents.a.temperature: expected a number from 0 to 2',
    ],
    [
      'agents: { a: { instructions: b, language: "e!" } }',
      'FILE: agents.a.language: expected a language tag',
    ],
    [
      'agents: { a: { instructions: b, onProviderFailure: cry } }',
      'FILE: agents.a.onProviderFailure: expected continue or end-call',
    ],
    [
      'agents: { a: { instructions: b, endpointing: { silenceMs: 200, minSilenceMs: 300 } } }',
      'FILE: agents.a.endpointing.minSilenceMs: must not be more than silenceMs',
    ],
    ['a:\n - [', 'FILE: line 2: '],
    ['- a', 'FILE: expected keys and values'],
    ['http: {}\nhttp: {}', 'FILE: line '],
  ])('refuses %j with one line', (yaml, expected) => {
    const message = problem(yaml);

    expect(message).toContain(expected);
    expect(message).not.toContain('\n');
  });

  test.each([
    [{ TRUNKLINE_HTTP_PROT: '1' }, 'TRUNKLINE_HTTP_PROT: unknown variable'],
    [{ TRUNKLINE_HTTP_PORT: 'x' }, 'TRUNKLINE_HTTP_PORT: expected a number'],
    [
      { TRUNKLINE_HTTP_PORT: '70000' },
      'TRUNKLINE_HTTP_PORT: expected a whole number from 0 to 65535',
    ],
    [{ TRUNKLINE_DRACHTIO: 'nohost' }, 'TRUNKLINE_DRACHTIO: expected host:port'],
    [{ TRUNKLINE_API_KEY: 'hunter2' }, 'TRUNKLINE_API_KEY: expected tc_live_'],
    [{ TRUNKLINE_EXTERNAL_IP: 'here' }, 'TRUNKLINE_EXTERNAL_IP: expected an IPv4 address'],
    [{ OPENAI_BASE_URL: 'localhost' }, 'OPENAI_BASE_URL: expected a URL'],
    [{ TRUNKLINE_RTP_PORTS: '1-2' }, 'TRUNKLINE_RTP_PORTS: expected a range'],
    [{ TRUNKLINE_LLM: 'hal' }, 'TRUNKLINE_LLM: expected auto, openai or sandbox'],
  ])('refuses %j naming the variable', (env, expected) => {
    expect(problem('', env)).toContain(expected);
  });

  test('a problem never repeats the value, which may be a secret', () => {
    expect(problem('', { TRUNKLINE_API_KEY: 'hunter2' })).not.toContain('hunter2');
  });

  test('a file that is not there is named', () => {
    expect(() => loadConfig({ file: join(folder, 'none.yaml'), env: {} })).toThrow(/none\.yaml/);
  });
});
