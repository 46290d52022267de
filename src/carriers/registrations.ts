import { randomUUID } from 'node:crypto';
import type { Carrier, Credentials, Gateway } from './carrier.ts';
import {
  Registration,
  type RegistrationOutcome,
  type RegistrationOutput,
  type RegistrationSnapshot,
} from './registration.ts';
import { type GatewayTarget, targetOf } from './sip-target.ts';
import { type CarrierLog, type Timing, Wake } from './timing.ts';

export interface RegisterAsk extends GatewayTarget {
  readonly user: string;
  readonly domain: string;
  readonly credentials: Credentials;
  /** 0 takes the registration back. */
  readonly expiresSeconds: number;
  /** The same for every refresh (RFC 3261 section 10.2.4). */
  readonly callId: string;
  readonly contactUser: string;
}

/** One exchange with the registrar, digest included. Never rejects. */
export type Register = (ask: RegisterAsk) => Promise<RegistrationOutcome>;

export interface RegistrationsOptions {
  readonly register: Register;
  readonly timing: Timing;
  readonly random: () => number;
  readonly log: CarrierLog;
}

interface Kept {
  readonly fingerprint: string;
  readonly machine: Registration;
  readonly wake: Wake;
  readonly ask: Omit<RegisterAsk, 'expiresSeconds'>;
  readonly carrier: string;
  readonly onClosed: (() => void)[];
  readonly gatewayId: string;
  /** As the registrar last said (RFC 3608 section 6.1). */
  serviceRoute: readonly string[];
}

/** Our registrations with the carriers that want one. */
export class Registrations {
  readonly #options: RegistrationsOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /** Registers with these carriers and no others; what is no longer wanted is taken back. */
  keep(carriers: readonly Carrier[]): void {
    const wanted = new Set<string>();
    for (const carrier of carriers) {
      const ask = askOf(carrier);
      if (ask === undefined || carrier.registration === undefined) continue;
      wanted.add(carrier.id);
      this.#keepOne(carrier, ask, carrier.registration.expiresSeconds);
    }
    for (const id of [...this.#kept.keys()]) if (!wanted.has(id)) void this.#drop(id);
  }

  snapshotOf(carrierId: string): RegistrationSnapshot | undefined {
    return this.#kept.get(carrierId)?.machine.snapshot;
  }

  /** Where requests to this gateway go first while we are registered by it: a SIP URI (RFC 3608). */
  nextHopOf(gatewayId: string): string | undefined {
    for (const { gatewayId: registered, machine, serviceRoute } of this.#kept.values()) {
      if (registered !== gatewayId || machine.snapshot.state !== 'registered') continue;
      return serviceRoute[0]?.replace(/^<|>$/g, '');
    }
    return undefined;
  }

  /** Our address may have changed, or the way to the network was lost and is back. */
  networkChanged(): void {
    const now = this.#options.timing.now();
    for (const kept of this.#kept.values()) {
      kept.machine.handleInput({ type: 'network-changed' }, now);
      this.#drain(kept);
    }
  }

  /** Takes every registration back; resolves when the registrars answered or time is up. */
  async close(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((id) => this.#drop(id)));
  }

  #keepOne(carrier: Carrier, ask: Kept['ask'], expiresSeconds: number): void {
    const fingerprint = JSON.stringify([{ ...ask, callId: '' }, expiresSeconds]);
    if (this.#kept.get(carrier.id)?.fingerprint === fingerprint) return;
    const dropped = this.#drop(carrier.id);
    const { timing, random } = this.#options;
    const gatewayId = registrarOf(carrier)?.id ?? '';
    const machine = new Registration({ expiresSeconds, random }, timing.now());
    const kept: Kept = {
      fingerprint,
      machine,
      ask,
      carrier: carrier.name,
      onClosed: [],
      gatewayId,
      serviceRoute: [],
      wake: new Wake(timing, () => {
        machine.handleTimeout(timing.now());
        this.#drain(kept);
      }),
    };
    this.#kept.set(carrier.id, kept);
    // The old one is taken back first, or its end would be the end of the new one.
    void dropped.then(() => this.#drain(kept));
  }

  #drop(carrierId: string): Promise<void> {
    const kept = this.#kept.get(carrierId);
    if (!kept) return Promise.resolve();
    this.#kept.delete(carrierId);
    return new Promise((resolve) => {
      kept.onClosed.push(resolve);
      kept.machine.handleInput({ type: 'close' }, this.#options.timing.now());
      this.#drain(kept);
    });
  }

  #drain(kept: Kept): void {
    const { machine, wake } = kept;
    for (let output = machine.pollOutput(); output; output = machine.pollOutput()) {
      this.#handleOutput(kept, output);
    }
    wake.at(machine.pollTimeout());
  }

  #handleOutput(kept: Kept, output: RegistrationOutput): void {
    if (output.type === 'register') void this.#register(kept, output);
    else this.#say(kept, output);
  }

  async #register(
    kept: Kept,
    { attempt, expiresSeconds }: RegistrationOutput & { readonly type: 'register' },
  ): Promise<void> {
    const outcome = await this.#options.register({ ...kept.ask, expiresSeconds });
    const now = this.#options.timing.now();
    if (outcome.status >= 200 && outcome.status < 300) {
      kept.serviceRoute = outcome.serviceRoute ?? [];
    }
    kept.machine.handleInput({ type: 'outcome', attempt, outcome }, now);
    this.#drain(kept);
  }

  #say(kept: Kept, { state, reason }: RegistrationOutput & { readonly type: 'changed' }): void {
    const { log } = this.#options;
    const { carrier } = kept;
    if (state === 'registered') log.info({ carrier }, 'registered with the carrier');
    else if (state === 'closed') for (const resolve of kept.onClosed) resolve();
    else log.warn({ carrier, state, reason }, 'not registered with the carrier');
  }
}

function registrarOf({ gateways }: Carrier): Gateway | undefined {
  return gateways.find(({ isActive }) => isActive);
}

function askOf(carrier: Carrier): Kept['ask'] | undefined {
  const { registration, trunkType } = carrier;
  const gateway = registrarOf(carrier);
  if (trunkType !== 'reg' || registration === undefined || gateway === undefined) return undefined;
  const { username, password, realm, fromUser, fromDomain } = registration;
  const user = fromUser ?? username;
  return {
    ...targetOf(carrier, gateway),
    user,
    domain: fromDomain ?? realm ?? gateway.host,
    credentials: { username, password, ...(realm !== undefined && { realm }) },
    callId: randomUUID(),
    contactUser: user,
  };
}
