import { randomInt } from 'node:crypto';

export const API_KEY = 'tc_live_engine0123456789abcdef';
export const GREETING = 'Hello, this is the test agent. What can I do for you?';

/** A configuration file as plain keys; what it names replaces the whole key of {@link engineConfig}. */
export type ConfigKeys = Readonly<Record<string, unknown>>;

/**
 * Everything on loopback and on ports that are free, no provider but the built-in ones, one agent `demo`. Only 127.0.0.1 may call in.
 */
export function engineConfig(dataDir: string, keys: ConfigKeys = {}): ConfigKeys {
  return {
    http: { host: '127.0.0.1', port: 0 },
    sip: { host: '127.0.0.1', port: 0 },
    rtp: { ports: rtpPorts() },
    dataDir,
    apiKey: API_KEY,
    fromNumber: '+493012345',
    limits: { drainMs: 5_000 },
    providers: { stt: 'sandbox', llm: 'sandbox', tts: 'flite' },
    carriers: [{ name: 'local', inbound: ['127.0.0.1/32'] }],
    numbers: [{ number: 'demo', agent: 'demo' }],
    agents: { demo: demoAgent() },
    ...keys,
    ...('carriers' in keys && { carriers: withoutPings(keys['carriers']) }),
  };
}

/** A scenario of SIPp waits for an INVITE: an OPTIONS before it is not in the script. */
function withoutPings(carriers: unknown): unknown {
  if (!Array.isArray(carriers)) return carriers;
  return carriers.map((carrier: ConfigKeys) => {
    const { gateway } = carrier;
    if (typeof gateway !== 'object') return carrier;
    return { ...carrier, gateway: { sendOptionsPing: false, ...gateway } };
  });
}

export function demoAgent(keys: ConfigKeys = {}): ConfigKeys {
  return {
    instructions: 'You are a test agent.',
    firstSentence: GREETING,
    language: 'en-US',
    voice: 'slt',
    ...keys,
  };
}

/** Below the ports that the system hands out by itself, and seldom those of another test run. */
function rtpPorts(count = 400): string {
  const first = 2 * randomInt(10_000, 15_000);
  return `${first}-${first + count - 1}`;
}
