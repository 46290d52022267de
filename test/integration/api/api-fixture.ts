import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { ensureApiKey } from '../../../src/accounts/api-keys.ts';
import { type ApiOptions, createApi } from '../../../src/api/api-server.ts';
import type { CallGateway } from '../../../src/api/call-gateway.ts';
import type { CarrierDirectory } from '../../../src/api/carrier-directory.ts';
import type { HealthCheck } from '../../../src/api/health.ts';
import type { SoftphoneDirectory } from '../../../src/api/softphone-directory.ts';
import type { CallSpec } from '../../../src/call/call-spec.ts';
import type { TransferRequest } from '../../../src/call/transfer-request.ts';
import { Carriers } from '../../../src/carriers/carriers.ts';
import type { HealthSnapshot } from '../../../src/carriers/gateway-health.ts';
import type { RegistrationSnapshot } from '../../../src/carriers/registration.ts';
import type { TrunklineError } from '../../../src/core/errors.ts';
import { SipUsers } from '../../../src/registrar/sip-users.ts';
import { SecretBox } from '../../../src/store/secret-box.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { carrierOf } from '../../support/carriers/carriers.ts';

export const API_KEY = 'tc_live_integration0123456789';

/** Takes the API's commands and does nothing but remember them. */
class FakeGateway implements CallGateway {
  readonly created: CallSpec[] = [];
  readonly commands: string[] = [];
  active = 0;
  /** Thrown by the next command. */
  refusal: TrunklineError | undefined;

  create(spec: CallSpec): void {
    this.#refuse();
    this.created.push(spec);
  }

  stop(callId: string): void {
    this.#refuse();
    this.commands.push(`stop ${callId}`);
  }

  cancel(callId: string): void {
    this.#refuse();
    this.commands.push(`cancel ${callId}`);
  }

  transfer(callId: string, { to, mode }: TransferRequest): void {
    this.#refuse();
    this.commands.push(`transfer ${callId} ${mode} ${to}`);
  }

  hold(callId: string): void {
    this.#refuse();
    this.commands.push(`hold ${callId}`);
  }

  resume(callId: string): void {
    this.#refuse();
    this.commands.push(`resume ${callId}`);
  }

  press(callId: string, digits: string): void {
    this.#refuse();
    this.commands.push(`press ${callId} ${digits}`);
  }

  activeCalls(): number {
    return this.active;
  }

  #refuse(): void {
    const refusal = this.refusal;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal;
  }
}

export const SYSTEM_CARRIER = carrierOf({
  id: '11111111-1111-8111-8111-111111111111',
  name: 'local',
  networks: ['127.0.0.0/8'],
});
const SYSTEM_SIP_USER = {
  id: 'config:front-desk',
  username: 'front-desk',
  realm: 'trunkline',
  hashes: { 'SHA-256': 'a'.repeat(64), MD5: 'b'.repeat(32) },
  maxContacts: 5,
};
/** What stands for the address that the server listens on itself. */
const OWN_SIP_PORT = 5_999;

/** Real carriers, whose state is what a test says. */
class FakeDirectory implements CarrierDirectory {
  readonly carriers: Carriers;
  readonly health = new Map<string, HealthSnapshot>();
  readonly registrations = new Map<string, RegistrationSnapshot>();
  readonly calls = new Map<string, number>();

  constructor(carriers: Carriers) {
    this.carriers = carriers;
  }

  healthOf(gatewayId: string) {
    return this.health.get(gatewayId);
  }

  registrationOf(carrierId: string) {
    return this.registrations.get(carrierId);
  }

  callsInUse(id: string): number {
    return this.calls.get(id) ?? 0;
  }

  isOwnAddress(host: string, port: number | undefined): boolean {
    return host === '127.0.0.1' && port === OWN_SIP_PORT;
  }
}

/** Real softphones, registered as a test says. */
class FakeSoftphones implements SoftphoneDirectory {
  readonly users: SipUsers;
  readonly contacts = new Map<string, number>();

  constructor(users: SipUsers) {
    this.users = users;
  }

  registeredContacts(userId: string): number {
    return this.contacts.get(userId) ?? 0;
  }

  remove(accountId: string, id: string): Promise<void> {
    return this.users.remove(accountId, id);
  }
}

export interface TestApi {
  readonly url: string;
  readonly store: Store;
  readonly gateway: FakeGateway;
  readonly directory: FakeDirectory;
  readonly softphones: FakeSoftphones;
  readonly accountId: string;
  readonly recordingsDir: string;
  readonly checks: Record<string, HealthCheck>;
  readonly logged: readonly string[];
  isDraining: boolean;
  request(method: string, path: string, options?: RequestOptions): Promise<TestResponse>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

const cleanups: (() => Promise<void>)[] = [];

/** Closes what a test started and removes its files. */
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The real API on a free port with a real database in a folder of its own. */
export async function startApi(
  overrides: Partial<ApiOptions> = {},
  { fromNumber }: { fromNumber: 'default' | 'none' } = { fromNumber: 'default' },
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-api-'));
  cleanups.push(async () => rmSync(folder, { recursive: true }));
  const recordingsDir = join(folder, 'recordings');
  mkdirSync(recordingsDir);
  const store = await openStore({
    file: join(folder, 'trunkline.db'),
    onFailure: (error) => {
      throw error;
    },
  });
  cleanups.push(() => store.close());
  const { accountId } = await ensureApiKey(store.accounts, API_KEY);
  const gateway = new FakeGateway();
  const carriers = await Carriers.open({
    system: [SYSTEM_CARRIER],
    store: store.carriers,
    box: new SecretBox('key of the tests'),
  });
  const directory = new FakeDirectory(carriers);
  const users = await SipUsers.open({
    configured: [{ ...SYSTEM_SIP_USER, accountId }],
    store: store.sipUsers,
    box: new SecretBox('key of the tests'),
    realm: 'trunkline',
  });
  const softphones = new FakeSoftphones(users);
  const checks: Record<string, HealthCheck> = { signaling: { isUp: true } };
  const logged: string[] = [];
  const state = { isDraining: false };
  const server = await createApi({
    host: '127.0.0.1',
    port: 0,
    version: '0.0.0-test',
    accountId,
    ...(fromNumber === 'default' ? { fromNumber: '+14155550100' } : {}),
    maxCalls: 5,
    ringTimeoutMs: 60_000,
    rtpTimeoutMs: 30_000,
    recordingsDir,
    store,
    calls: gateway,
    ladders: { unavailable: 'nothing is captured here', find: async () => undefined },
    carriers: directory,
    softphones,
    health: {
      isDraining: () => state.isDraining,
      checks: () => checks,
      providers: () => ({ stt: 'sandbox', llm: 'sandbox', tts: 'flite', notes: ['no key is set'] }),
    },
    resolveVoice: (requested) =>
      requested === 'slt'
        ? { voice: 'slt' }
        : { voice: 'slt', note: `voice ${requested} is not available: slt speaks` },
    logger: createLogger({ level: 'debug', destination: { write: (line) => logged.push(line) } }),
    metrics: new Metrics(),
    ...overrides,
  });
  const { host, port } = await server.listen();
  cleanups.push(() => server.close());
  const url = `http://${host}:${port}`;
  return Object.assign(state, {
    url,
    store,
    gateway,
    directory,
    softphones,
    accountId,
    recordingsDir,
    checks,
    logged,
    request: (method: string, path: string, options: RequestOptions = {}) =>
      send(method, url + path, options),
  });
}

async function send(method: string, url: string, options: RequestOptions): Promise<TestResponse> {
  const hasBody = options.body !== undefined;
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...options.headers,
    },
    ...(hasBody ? { body: toText(options.body) } : {}),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    json: isJson ? JSON.parse(text) : text,
  };
}

function toText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export const CALL_BODY = {
  phone_number: '+14155550123',
  task: 'Ask for the opening hours on Sunday.',
};
