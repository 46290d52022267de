import { createHmac, randomBytes } from 'node:crypto';
import type { CallSpec } from './call/call-spec.ts';
import { softphoneMedia } from './carrier-media.ts';
import type { Carrier } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { TrunklineConfig } from './config/schema.ts';
import type { CallRoute } from './io/call-supervisor.ts';
import type { EmbeddedSipServer } from './io/embedded-sip-server.ts';
import { nonceMac } from './io/sip-challenger.ts';
import type { SipFlow } from './io/sip-worker-messages.ts';
import { Authenticator, type Login } from './registrar/authenticator.ts';
import { GUESS_LIMITS } from './registrar/guess-limiter.ts';
import { Registrar } from './registrar/registrar.ts';
import { RegistrationKeeper } from './registrar/registration-keeper.ts';
import { SIP_USER_LIMITS, type SipUser, softphoneOf } from './registrar/sip-user.ts';
import { SipUsers } from './registrar/sip-users.ts';
import { userHashesOf } from './registrar/user-hashes.ts';
import type {
  AuthenticatedAs,
  InboundRegister,
  InboundRequest,
  InboundVerdict,
  RegisterReply,
} from './signaling/signaling.ts';
import { softphoneTargets } from './softphone-targets.ts';
import { ensureEncryptionKey } from './store/encryption-key.ts';
import { SecretBox } from './store/secret-box.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface SoftphonesOptions {
  readonly config: TrunklineConfig;
  readonly store: Store;
  readonly accountId: string;
  readonly carriers: CarrierRegistry;
  readonly logger: Logger;
}

/** How long a source is heard after its credentials were right, in milliseconds. */
const GUEST_MS = Object.freeze({
  /** As long as a call may last. */
  INVITE: 4 * 3_600_000,
  /** The longest registration and a little. */
  REGISTER: 3_660_000,
});
/** RFC 3261 sections 21.4.18 and 21.4.5. */
const NOT_REGISTERED = Object.freeze({ status: 480, reason: 'Temporarily Unavailable' });
const NOT_FOUND = Object.freeze({ status: 404, reason: 'Not Found' });
const FORBIDDEN: RegisterReply = Object.freeze({ status: 403, headers: {} });
const ACCEPT: InboundVerdict = Object.freeze({ type: 'accept' });
const SECRET_BYTES = 32;
const RANDOM_BYTES = 8;
const DIGITS = 64;

/** Everything between the engine and those who say who they are by digest: softphones, and carriers of type `auth`. */
export class Softphones {
  readonly users: SipUsers;
  readonly #options: SoftphonesOptions;
  readonly #registrar: Registrar;
  readonly #keeper: RegistrationKeeper;
  readonly #authenticator: Authenticator;
  readonly #nonceSecret = randomBytes(SECRET_BYTES).toString('hex');
  readonly #carrierLogins = new WeakMap<Carrier, Login>();
  readonly #stopFollowing: () => void;
  #server: EmbeddedSipServer | undefined;
  #isChallenging = false;

  private constructor(options: SoftphonesOptions, users: SipUsers, keeper: RegistrationKeeper) {
    const { config, carriers } = options;
    this.#options = options;
    this.users = users;
    this.#keeper = keeper;
    this.#registrar = new Registrar(keeper.stored);
    const decoy = createHmac('sha256', this.#nonceSecret).update('nobody').digest('hex');
    this.#authenticator = new Authenticator({
      realm: config.sip.realm,
      algorithms: config.sip.digestAlgorithms,
      mac: nonceMac(this.#nonceSecret),
      createRandom: () => randomBytes(RANDOM_BYTES).toString('hex'),
      decoy: decoy.slice(0, DIGITS),
      loginOf: (username) => this.#loginOf(username),
    });
    users.onChange = () => this.#follow();
    this.#stopFollowing = carriers.onChange(() => this.#follow());
  }

  /** @throws TrunklineError `config-invalid` when stored secrets cannot be read */
  static async open(options: SoftphonesOptions): Promise<Softphones> {
    const { config, store, accountId, logger } = options;
    const box = new SecretBox(await ensureEncryptionKey(config.dataDir, config.encryptionKey));
    const { realm } = config.sip;
    const configured = config.sip.users.map((user) => configuredUser(user, { realm, accountId }));
    const users = await SipUsers.open({ configured, store: store.sipUsers, box, realm });
    const keeper = await RegistrationKeeper.open(store.sipUsers, (error) => {
      logger.error({ err: error }, 'the registrations of a softphone were not stored');
    });
    return new Softphones(options, users, keeper);
  }

  /** Strangers are challenged there while anybody can say who they are. */
  serve(server: EmbeddedSipServer): void {
    this.#server = server;
    this.#follow();
  }

  readonly authenticate = (request: InboundRequest): InboundVerdict => {
    const { sourceAddress, method } = request;
    if (!this.#hasLogins()) return ACCEPT;
    const isCarrier = this.#options.carriers.carrierFor(sourceAddress) !== undefined;
    // A carrier's own credentials are for somebody else; who it is its address says.
    const isForUs = this.#authenticator.isAddressed(request);
    if (isCarrier && method !== 'REGISTER' && !isForUs) return ACCEPT;
    const outcome = this.#authenticator.authenticate(request, Date.now());
    if (outcome.type === 'silence') this.#server?.silence(sourceAddress, GUESS_LIMITS.silenceMs);
    if (outcome.type !== 'authenticated') return outcome;
    const forMs = method === 'REGISTER' ? GUEST_MS.REGISTER : GUEST_MS.INVITE;
    this.#server?.admitGuest(sourceAddress, forMs);
    return { type: 'accept', as: outcome.identity };
  };

  readonly register = (request: InboundRegister, from: AuthenticatedAs): RegisterReply => {
    const user = from.kind === 'sip-user' ? this.users.byId(from.id) : undefined;
    if (user === undefined) return FORBIDDEN;
    const { transport, sourceAddress: address, sourcePort: port } = request;
    const nowMs = Date.now();
    const flow = { transport, address, port };
    const reply = this.#registrar.register(user, { ...request, flow }, nowMs);
    if (reply.status === 200) this.#keep(user.id);
    return reply;
  };

  readonly dropFlow = (flow: SipFlow): void => {
    const { transport, host: address, port } = flow;
    for (const id of this.#registrar.dropFlow({ transport, address, port })) this.#keep(id);
  };

  /** Devices that the user is reached at now. */
  registeredContacts(userId: string): number {
    return this.#registrar.bindingsOf(userId, Date.now()).length;
  }

  /** A call to `sip:alice`; undefined when it is to somebody else. */
  routeFor({ to, from }: CallSpec): CallRoute | undefined {
    const username = softphoneOf(to);
    if (username === undefined) return undefined;
    const user = this.users.byUsername(username);
    if (user === undefined) return { carrier: 'softphone', targets: [], noTarget: NOT_FOUND };
    const bindings = this.#registrar.bindingsOf(user.id, Date.now());
    const { config } = this.#options;
    const settings = { media: softphoneMedia(config), dtmfType: config.sip.softphones.dtmfType };
    const targets = bindings.flatMap((each) => softphoneTargets(user, each, from, settings));
    return { carrier: 'softphone', targets, noTarget: NOT_REGISTERED };
  }

  /** @throws TrunklineError as {@link SipUsers.remove} */
  async remove(accountId: string, id: string): Promise<void> {
    await this.users.remove(accountId, id);
    this.#registrar.remove(id);
  }

  /** What is still to be stored is. */
  async close(): Promise<void> {
    this.#stopFollowing();
    await this.#keeper.settled();
  }

  #keep(userId: string): void {
    this.#keeper.keep(userId, this.#registrar.bindingsOf(userId, Date.now()).toReversed());
  }

  #follow(): void {
    const isNeeded = this.#hasLogins();
    if (isNeeded === this.#isChallenging || this.#server === undefined) return;
    this.#isChallenging = isNeeded;
    const { realm, digestAlgorithms: algorithms } = this.#options.config.sip;
    const challenge = { realm, secret: this.#nonceSecret, algorithms };
    this.#server.setChallenge(isNeeded ? challenge : undefined);
  }

  #hasLogins(): boolean {
    const { carriers } = this.#options;
    return (
      this.users.size > 0 ||
      carriers.all.some(({ trunkType, inboundAuth }) => trunkType === 'auth' && inboundAuth)
    );
  }

  #loginOf(username: string): Login | undefined {
    const { realm } = this.#options.config.sip;
    const user = this.users.byUsername(username);
    if (user !== undefined) return user.realm === realm ? loginOfUser(user) : undefined;
    const carrier = this.#options.carriers.carrierByInboundUser(username);
    return carrier && this.#loginOfCarrier(carrier);
  }

  #loginOfCarrier(carrier: Carrier): Login | undefined {
    const known = this.#carrierLogins.get(carrier);
    if (known !== undefined || carrier.inboundAuth === undefined) return known;
    const { username, password } = carrier.inboundAuth;
    const { realm } = this.#options.config.sip;
    const hashes = userHashesOf({ username, realm, password });
    const login = loginOf({ kind: 'carrier', id: carrier.id }, hashes);
    this.#carrierLogins.set(carrier, login);
    return login;
  }
}

function loginOfUser({ id, hashes }: SipUser): Login {
  return loginOf({ kind: 'sip-user', id }, hashes);
}

function loginOf(identity: Login['identity'], hashes: SipUser['hashes']): Login {
  return {
    identity,
    hashFor: (algorithm) => (algorithm === 'SHA-512-256' ? undefined : hashes[algorithm]),
  };
}

function configuredUser(
  { password, maxContacts = SIP_USER_LIMITS.maxContacts, ...user }: ConfiguredUser,
  { realm, accountId }: { readonly realm: string; readonly accountId: string },
): SipUser {
  const { username } = user;
  const hashes = userHashesOf({ username, realm, password });
  return { ...user, id: `config:${username}`, accountId, realm, hashes, maxContacts };
}

type ConfiguredUser = TrunklineConfig['sip']['users'][number];
