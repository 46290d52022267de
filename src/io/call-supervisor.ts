import type { TurnMachine } from '../call/call-conversation.ts';
import type { CallEvent } from '../call/call-event.ts';
import type { CallSpec } from '../call/call-spec.ts';
import type { TransferRequest } from '../call/transfer-request.ts';
import { TrunklineError } from '../core/errors.ts';
import { after, type MonotonicMs } from '../core/time.ts';
import { DEFAULT_VAD, type MediaEngine, type VadOptions } from '../media/media-engine.ts';
import { passableHeaders } from '../signaling/dial-headers.ts';
import type {
  DialRequest,
  IncomingCall,
  Signaling,
  SignalingHandler,
} from '../signaling/signaling.ts';
import type { VoiceProviders } from '../voice/ports.ts';
import { TurnEngine } from '../voice/turn-engine.ts';
import { listeningOf } from './agent-listening.ts';
import { CallDriver } from './call-driver.ts';
import type { CallLog } from './call-log.ts';
import type { CallPeer } from './call-signaling.ts';
import type { MediaAddress } from './media-address.ts';
import type { Clock } from './monotonic-clock.ts';
import type { Recordings } from './recordings.ts';

/** The carrier and the gateway that an outgoing call takes. */
export interface CallRoute extends Omit<DialRequest, 'localSdp'> {
  readonly carrier: string;
}

/** The final status for a caller. */
export interface CallRefusal {
  readonly reject: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallSupervisorOptions {
  readonly media: MediaEngine;
  readonly signaling: Signaling;
  /** Where the far end finds our media ports: the address in every SDP. */
  readonly mediaAddress: MediaAddress;
  readonly providersFor: (spec: CallSpec) => VoiceProviders;
  readonly routeFor: (spec: CallSpec) => CallRoute | undefined;
  /** For a second leg; as `routeFor` unless given. */
  readonly secondLegRouteFor?: (spec: CallSpec) => CallRoute | undefined;
  /** Who answers this call, or the final status for it (404: no such number). */
  readonly inboundSpecFor: (incoming: IncomingCall) => CallSpec | CallRefusal;
  /** Whether callers at the one address may take over calls of the other (RFC 3891 section 4): those of one account. */
  readonly mayReplace?: (source: string, owner: string) => boolean;
  /** Calls at once, both directions; more are refused. */
  readonly maxCalls: number;
  /** Every event of every call, in order within a call. A throw ends that call. */
  readonly onEvent: (callId: string, spec: CallSpec, event: CallEvent) => void;
  readonly recordings: Pick<Recordings, 'of'>;
  readonly clock: Clock;
  readonly logger: CallLog;
  /** Attenuation of the agent on speech onset, in dB. */
  readonly duckDb?: number;
  readonly vad?: VadOptions;
  /** What a call converses by; the cascade of `voice/turn-engine.ts` unless given. */
  readonly turnsFor?: (spec: CallSpec, now: MonotonicMs) => TurnMachine;
}

const DEFAULT_DUCK_DB = -18;
const IDENTITY = 'identity';
const PASSED_ON = [IDENTITY, 'diversion', 'history-info'];
/** RFC 3323 section 4.2, RFC 3325 section 9.3: any of these hides who calls. */
const HIDING = /(?:^|[;,\s])(?:id|user|header)(?:$|[;,\s])/i;
/** Replaces names a call that is not one of ours any more (RFC 3891 section 3). */
const NO_SUCH_CALL = 481;

/** Every call of this process: admits them, finds them, ends them. */
export class CallSupervisor implements SignalingHandler {
  readonly #options: CallSupervisorOptions;
  readonly #drivers = new Map<string, CallDriver>();
  readonly #idleWaiters = new Set<() => void>();
  #isDraining = false;

  constructor(options: CallSupervisorOptions) {
    this.#options = options;
  }

  /** Calls that are not finished: their closing down still counts. */
  get activeCalls(): number {
    return this.#drivers.size;
  }

  /** @throws TrunklineError `calls-at-limit`, `shutting-down`, `no-route`, `call-state-conflict` (the id is in use) */
  create(spec: CallSpec): void {
    const { signaling, routeFor } = this.#options;
    const refusal = this.#refusal(spec.callId);
    if (refusal) throw refusal;
    const route = routeFor(spec);
    if (!route)
      throw new TrunklineError(
        'no-route',
        'no carrier takes outgoing calls: none has a gateway in the configuration',
      );
    const { carrier, ...request } = route;
    this.#start(spec, { direction: 'outbound', signaling, request }, carrier);
  }

  /**
   * Ends a call in whatever state it is; for the API, unless `detail` says why the system does.
   * @throws TrunklineError `call-not-found`, `call-state-conflict` (already ended)
   */
  stop(callId: string, detail?: string): void {
    const driver = this.#find(callId);
    if (driver.state === 'ended' || driver.state === 'finished') throw conflict(driver.state);
    driver.tell({ type: 'stop', ...(detail !== undefined && { detail }) });
  }

  /**
   * Ends a call that is not answered yet.
   * @throws TrunklineError `call-not-found`, `call-state-conflict` (answered or ended)
   */
  cancel(callId: string): void {
    const driver = this.#find(callId);
    const { state } = driver;
    if (state === 'answered' || state === 'ended' || state === 'finished') throw conflict(state);
    driver.tell({ type: 'cancel' });
  }

  /**
   * Sends the far end to another number; what becomes of it is in the call's events.
   * @throws TrunklineError `call-not-found`, `call-state-conflict` (not answered, or a transfer is under way), `no-route`
   */
  transfer(callId: string, request: TransferRequest): void {
    const driver = this.#find(callId);
    if (driver.state !== 'answered') throw conflict(driver.state);
    if (!driver.canTransfer) throw conflict('being transferred');
    if (request.mode !== 'blind' && !driver.hasRouteTo(request.to)) {
      throw new TrunklineError('no-route', 'no carrier takes a call to this number');
    }
    driver.tell({ type: 'transfer', request });
  }

  /** @throws TrunklineError `call-not-found`, `call-state-conflict` (not answered, or held already) */
  hold(callId: string): void {
    const driver = this.#answered(callId);
    if (driver.isHeld) throw conflict('held');
    driver.tell({ type: 'hold' });
  }

  /** @throws TrunklineError `call-not-found`, `call-state-conflict` (not answered, or not held) */
  resume(callId: string): void {
    const driver = this.#answered(callId);
    if (!driver.isHeld) throw conflict('not held');
    driver.tell({ type: 'resume' });
  }

  /** @throws TrunklineError `call-not-found`, `call-state-conflict` (not answered) */
  press(callId: string, digits: string): void {
    this.#answered(callId).tell({ type: 'press', digits });
  }

  mayReplace(source: string, owner: string): boolean {
    return this.#options.mayReplace?.(source, owner) ?? false;
  }

  onIncoming(incoming: IncomingCall): void {
    try {
      this.#admit(incoming);
    } catch (error) {
      this.#options.logger.error({ err: error }, 'incoming call could not be taken');
      incoming.reject(500);
    }
  }

  onDisconnected(error: Error): void {
    const { logger } = this.#options;
    logger.error({ err: error, activeCalls: this.activeCalls }, 'signalling lost its server');
  }

  /** Takes no more calls, waits for the running ones, ends those that are left after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    const { clock } = this.#options;
    const disarm = clock.schedule(after(clock.now(), timeoutMs), () => this.#shutDownAll());
    await this.#idle();
    disarm();
  }

  /** Ends every call now; resolves when all are finished. */
  async close(): Promise<void> {
    this.#isDraining = true;
    this.#shutDownAll();
    await this.#idle();
  }

  #answered(callId: string): CallDriver {
    const driver = this.#find(callId);
    if (driver.state !== 'answered') throw conflict(driver.state);
    return driver;
  }

  #admit(incoming: IncomingCall): void {
    const { replaces, replacesEarly } = incoming;
    if (replacesEarly !== undefined) {
      const placing = [...this.#drivers.values()].find((each) => each.isPlacing(replacesEarly));
      if (placing === undefined) incoming.reject(NO_SUCH_CALL);
      else placing.pickUpBy(incoming);
      return;
    }
    if (replaces !== undefined) {
      const replaced = [...this.#drivers.values()].find((driver) => driver.isPeer(replaces));
      if (replaced?.state === 'answered') replaced.replacePeerBy(incoming);
      else incoming.reject(NO_SUCH_CALL);
      return;
    }
    if (this.#isDraining || this.activeCalls >= this.#options.maxCalls) {
      incoming.reject(503);
      return;
    }
    const spec = this.#options.inboundSpecFor(incoming);
    if ('reject' in spec) incoming.reject(spec.reject, undefined, spec.headers);
    else this.#start(spec, { direction: 'inbound', incoming });
  }

  #refusal(callId: string): TrunklineError | undefined {
    if (this.#isDraining) return new TrunklineError('shutting-down', 'no more calls are taken');
    if (this.activeCalls >= this.#options.maxCalls) {
      return new TrunklineError('calls-at-limit', 'every call slot is in use');
    }
    if (this.#drivers.has(callId)) {
      return new TrunklineError('call-state-conflict', 'a call with this id is running');
    }
    return undefined;
  }

  #start(spec: CallSpec, peer: CallPeer, carrier?: string): void {
    const { media, mediaAddress, signaling, clock, logger, providersFor, recordings } =
      this.#options;
    const turnsFor = this.#options.turnsFor ?? cascadeFor;
    const { callId } = spec;
    const driver = new CallDriver({
      spec,
      peer,
      ...(carrier !== undefined && { carrier }),
      media,
      mediaAddress,
      session: {
        rtpTimeoutMs: spec.rtpTimeoutMs,
        ...listeningOf(spec.agent, {
          duckDb: this.#options.duckDb ?? DEFAULT_DUCK_DB,
          vad: this.#options.vad ?? DEFAULT_VAD,
        }),
      },
      providers: providersFor(spec),
      createTurns: (now) => turnsFor(spec, now),
      recording: recordings.of(callId),
      clock,
      log: logger,
      signaling,
      routeTo: (to) => this.#routeTo(spec, to),
      onEvent: (event) => this.#options.onEvent(callId, spec, event),
      onFinished: () => this.#remove(callId),
    });
    this.#drivers.set(callId, driver);
    driver.start();
  }

  /** As the number that the call came to, or was made from; who called first goes along. */
  #routeTo(spec: CallSpec, to: string): Omit<DialRequest, 'localSdp'> | undefined {
    const from = spec.direction === 'inbound' ? spec.to : spec.from;
    const { routeFor, secondLegRouteFor = routeFor } = this.#options;
    const route = secondLegRouteFor({ ...spec, direction: 'outbound', from, to });
    if (route === undefined) return undefined;
    const { carrier: _, ...request } = route;
    const { sipHeaders = {} } = spec;
    const { privacy = '' } = sipHeaders;
    return {
      ...request,
      ...(HIDING.test(privacy) && { isAnonymous: true }),
      headers: { ...passedOn(sipHeaders), ...request.headers },
    };
  }

  #find(callId: string): CallDriver {
    const driver = this.#drivers.get(callId);
    if (!driver) throw new TrunklineError('call-not-found', 'no such call is running');
    return driver;
  }

  #remove(callId: string): void {
    this.#drivers.delete(callId);
    if (this.#drivers.size > 0) return;
    for (const wake of this.#idleWaiters) wake();
    this.#idleWaiters.clear();
  }

  #shutDownAll(): void {
    for (const driver of [...this.#drivers.values()]) driver.tell({ type: 'shutdown' });
  }

  #idle(): Promise<void> {
    if (this.#drivers.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.add(resolve);
    });
  }
}

/** Of the headers that a call came with, those that a second leg is to have untouched. */
function passedOn(headers: CallSpec['sipHeaders'] = {}): Readonly<Record<string, string>> {
  const wanted = Object.entries(headers).filter(
    ([name]) => name.startsWith('x-') || PASSED_ON.includes(name),
  );
  // The signature of who calls is worth more than the rest.
  wanted.sort(([a], [b]) => Number(b === IDENTITY) - Number(a === IDENTITY));
  return passableHeaders(Object.fromEntries(wanted));
}

function cascadeFor({ agent }: CallSpec, now: MonotonicMs): TurnMachine {
  return new TurnEngine({ agent }, now);
}

function conflict(state: string): TrunklineError {
  return new TrunklineError('call-state-conflict', `the call is ${state}`);
}
