import { EventEmitter, once } from 'node:events';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { Deferred } from '../../../src/signaling/deferred.ts';
import type {
  DialAttempt,
  DialRequest,
  DialTarget,
  EstablishedCall,
  IncomingCall,
  OutgoingCall,
  SignalingAddresses,
} from '../../../src/signaling/signaling.ts';
import { SrfSignaling } from '../../../src/signaling/srf-signaling.ts';
import { type SipServerUnderTest, startSipServer } from '../sip/sip-server.ts';

const LOCAL = { address: '127.0.0.1', port: 4000, sessionId: 1 };

/** How an outgoing call of {@link SignalingNode.dial} went. */
export interface DialOutcome {
  readonly provisionals: readonly number[];
  /** The targets that failed. */
  readonly attempts: readonly DialAttempt[];
  readonly outcome: 'answered' | 'failed';
  readonly status: number;
  readonly reason: string;
  readonly established?: EstablishedCall;
}

/**
 * Signalling on its SIP server, without media: answers `demo` (and hangs up `bye` at once; gives `early` a 183 with SDP before), rings for
 * `ring`, refuses the rest with 404. `events` has what happened, in order.
 */
export class SignalingNode {
  readonly server: SipServerUnderTest;
  readonly signaling: SrfSignaling;
  readonly addresses: SignalingAddresses;
  readonly incoming: readonly IncomingCall[];
  readonly established: readonly EstablishedCall[];
  readonly #log: EventLog;

  private constructor(
    server: SipServerUnderTest,
    signaling: SrfSignaling,
    started: { readonly addresses: SignalingAddresses; readonly log: EventLog },
  ) {
    this.server = server;
    this.signaling = signaling;
    this.addresses = started.addresses;
    this.#log = started.log;
    this.incoming = started.log.incoming;
    this.established = started.log.established;
  }

  /** `t1Ms`: less patience than RFC 3261 asks for, for tests that wait for it to end. */
  static async start(
    options: { readonly allow?: readonly string[]; readonly t1Ms?: number } = {},
  ): Promise<SignalingNode> {
    const server = await startSipServer({
      host: '127.0.0.1',
      port: 0,
      allow: options.allow ?? ['127.0.0.0/8'],
      ...(options.t1Ms && { t1Ms: options.t1Ms }),
    });
    const signaling = new SrfSignaling({
      host: server.controlHost,
      port: server.controlPort,
      secret: server.secret,
    });
    const log = new EventLog();
    const addresses = await signaling.start({
      onIncoming: (call) => answerByNumber(call, log),
      onDisconnected: () => log.add('disconnected'),
    });
    return new SignalingNode(server, signaling, { addresses, log });
  }

  get events(): readonly string[] {
    return this.#log.events;
  }

  /** Where SIPp calls it. */
  get remote(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.server.port };
  }

  /** Told of every call that is established, before anything can happen in it. */
  set onEstablished(listener: (call: EstablishedCall) => void) {
    this.#log.onEstablished = listener;
  }

  /** Resolves with the next event of this text. Ask before what causes it. */
  next(text: string): Promise<void> {
    return this.#log.next(text);
  }

  /** Calls out; `onProvisional` may cancel. */
  dial(
    to: { readonly host: string; readonly port: number },
    change: Partial<DialTarget> = {},
    onProvisional: (call: OutgoingCall, status: number) => void = () => undefined,
  ): { readonly call: OutgoingCall; readonly outcome: Promise<DialOutcome> } {
    return this.dialTargets({ targets: [dialTarget(to, change)] }, onProvisional);
  }

  /** As {@link dial}, with more of the request to choose. */
  dialTargets(
    request: Omit<DialRequest, 'localSdp'>,
    onProvisional: (call: OutgoingCall, status: number) => void = () => undefined,
  ): { readonly call: OutgoingCall; readonly outcome: Promise<DialOutcome> } {
    const provisionals: number[] = [];
    const attempts: DialAttempt[] = [];
    const localSdp = createOffer(LOCAL);
    const settled = new Deferred<DialOutcome>();
    const call = this.signaling.dial(
      { ...request, localSdp },
      {
        onProvisional: (status) => {
          provisionals.push(status);
          onProvisional(call, status);
        },
        onAnswered: (established) => {
          this.#log.establish(established);
          const accepted = acceptAnswer(localSdp, established.remoteSdp);
          const reason = accepted.ok ? accepted.remote.codec : accepted.reason;
          settled.resolve({
            provisionals,
            attempts,
            outcome: 'answered',
            status: 200,
            reason,
            established,
          });
        },
        onFailed: (status, reason) => {
          this.#log.add(`failed ${status}`);
          settled.resolve({ provisionals, attempts, outcome: 'failed', status, reason });
        },
        onAttempt: (attempt) => attempts.push(attempt),
      },
    );
    return { call, outcome: settled.promise };
  }

  async close(): Promise<void> {
    await this.signaling.close();
    await this.server.close();
  }
}

/** From one number to another, as `from`. */
export function dialTarget(
  to: { readonly host: string; readonly port: number },
  change: Partial<DialTarget> = {},
): DialTarget {
  return {
    id: 'gateway',
    ...to,
    transport: 'udp',
    toUser: '+4930999',
    fromUser: '+4940111',
    callerId: 'from',
    ...change,
  };
}

class EventLog {
  readonly events: string[] = [];
  readonly incoming: IncomingCall[] = [];
  readonly established: EstablishedCall[] = [];
  readonly #emitter = new EventEmitter();
  onEstablished: ((call: EstablishedCall) => void) | undefined;

  add(text: string): void {
    this.events.push(text);
    this.#emitter.emit('event');
  }

  establish(call: EstablishedCall): void {
    this.established.push(call);
    call.onEnded = (by, reason) => this.add(`ended by ${by}: ${reason}`);
    call.onReinvite = (offer) => {
      const answer = answerOffer(offer, { ...LOCAL, sessionVersion: 2 });
      this.add(`re-INVITE ${answer.ok ? answer.remote.direction : answer.reason}`);
      return answer.ok ? answer.sdp : undefined;
    };
    call.onInfo = ({ body }) => this.add(`INFO ${body.trim()}`);
    this.onEstablished?.(call);
    this.add('established');
  }

  async next(text: string): Promise<void> {
    const seen = this.events.length;
    while (!this.events.includes(text, seen)) await once(this.#emitter, 'event');
  }
}

function answerByNumber(call: IncomingCall, log: EventLog): void {
  log.incoming.push(call);
  log.add(`incoming ${call.calledUser} from ${call.callingUser}`);
  call.onCancel = () => log.add('cancelled');
  if (call.calledUser === 'ring') call.ring();
  else if (['demo', 'bye', 'early'].includes(call.calledUser ?? '')) answer(call, log);
  else call.reject(404);
}

function answer(call: IncomingCall, log: EventLog): void {
  const offer = createOffer(LOCAL);
  const result = call.remoteSdp === undefined ? undefined : answerOffer(call.remoteSdp, LOCAL);
  if (result?.ok === false) {
    call.reject(488);
    return;
  }
  const established = async (): Promise<void> => {
    if (call.calledUser === 'early' && result !== undefined) call.progress(result.sdp);
    const dialog = await call.answer(result?.sdp ?? offer);
    log.establish(dialog);
    if (result === undefined) {
      const accepted = acceptAnswer(offer, dialog.remoteSdp);
      log.add(`late answer ${accepted.ok ? accepted.remote.codec : accepted.reason}`);
    }
    if (call.calledUser !== 'bye') return;
    await dialog.hangup();
    log.add('hung up');
  };
  established().catch((error: Error) => log.add(error.message));
}
