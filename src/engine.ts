import { join } from 'node:path';
import { ensureApiKey } from './accounts/api-keys.ts';
import { admittedCalls } from './admitted-calls.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { createConfiguredApi } from './configured-api.ts';
import { openMedia } from './configured-media.ts';
import { configuredProviders } from './configured-providers.ts';
import type { CallSupervisor } from './io/call-supervisor.ts';
import type { EmbeddedSipServer, SipThreadStats } from './io/embedded-sip-server.ts';
import type { NativeMediaEngine } from './io/native-media-engine.ts';
import { Recordings } from './io/recordings.ts';
import type { MediaEngineStats } from './media/media-engine.ts';
import { MediaAddresses } from './media-addresses.ts';
import { OpenedParts } from './opened-parts.ts';
import type { ChosenProviders } from './providers/registry.ts';
import { recover } from './recovery.ts';
import type { SignalingAddresses } from './signaling/signaling.ts';
import { SipStack } from './sip-stack.ts';
import { SipTracing } from './sip-tracing.ts';
import { mediaHost } from './sip-transports.ts';
import { Softphones } from './softphones.ts';
import { CallJournal } from './store/call-journal.ts';
import { openStore, type Store } from './store/store.ts';
import { superviseCalls } from './supervised-calls.ts';
import type { Logger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics.ts';
import { Trunks } from './trunks.ts';

export interface EngineAddresses {
  readonly http: string;
  /** Host and port that a phone dials. */
  readonly sip: string;
}

/** What the parts hold and have counted at the moment. */
export interface EngineStats {
  readonly activeCalls: number;
  /** Writes to the store about running calls that are not confirmed yet. */
  readonly pendingWrites: number;
  readonly media: MediaEngineStats;
  /** Of the embedded SIP server. */
  readonly sip?: SipThreadStats;
}

export interface EngineOptions {
  readonly config: TrunklineConfig;
  readonly logger: Logger;
  readonly version: string;
  /** A part that calls cannot do without is lost: the process has to be started again. */
  readonly onFatal: (error: Error) => void;
}

/** Why a call is ended by the engine itself. */
const OUT_OF_BUDGET = 'the daily cap of the account is reached';

/**
 * The composition root: opens every part, hands them to each other and closes them in the opposite order. What each part does is none of its
 * business.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #opened: OpenedParts;
  #supervisor: CallSupervisor | undefined;
  #media: NativeMediaEngine | undefined;
  #sipServer: EmbeddedSipServer | undefined;
  #journal: CallJournal | undefined;
  #isDraining = false;

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.#opened = new OpenedParts(options.logger);
  }

  /** Set after {@link start}: shown once when a key was made. */
  generatedApiKey: string | undefined;
  addresses: EngineAddresses = { http: '', sip: '' };
  providerNotes: readonly string[] = [];

  /** Rejects with one clear line when a part cannot be opened; what was open by then is closed again. */
  static async start(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    try {
      await engine.#start();
      return engine;
    } catch (error) {
      await engine.#opened.closeAll();
      throw error;
    }
  }

  get activeCalls(): number {
    return this.#supervisor?.activeCalls ?? 0;
  }

  /** Undefined while the media engine is not open. */
  async stats(): Promise<EngineStats | undefined> {
    const media = this.#media?.stats();
    if (media === undefined) return undefined;
    const sip = await this.#sipServer?.stats();
    const { activeCalls } = this;
    const pendingWrites = this.#journal?.pendingWrites ?? 0;
    return { activeCalls, pendingWrites, media, ...(sip !== undefined && { sip }) };
  }

  /** No new calls; running ones may finish within `timeoutMs`, then they are ended with a BYE. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    await this.#supervisor?.drain(timeoutMs);
  }

  /** Ends every call, then every part. */
  async close(): Promise<void> {
    this.#isDraining = true;
    await this.#opened.closeAll();
  }

  async #start(): Promise<void> {
    const { config, logger } = this.#options;
    const opened = this.#opened;
    const isDraining = () => this.#isDraining;
    const recordingsDir = join(config.dataDir, 'recordings');
    const metrics = new Metrics();
    const store = await this.#openStore();
    const { accountId, generatedKey } = await ensureApiKey(store.accounts, config.apiKey);
    this.generatedApiKey = generatedKey;
    const recordings = new Recordings({ directory: recordingsDir, ...config.recordings });
    opened.add(() => recordings.close());
    await recover({ store, recordings, logger });

    const providers = this.#openProviders();
    const media = await this.#openMedia(metrics);
    const trunks = await Trunks.open({ config, store, accountId, logger });
    opened.add(() => trunks.close());
    const tracing = await SipTracing.open({ config, store, metrics, logger });
    opened.add(() => tracing.close());
    const { registry: carriers } = trunks.carriers;
    const softphones = await Softphones.open({ config, store, accountId, carriers, logger });
    opened.add(() => softphones.close());
    const mediaAddresses = await MediaAddresses.open(mediaHost(config));
    const sipParts = { trunks, tracing, softphones, mediaAddresses };
    const sip = await SipStack.open({ ...this.#options, ...sipParts, isDraining, opened });
    const { signaling, server } = sip;
    this.#sipServer = server;
    // Closed before signalling, which takes the registrations back.
    opened.add(() => trunks.close());
    if (server !== undefined) metrics.watchSip(() => server.stats());

    const journal = this.#openJournal(store, metrics);
    const shared = { config, logger, accountId, recordingsDir, metrics, providers, softphones };
    const supervisor = superviseCalls({
      ...shared,
      ...sipParts,
      recordings,
      media,
      signaling,
      journal,
    });
    this.#supervisor = supervisor;
    opened.add(() => supervisor.close());
    metrics.watchCalls(() => supervisor.activeCalls);

    const api = await createConfiguredApi({
      ...shared,
      version: this.#options.version,
      store,
      calls: admittedCalls(supervisor, trunks),
      ladders: tracing,
      carriers: trunks,
      isDraining,
      isSignalingUp: () => signaling.isConnected,
    });
    opened.add(() => api.close());
    const addresses = await startSignaling(sip, { supervisor, trunks, softphones });
    trunks.start(signaling, sip.ownAddress(addresses));
    trunks.chargeEvery((callId) => this.#stopCall(callId));
    const http = await api.listen();
    if (server !== undefined) logger.info({ sip: server.port, ...server.ports }, 'SIP ports');
    const phoneAddress = sip.phoneAddress(addresses);
    this.addresses = { http: `http://${http.host}:${http.port}`, sip: phoneAddress };
  }

  async #openStore(): Promise<Store> {
    const { config, onFatal } = this.#options;
    const store = await openStore({
      file: join(config.dataDir, 'trunkline.db'),
      onFailure: onFatal,
    });
    this.#opened.add(() => store.close());
    return store;
  }

  #openProviders(): ChosenProviders {
    const { config, logger } = this.#options;
    const providers = configuredProviders(config);
    this.#opened.add(() => providers.close());
    this.providerNotes = providers.notes;
    providers.warmUp().catch((error: unknown) => logger.warn({ err: error }, 'warm-up failed'));
    return providers;
  }

  async #openMedia(metrics: Metrics): Promise<NativeMediaEngine> {
    const media = await openMedia(this.#options.config);
    this.#media = media;
    this.#opened.add(() => media.close());
    metrics.watchMedia(() => media.stats());
    return media;
  }

  #openJournal({ calls }: Store, metrics: Metrics): CallJournal {
    const { logger } = this.#options;
    const journal = new CallJournal(calls, (callId, error) => {
      metrics.storeError();
      logger.error({ callId, err: error }, 'an event of a call was not stored');
    });
    this.#journal = journal;
    this.#opened.add(() => journal.settled());
    return journal;
  }

  /** It may be over already. */
  #stopCall(callId: string): void {
    try {
      this.#supervisor?.stop(callId, OUT_OF_BUDGET);
    } catch (error) {
      this.#options.logger.debug({ callId, err: error }, 'the call could not be stopped');
    }
  }
}

/** From now on calls come in. */
function startSignaling(
  { signaling }: SipStack,
  {
    supervisor,
    trunks,
    softphones,
  }: {
    readonly supervisor: CallSupervisor;
    readonly trunks: Trunks;
    readonly softphones: Softphones;
  },
): Promise<SignalingAddresses> {
  return signaling.start({
    onIncoming: (call) => supervisor.onIncoming(call),
    onDisconnected: (error) => supervisor.onDisconnected(error),
    mayReplace: (source, owner) => supervisor.mayReplace(source, owner),
    credentialsFor: (source, as) => trunks.credentialsFor(source, as),
    authenticate: softphones.authenticate,
    onRegister: softphones.register,
  });
}
