import type { Carrier, Gateway } from './carrier.ts';
import {
  DEFAULT_HEALTH,
  GatewayHealth,
  type HealthOutput,
  type HealthSnapshot,
  type SipResult,
} from './gateway-health.ts';
import { type GatewayTarget, targetOf } from './sip-target.ts';
import { type CarrierLog, type Timing, Wake } from './timing.ts';

export interface PingOutcome extends SipResult {
  readonly rttMs: number;
}

/** OPTIONS to a gateway. Never rejects: what did not work is a status. */
export type Ping = (target: GatewayTarget, timeoutMs: number) => Promise<PingOutcome>;

export interface GatewayMonitorOptions {
  readonly ping: Ping;
  readonly timing: Timing;
  readonly random: () => number;
  readonly log: CarrierLog;
}

interface Watched {
  /** Differs when the gateway is to be asked anew. */
  readonly fingerprint: string;
  readonly health: GatewayHealth;
  readonly wake: Wake;
  readonly target: GatewayTarget;
  readonly names: { readonly carrier: string; readonly gateway: string };
}

/** Keeps an eye on every gateway that calls are sent to. */
export class GatewayMonitor {
  readonly #options: GatewayMonitorOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: GatewayMonitorOptions) {
    this.#options = options;
  }

  /** Watches the gateways of these carriers and no others. One that did not change keeps its state. */
  watch(carriers: readonly Carrier[]): void {
    const wanted = new Set<string>();
    for (const carrier of carriers) {
      for (const gateway of carrier.gateways) {
        if (!gateway.isActive || !gateway.outbound) continue;
        wanted.add(gateway.id);
        this.#watchOne(carrier, gateway);
      }
    }
    for (const id of [...this.#watched.keys()]) if (!wanted.has(id)) this.#forget(id);
  }

  isDown(gatewayId: string): boolean {
    return this.#watched.get(gatewayId)?.health.snapshot.state === 'down';
  }

  snapshotOf(gatewayId: string): HealthSnapshot | undefined {
    return this.#watched.get(gatewayId)?.health.snapshot;
  }

  /** What became of an INVITE. */
  reportCall(gatewayId: string, result: SipResult): void {
    const watched = this.#watched.get(gatewayId);
    if (!watched) return;
    watched.health.handleInput({ type: 'call-result', ...result }, this.#options.timing.now());
    this.#drain(gatewayId, watched);
  }

  close(): void {
    for (const id of [...this.#watched.keys()]) this.#forget(id);
  }

  #watchOne(carrier: Carrier, gateway: Gateway): void {
    const target = targetOf(carrier, gateway);
    const fingerprint = JSON.stringify([target, gateway.sendOptionsPing]);
    if (this.#watched.get(gateway.id)?.fingerprint === fingerprint) return;
    this.#forget(gateway.id);
    const { timing, random } = this.#options;
    const sendsPings = gateway.sendOptionsPing;
    const health = new GatewayHealth({ ...DEFAULT_HEALTH, random, sendsPings }, timing.now());
    const watched: Watched = {
      fingerprint,
      health,
      target,
      wake: new Wake(timing, () => {
        health.handleTimeout(timing.now());
        this.#drain(gateway.id, watched);
      }),
      names: { carrier: carrier.name, gateway: gateway.host },
    };
    this.#watched.set(gateway.id, watched);
    this.#drain(gateway.id, watched);
  }

  #forget(gatewayId: string): void {
    this.#watched.get(gatewayId)?.wake.at(undefined);
    this.#watched.delete(gatewayId);
  }

  #drain(gatewayId: string, watched: Watched): void {
    if (this.#watched.get(gatewayId) !== watched) return;
    const { health, wake } = watched;
    for (let output = health.pollOutput(); output; output = health.pollOutput()) {
      this.#handleOutput(gatewayId, watched, output);
    }
    wake.at(health.pollTimeout());
  }

  #handleOutput(gatewayId: string, watched: Watched, output: HealthOutput): void {
    if (output.type === 'ping') void this.#ping(gatewayId, watched, output);
    else this.#say(watched, output);
  }

  async #ping(
    gatewayId: string,
    watched: Watched,
    { pingId, timeoutMs }: HealthOutput & { readonly type: 'ping' },
  ): Promise<void> {
    const outcome = await this.#options.ping(watched.target, timeoutMs);
    const now = this.#options.timing.now();
    watched.health.handleInput({ type: 'ping-result', pingId, ...outcome }, now);
    this.#drain(gatewayId, watched);
  }

  /** Once when it goes, once when it is back; the first answer of all is no news. */
  #say({ names }: Watched, { state, reason }: HealthOutput & { readonly type: 'changed' }): void {
    const { log } = this.#options;
    if (state === 'down') log.warn({ ...names, reason }, 'gateway is down');
    else if (state === 'up') log.info({ ...names, reason }, 'gateway is up');
  }
}
