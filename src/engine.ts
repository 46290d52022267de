import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureApiKey } from './accounts/api-keys.ts';
import { type ApiServer, createApi } from './api/api-server.ts';
import type { CallEvent } from './call/call-event.ts';
import type { CallSpec } from './call/call-spec.ts';
import type { TransferRequest } from './call/transfer-request.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { type CallRoute, CallSupervisor } from './io/call-supervisor.ts';
import { EmbeddedSipServer, type SipThreadStats } from './io/embedded-sip-server.ts';
import { monotonicClock } from './io/monotonic-clock.ts';
import { NativeMediaEngine } from './io/native-media-engine.ts';
import { findRecording, recoverRecordings } from './io/recorder.ts';
import { RecordingConverter } from './io/recording-converter.ts';
import { addressFamilies } from './io/sip-local-addresses.ts';
import { SipResolver } from './io/sip-resolver.ts';
import { localAddress, requireOwnAddress } from './local-address.ts';
import { DEFAULT_VAD, type MediaEngineStats } from './media/media-engine.ts';
import { MediaAddresses } from './media-addresses.ts';
import type { OwnSipAddress } from './own-sip-address.ts';
import { type ChosenProviders, chooseProviders } from './providers/registry.ts';
import { resolveVoice } from './providers/voices.ts';
import { Reception } from './reception.ts';
import { softphoneOf } from './registrar/sip-user.ts';
import type { SignalingAddresses } from './signaling/signaling.ts';
import { SrfSignaling } from './signaling/srf-signaling.ts';
import { TRANSPORTS } from './sip/endpoint.ts';
import { sipLimits } from './sip-limits.ts';
import { SipTracing } from './sip-tracing.ts';
import { mediaHost, sipTransports } from './sip-transports.ts';
import { Softphones } from './softphones.ts';
import { CallJournal } from './store/call-journal.ts';
import { openStore, type Store } from './store/store.ts';
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
const VAD_WEIGHTS = fileURLToPath(new URL('../build/silero-v6.bin', import.meta.url));

/**
 * The composition root: opens every part, hands them to each other and closes them in the opposite order. What each part does is none of its
 * business.
 */
export class Engine {
  readonly #options: EngineOptions;
  /** Closers in the order in which the parts were opened. */
  readonly #opened: (() => Promise<void> | void)[] = [];
  #supervisor: CallSupervisor | undefined;
  #media: NativeMediaEngine | undefined;
  #sipServer: EmbeddedSipServer | undefined;
  #mediaAddresses: MediaAddresses | undefined;
  #journal: CallJournal | undefined;
  #isDraining = false;
  #signaling: SrfSignaling | undefined;

  private constructor(options: EngineOptions) {
    this.#options = options;
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
      await engine.#closeAll();
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
    await this.#closeAll();
  }

  async #start(): Promise<void> {
    const { config, logger } = this.#options;
    const recordingsDir = join(config.dataDir, 'recordings');
    const metrics = new Metrics();
    const store = await this.#openStore();
    const { accountId, generatedKey } = await ensureApiKey(store.accounts, config.apiKey);
    this.generatedApiKey = generatedKey;
    await this.#recover(store, recordingsDir);

    const providers = this.#openProviders();
    const media = await this.#openMedia(metrics);
    const trunks = await Trunks.open({ config, store, accountId, logger });
    this.#opened.push(() => trunks.close());
    const tracing = await SipTracing.open({ config, store, metrics, logger });
    this.#opened.push(() => tracing.close());
    const { registry: carriers } = trunks.carriers;
    const softphones = await Softphones.open({ config, store, accountId, carriers, logger });
    this.#opened.push(() => softphones.close());
    this.#mediaAddresses = await MediaAddresses.open(mediaHost(config));
    const { signaling, sip } = await this.#openSignaling(trunks, tracing, softphones);
    // Closed before signalling, which takes the registrations back.
    this.#opened.push(() => trunks.close());
    this.#signaling = signaling;
    const sipServer = this.#sipServer;
    if (sipServer !== undefined) metrics.watchSip(() => sipServer.stats());
    const journal = new CallJournal(store.calls, (callId, error) => {
      metrics.storeError();
      logger.error({ callId, err: error }, 'an event of a call was not stored');
    });
    this.#journal = journal;
    this.#opened.push(() => journal.settled());
    const { numbers } = trunks;
    const reception = new Reception({
      config,
      carriers,
      numbers,
      sipUsers: softphones.users,
      providers,
      accountId,
      journal,
      logger,
      takePlace: trunks.takeInbound,
    });

    const supervisor = new CallSupervisor({
      media,
      signaling: trunks.watch(signaling),
      mediaAddress: ({ host, id = '' }) =>
        this.#mediaAddressFor(carriers.addressesOf(id)[0] ?? host),
      providersFor: () => providers,
      secondLegRouteFor: (spec) =>
        traced(tracing, spec, softphones.routeFor(spec) ?? trunks.secondLegRouteFor(spec)),
      routeFor: (spec) => traced(tracing, spec, softphones.routeFor(spec) ?? trunks.routeFor(spec)),
      inboundSpecFor: (incoming) => {
        const spec = reception.admit(incoming);
        if ('callId' in spec) tracing.bind(spec.callId, incoming.sipCallId);
        return spec;
      },
      mayReplace: (source, owner) => {
        const carrier = carriers.carrierFor(source);
        return carrier !== undefined && carrier === carriers.carrierFor(owner);
      },
      maxCalls: config.limits.maxCalls,
      onEvent: (callId, spec, event) => {
        journal.append(callId, event);
        trunks.observe(callId, event);
        count(metrics, spec, event);
        if (event.type === 'finished') tracing.finish(callId);
        if (event.type === 'ended') logger.info(describeEnd(callId, event), 'call ended');
      },
      recordingsDir,
      clock: monotonicClock,
      logger,
      duckDb: config.media.duckDb,
      vad: { ...DEFAULT_VAD, ...config.media.vad },
    });
    this.#supervisor = supervisor;
    this.#opened.push(() => supervisor.close());
    metrics.watchCalls(() => supervisor.activeCalls);

    const api = await this.#createApi({
      store,
      metrics,
      providers,
      accountId,
      recordingsDir,
      ladders: tracing,
      trunks,
      softphones,
    });
    const addresses = await signaling.start({
      onIncoming: (call) => supervisor.onIncoming(call),
      onDisconnected: (error) => supervisor.onDisconnected(error),
      mayReplace: (source, owner) => supervisor.mayReplace(source, owner),
      credentialsFor: (source, as) => trunks.credentialsFor(source, as),
      authenticate: softphones.authenticate,
      onRegister: softphones.register,
    });
    trunks.start(signaling, this.#ownSipAddress(addresses));
    trunks.chargeEvery((callId) => this.#stopCall(callId));
    const http = await api.listen();
    this.addresses = { http: `http://${http.host}:${http.port}`, sip: sip ?? firstUdp(addresses) };
  }

  async #openStore(): Promise<Store> {
    const { config, onFatal } = this.#options;
    const store = await openStore({
      file: join(config.dataDir, 'trunkline.db'),
      onFailure: onFatal,
    });
    this.#opened.push(() => store.close());
    return store;
  }

  /** What an earlier run left: calls without an end, recordings without a header. */
  async #recover(store: Store, recordingsDir: string): Promise<void> {
    const { logger } = this.#options;
    const converter = new RecordingConverter();
    const recordings = await recoverRecordings(recordingsDir, converter);
    await converter.close();
    const calls = await store.calls.closeOrphans((callId) => findRecording(recordingsDir, callId));
    if (calls.length === 0 && recordings.length === 0) return;
    logger.warn({ calls, recordings }, 'closed what an earlier run left open');
  }

  #openProviders(): ChosenProviders {
    const { config, logger } = this.#options;
    const { openai, deepgram, ...selection } = config.providers;
    const providers = chooseProviders({
      ...selection,
      openai: withKey(openai),
      deepgram: withKey(deepgram),
    });
    this.#opened.push(() => providers.close());
    this.providerNotes = providers.notes;
    providers.warmUp().catch((error: unknown) => logger.warn({ err: error }, 'warm-up failed'));
    return providers;
  }

  async #openMedia(metrics: Metrics): Promise<NativeMediaEngine> {
    const { rtp, media } = this.#options.config;
    const host = mediaHost(this.#options.config);
    // The media engine binds with the calls only: nobody could be called, and nobody would know why.
    await requireOwnAddress(rtp.host === undefined ? 'sip.host' : 'rtp.host', host);
    const engine = NativeMediaEngine.create({
      host,
      portFirst: rtp.ports.first,
      portLast: rtp.ports.last,
      threads: media.threads,
      vadWeightsPath: VAD_WEIGHTS,
    });
    this.#media = engine;
    this.#opened.push(() => engine.close());
    metrics.watchMedia(() => engine.stats());
    return engine;
  }

  /** The embedded SIP server, or the drachtio-server that the configuration names. */
  async #openSignaling(
    trunks: Trunks,
    { onCapture }: SipTracing,
    softphones: Softphones,
  ): Promise<{ signaling: SrfSignaling; sip: string | undefined }> {
    const { config, logger, onFatal, version } = this.#options;
    const { sessionExpiresSeconds, minSessionExpiresSeconds } = config.sip;
    const common = {
      logger,
      invite: {
        userAgent: `Trunkline/${version}`,
        ...(sessionExpiresSeconds !== undefined && { sessionExpiresSeconds }),
        ...(minSessionExpiresSeconds !== undefined && { minSessionExpiresSeconds }),
      },
      isDraining: () => this.#isDraining,
    };
    const dnsServers = config.sip.dns.servers;
    const resolver = new SipResolver({
      servers: dnsServers,
      transports: TRANSPORTS,
      families: addressFamilies([config.sip.host].flat()),
    });
    this.#opened.push(() => resolver.close());
    trunks.resolveWith(resolver);
    const allow = await trunks.allowed();
    await this.#mediaAddresses?.learn(allow);
    if (config.drachtio !== undefined) {
      // It hears everybody; whose calls are whose is known here all the same.
      const signaling = new SrfSignaling({ ...config.drachtio, ...common });
      this.#opened.push(() => signaling.close());
      return { signaling, sip: undefined };
    }
    const server = await EmbeddedSipServer.start({
      ...sipTransports(config),
      limits: sipLimits(config),
      allow,
      dnsServers,
      ...(onCapture && { onCapture }),
      onError: onFatal,
      onFlowClosed: softphones.dropFlow,
    });
    this.#sipServer = server;
    softphones.serve(server);
    this.#opened.push(() => server.close());
    logger.info({ sip: server.port, ...server.ports }, 'SIP ports');
    trunks.publishTo((networks) => {
      server.setAllowed(networks);
      void this.#mediaAddresses?.learn(networks);
    });
    const { controlHost: host, controlPort: port, secret } = server;
    const signaling = new SrfSignaling({ host, port, secret, ...common });
    this.#opened.push(() => signaling.close());
    return { signaling, sip: `${this.#mediaAddress()}:${server.port}` };
  }

  async #createApi(parts: {
    readonly store: Store;
    readonly metrics: Metrics;
    readonly providers: ChosenProviders;
    readonly accountId: string;
    readonly recordingsDir: string;
    readonly ladders: SipTracing;
    readonly trunks: Trunks;
    readonly softphones: Softphones;
  }): Promise<ApiServer> {
    const { config, logger, version } = this.#options;
    const { providers, trunks, softphones, ...rest } = parts;
    const api = await createApi({
      ...rest,
      host: config.http.host,
      port: config.http.port,
      ...(config.http.publicUrl !== undefined && { publicUrl: config.http.publicUrl }),
      ...(config.fromNumber !== undefined && { fromNumber: config.fromNumber }),
      ...config.limits,
      version,
      calls: this.#callGateway(trunks),
      carriers: trunks,
      softphones,
      health: {
        isDraining: () => this.#isDraining,
        checks: () => ({ signaling: { isUp: this.#signaling?.isConnected === true } }),
        providers: () => ({
          stt: providers.stt.name,
          llm: providers.llm.name,
          tts: providers.tts.name,
          notes: providers.notes,
        }),
      },
      resolveVoice: (requested) => resolveVoice(providers.tts, requested),
      logger,
    });
    this.#opened.push(() => api.close());
    return api;
  }

  #callGateway(trunks: Trunks) {
    const supervisor = this.#supervisor;
    if (!supervisor) throw new Error('invariant broken: the API comes after the supervisor');
    return {
      create: (spec: CallSpec) => {
        if (softphoneOf(spec.to) === undefined) trunks.admit(spec);
        try {
          supervisor.create(spec);
        } catch (error) {
          trunks.forget(spec.callId);
          throw error;
        }
      },
      stop: (callId: string) => supervisor.stop(callId),
      cancel: (callId: string) => supervisor.cancel(callId),
      transfer: (callId: string, request: TransferRequest) => {
        trunks.checkTransfer(request.to);
        supervisor.transfer(callId, request);
      },
      hold: (callId: string) => supervisor.hold(callId),
      resume: (callId: string) => supervisor.resume(callId),
      press: (callId: string, digits: string) => supervisor.press(callId, digits),
      activeCalls: () => supervisor.activeCalls,
    };
  }

  /** It may be over already. */
  #stopCall(callId: string): void {
    try {
      this.#supervisor?.stop(callId, OUT_OF_BUDGET);
    } catch (error) {
      this.#options.logger.debug({ callId, err: error }, 'the call could not be stopped');
    }
  }

  #ownSipAddress(addresses: SignalingAddresses): OwnSipAddress {
    const { host, externalIp } = this.#options.config.sip;
    const server = this.#sipServer;
    if (server !== undefined) {
      const hosts = [host, externalIp ?? []].flat();
      return { hosts, ports: [server.port, ...Object.values(server.ports)] };
    }
    const [external = '', port] = firstUdp(addresses).split(':');
    return { hosts: [external], ports: [Number(port)] };
  }

  /** What the world calls this machine, else the own address from which the peer is reached. */
  #mediaAddressFor(peer: string): string {
    const { externalIp } = this.#options.config.sip;
    return externalIp ?? this.#mediaAddresses?.addressFor(peer) ?? this.#mediaAddress();
  }

  #mediaAddress(): string {
    const { config } = this.#options;
    return config.sip.externalIp ?? localAddress(mediaHost(config));
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#opened.pop(); close; close = this.#opened.pop()) {
      try {
        await close();
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a part could not be closed');
      }
    }
  }
}

/** Every INVITE of the route goes into the ladder of the call. */
function traced(
  tracing: SipTracing,
  { callId }: CallSpec,
  route: CallRoute | undefined,
): CallRoute | undefined {
  return route && { ...route, onSent: (sipCallId) => tracing.bind(callId, sipCallId) };
}

/** A provider without a key is not configured. */
function withKey<T extends { readonly apiKey?: string }>(
  provider: T,
): (T & { readonly apiKey: string }) | undefined {
  const { apiKey } = provider;
  return apiKey === undefined ? undefined : { ...provider, apiKey };
}

function firstUdp({ hostports }: SignalingAddresses): string {
  const udp = hostports.find((hostport) => hostport.startsWith('udp/')) ?? hostports[0] ?? '';
  return udp.replace(/^\w+\//, '');
}

/** Without what the far end wrote of its reasons: it may name anybody. */
function describeEnd(callId: string, { termination }: Extract<CallEvent, { type: 'ended' }>) {
  const { reason, by, sipStatus } = termination;
  return { callId, reason, by, ...(sipStatus !== undefined && { sipStatus }) };
}

function count(metrics: Metrics, spec: CallSpec, event: CallEvent): void {
  if (event.type === 'created') metrics.callStarted(spec.direction);
  else if (event.type === 'ended') metrics.callEnded(spec.direction, event.termination.reason);
  else if (event.type === 'provider-error') metrics.providerError(event.provider, event.code);
  else if (event.type === 'turn') {
    const { firstPacketOutMs, callerSpeechEndMs } = event.trace;
    if (firstPacketOutMs !== undefined && callerSpeechEndMs !== undefined) {
      metrics.turnGap(firstPacketOutMs - callerSpeechEndMs);
    }
  }
}
