import { AllowedSources } from './allowed-sources.ts';
import type { CarrierDirectory } from './api/carrier-directory.ts';
import type { CallEvent } from './call/call-event.ts';
import type { CallSpec } from './call/call-spec.ts';
import { CallBudget } from './carriers/call-budget.ts';
import { CallRates } from './carriers/call-rates.ts';
import { type Carrier, outboundCredentials } from './carriers/carrier.ts';
import { Carriers } from './carriers/carriers.ts';
import { ChargedLegs, type LegReservation } from './carriers/charged-legs.ts';
import { carrierOfConfiguration } from './carriers/configured-carrier.ts';
import { GatewayMonitor } from './carriers/gateway-monitor.ts';
import { InboundLimits } from './carriers/inbound-limits.ts';
import { NetworkWatch } from './carriers/network-watch.ts';
import { OutgoingPolicy } from './carriers/outgoing-policy.ts';
import { Registrations } from './carriers/registrations.ts';
import type { TrunklineConfig } from './config/schema.ts';
import type { CallRoute } from './io/call-supervisor.ts';
import { monotonicClock } from './io/monotonic-clock.ts';
import type { SipResolver } from './io/sip-resolver.ts';
import { NumberDirectory } from './numbers/number-directory.ts';
import { isOwnSipAddress, type OwnSipAddress } from './own-sip-address.ts';
import { reportingDials } from './reported-calls.ts';
import { OutgoingRoutes } from './route.ts';
import type {
  AuthenticatedAs,
  CallerCredentials,
  DialTarget,
  Signaling,
} from './signaling/signaling.ts';
import { ensureEncryptionKey } from './store/encryption-key.ts';
import { SecretBox } from './store/secret-box.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';
import { transferredNumber } from './transfer-target.ts';

export interface TrunksOptions {
  readonly config: TrunklineConfig;
  readonly store: Store;
  readonly accountId: string;
  readonly logger: Logger;
}

const CHARGE_EVERY_MS = 1_000;
const MICRO_USD_PER_USD = 1_000_000;
/** A name server that does not answer holds the start up for no longer. */
const FIRST_LOOKUP_LIMIT_MS = 2_000;

/** Everything between the engine and its carriers: who they are, how they are, and what may be sent to them. */
export class Trunks implements CarrierDirectory {
  readonly carriers: Carriers;
  readonly numbers: NumberDirectory;
  readonly #options: TrunksOptions;
  readonly #policy: OutgoingPolicy;
  readonly #routes: OutgoingRoutes;
  readonly #legs: ChargedLegs;
  readonly #inbound: InboundLimits;
  readonly #sources: AllowedSources;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #publish: (networks: readonly string[]) => void = () => undefined;
  #resolver: Pick<SipResolver, 'locate'> | undefined;
  #monitor: GatewayMonitor | undefined;
  #registrations: Registrations | undefined;
  #own: OwnSipAddress | undefined;

  private constructor(options: TrunksOptions, carriers: Carriers, budget: CallBudget) {
    const { config, logger, accountId } = options;
    const { registry } = carriers;
    this.#options = options;
    this.carriers = carriers;
    this.numbers = new NumberDirectory(config.numbers);
    this.#routes = new OutgoingRoutes({
      registry,
      numbers: this.numbers,
      accountId,
      isDown: (gatewayId) => this.#monitor?.isDown(gatewayId) ?? false,
      nextHopOf: (gatewayId) => this.#registrations?.nextHopOf(gatewayId),
      mayDivert: (number, other) => this.#policy.mayDivert(number, other),
    });
    this.#policy = new OutgoingPolicy({
      rules: config.destinations,
      rates: ratesOf(config),
      budget,
      limits: this.#routes.limits,
      accountLimit: config.destinations,
    });
    this.#legs = new ChargedLegs(this.#policy, accountId);
    this.#inbound = new InboundLimits(this.#routes.limits);
    const publish = (networks: readonly string[]) => this.#publish(networks);
    this.#sources = new AllowedSources({
      registry,
      logger,
      publish,
      locate: (target) => this.#resolver?.locate(target) ?? Promise.resolve([]),
    });
    this.#closers.push(() => this.#sources.close());
  }

  /** @throws TrunklineError `config-invalid` when stored passwords cannot be read */
  static async open(options: TrunksOptions): Promise<Trunks> {
    const { config, store } = options;
    const box = new SecretBox(await ensureEncryptionKey(config.dataDir, config.encryptionKey));
    const system = config.carriers.map(carrierOfConfiguration);
    const carriers = await Carriers.open({ system, store: store.carriers, box });
    return new Trunks(options, carriers, await openBudget(options));
  }

  /** Whose names are looked up by what, before {@link allowed} is asked for. */
  resolveWith(resolver: Pick<SipResolver, 'locate'>): void {
    this.#resolver = resolver;
  }

  /** Whom the SIP server is to hear at first; afterwards {@link publishTo} tells of changes. */
  async allowed(): Promise<readonly string[]> {
    const limit = new Promise((resolve) => setTimeout(resolve, FIRST_LOOKUP_LIMIT_MS).unref());
    await Promise.race([this.#sources.refresh(), limit]);
    return this.#sources.list();
  }

  publishTo(publish: (networks: readonly string[]) => void): void {
    this.#publish = publish;
  }

  /** For calls: what becomes of them counts for the health of the gateways. */
  watch(signaling: Signaling): Signaling {
    return reportingDials(signaling, (id, result) => this.#monitor?.reportCall(id, result));
  }

  /** From now on gateways are asked and registrations are made. Signalling must have been started. */
  start(signaling: Signaling, own: OwnSipAddress): void {
    const { logger: log } = this.#options;
    const { registry } = this.carriers;
    const shared = { timing: monotonicClock, random: Math.random, log };
    const monitor = new GatewayMonitor({
      ...shared,
      ping: (target, timeoutMs) => signaling.ping(target, timeoutMs),
    });
    const registrations = new Registrations({
      ...shared,
      register: (request) => signaling.register(request),
    });
    const follow = () => {
      monitor.watch(registry.all);
      registrations.keep(registry.all);
    };
    this.#own = own;
    this.#monitor = monitor;
    this.#registrations = registrations;
    const stopFollowing = registry.onChange(follow);
    follow();
    const network = new NetworkWatch(monotonicClock, () => registrations.networkChanged());
    this.#closers.push(
      () => registrations.close(),
      () => monitor.close(),
      stopFollowing,
      () => network.close(),
    );
  }

  /** Ends calls that nothing is left for, by `stop`. */
  chargeEvery(stop: (callId: string) => void): void {
    const timer = setInterval(() => {
      for (const callId of this.#policy.charge(monotonicClock.now())) {
        this.#options.logger.warn({ callId }, 'the daily cap is reached: the call is ended');
        if (!this.#legs.stop(callId)) stop(callId);
      }
    }, CHARGE_EVERY_MS).unref();
    this.#closers.push(() => clearInterval(timer));
  }

  /** Undefined when no carrier takes the call, or it may not be made: the target of a transfer was not admitted as a call. */
  readonly routeFor = (spec: CallSpec) =>
    this.#policy.isAllowed(spec.to) ? this.#routes.routeFor(spec) : undefined;

  /** For the second leg of a call, which pays as a call of its own would. */
  readonly secondLegRouteFor = (spec: CallSpec): CallRoute | undefined => {
    const route = this.routeFor(spec);
    const charge = () => this.#legs.reserve(spec.to, () => monotonicClock.now());
    return route && { ...route, targets: route.targets.map((each) => charged(each, charge)) };
  };

  /** A running call is to be sent there: a number, or a SIP URI. @throws TrunklineError `destination-not-allowed` */
  checkTransfer(to: string): void {
    const number = transferredNumber(to);
    if (number !== undefined) this.#policy.checkDestination(number, 'to');
  }

  /**
   * To be asked before a call is begun; {@link observe} its events from then on, or {@link forget} it.
   * @throws TrunklineError `destination-not-allowed`, `call-rate-exceeded`, `daily-cap-reached`
   */
  admit({ callId, to: number }: CallSpec): void {
    const { accountId } = this.#options;
    this.#policy.admit({ callId, accountId, number }, monotonicClock.now());
  }

  /** For a call that comes in: undefined, or what refuses it. {@link observe} its events from then on, or {@link forget} it. */
  readonly takeInbound = (callId: string, carrier: Carrier, sourceAddress: string) =>
    this.#inbound.take(callId, carrier, sourceAddress, monotonicClock.now());

  observe(callId: string, event: CallEvent): void {
    if (event.type === 'answered') this.#policy.answered(callId, monotonicClock.now());
    else if (event.type === 'ended') this.forget(callId);
  }

  /** The call never began. */
  forget(callId: string): void {
    this.#policy.ended(callId);
    this.#inbound.release(callId);
  }

  healthOf(gatewayId: string) {
    return this.#monitor?.snapshotOf(gatewayId);
  }

  /** For challenges in the dialogs of a carrier that calls us. */
  credentialsFor(sourceAddress: string, as?: AuthenticatedAs): CallerCredentials | undefined {
    const { registry } = this.carriers;
    const carrier = as === undefined ? registry.carrierFor(sourceAddress) : registry.find(as.id);
    const credentials = carrier && outboundCredentials(carrier);
    if (carrier === undefined || credentials === undefined) return undefined;
    return { credentials, server: `carrier ${carrier.id}` };
  }

  registrationOf(carrierId: string) {
    return this.#registrations?.snapshotOf(carrierId);
  }

  callsInUse(id: string): number {
    return this.#routes.limits.inUse(id);
  }

  isOwnAddress(host: string, port: number | undefined): boolean {
    return this.#own !== undefined && isOwnSipAddress(this.#own, host, port);
  }

  /** Takes registrations back while signalling is still there. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** With the place at its gateway, a place in the budget. */
function charged(
  target: DialTarget,
  charge: () => LegReservation | { readonly refused: string },
): DialTarget {
  return {
    ...target,
    reserve: () => {
      const place = target.reserve?.();
      if (place !== undefined && 'refused' in place) return place;
      const leg = charge();
      if ('refused' in leg) {
        place?.release();
        return leg;
      }
      return {
        answered: (hangup) => leg.answered(hangup),
        release: () => {
          leg.release();
          place?.release();
        },
      };
    },
  };
}

function ratesOf({ destinations }: TrunklineConfig): CallRates {
  const rates = Object.entries(destinations.rates).map(
    ([prefix, usd]) => [prefix.replace('+', ''), microUsd(usd)] as const,
  );
  return new CallRates(new Map(rates), microUsd(destinations.usdPerMinute));
}

async function openBudget({ config, store, logger }: TrunksOptions): Promise<CallBudget> {
  const { dailyUsd, dailyMinutes: minutes, dailyCalls: calls } = config.destinations;
  const today = () => new Date().toISOString().slice(0, 10);
  const rows = await store.usage.ofDay(today());
  return new CallBudget(
    {
      caps: {
        microUsd: microUsd(dailyUsd),
        ...(minutes !== undefined && { minutes }),
        ...(calls !== undefined && { calls }),
      },
      today,
      save: (accountId, usage) => {
        store.usage.save({ accountId, ...usage }).catch((error: unknown) => {
          logger.error({ err: error }, 'what the account has used today was not stored');
        });
      },
    },
    new Map(rows.map(({ accountId, ...usage }) => [accountId, usage])),
  );
}

function microUsd(usd: number): number {
  return Math.round(usd * MICRO_USD_PER_USD);
}
