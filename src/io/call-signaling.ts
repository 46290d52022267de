import type { CallInput, SignalingCommand } from '../call/call-io.ts';
import { TrunklineError } from '../core/errors.ts';
import type { RtpRemote } from '../media/media-engine.ts';
import type {
  DialRequest,
  EstablishedCall,
  IncomingCall,
  OutgoingCall,
  Signaling,
} from '../signaling/signaling.ts';
import type { CallSdp } from './call-sdp.ts';

/** What the far end says of its reasons is kept up to here. */
const MAX_REASON_CHARS = 200;

/** The far end of a call: who called, or where to call. */
export type CallPeer =
  | { readonly direction: 'inbound'; readonly incoming: IncomingCall }
  | {
      readonly direction: 'outbound';
      readonly signaling: Signaling;
      readonly request: Omit<DialRequest, 'localSdp'>;
    };

/** Carries out the signalling commands of one call and tells the call what the far end does. */
export class CallSignaling {
  readonly #peer: CallPeer;
  readonly #sdp: CallSdp;
  readonly #tell: (input: CallInput) => void;
  #localSdp = '';
  #localPort = 0;
  /** Known before the answer when the far end made the offer. */
  #remote: RtpRemote | undefined;
  #outgoing: OutgoingCall | undefined;
  #established: EstablishedCall | undefined;

  constructor(peer: CallPeer, sdp: CallSdp, tell: (input: CallInput) => void) {
    this.#peer = peer;
    this.#sdp = sdp;
    this.#tell = tell;
  }

  /** Listens for the caller's CANCEL; it may have come already and be told at once. */
  listen(): void {
    if (this.#peer.direction !== 'inbound') return;
    this.#peer.incoming.onCancel = () => this.#tell({ type: 'caller-cancelled' });
  }

  /** Describes our side. Returns why the caller's offer cannot be answered. */
  describe(localPort: number): TrunklineError | undefined {
    this.#localPort = localPort;
    const offer = this.#peer.direction === 'inbound' ? this.#peer.incoming.remoteSdp : undefined;
    if (offer === undefined) {
      this.#localSdp = this.#sdp.offer(localPort);
      return undefined;
    }
    const answer = this.#sdp.answer(offer, localPort);
    if (answer?.remote === undefined) {
      return new TrunklineError('no-common-codec', 'nothing in the offer that we speak');
    }
    this.#localSdp = answer.sdp;
    this.#remote = answer.remote;
    return undefined;
  }

  handleCommand(command: SignalingCommand): void {
    switch (command.type) {
      case 'dial':
        this.#dial();
        break;
      case 'cancel':
        this.#outgoing?.cancel();
        break;
      case 'hangup':
        this.#hangUp();
        break;
      default:
        if (this.#peer.direction === 'inbound') this.#respond(this.#peer.incoming, command);
    }
  }

  #respond(incoming: IncomingCall, command: SignalingCommand): void {
    switch (command.type) {
      case 'ring':
        incoming.ring();
        break;
      case 'reject':
        incoming.reject(command.sipStatus);
        break;
      case 'answer':
        this.#answer(incoming);
        break;
      default:
    }
  }

  #answer(incoming: IncomingCall): void {
    incoming.answer(this.#localSdp).then(
      (established) => this.#adopt(established),
      (error: unknown) =>
        this.#tell({ type: 'answer-failed', detail: String(error).slice(0, MAX_REASON_CHARS) }),
    );
  }

  #dial(): void {
    if (this.#peer.direction !== 'outbound') return;
    const { signaling, request } = this.#peer;
    this.#outgoing = signaling.dial(
      { ...request, localSdp: this.#localSdp },
      {
        onProvisional: (sipStatus) => this.#tell({ type: 'provisional', sipStatus }),
        onAnswered: (established) => this.#adopt(established),
        onFailed: (sipStatus, reason) =>
          this.#tell({ type: 'failed', sipStatus, sipReason: reason.slice(0, MAX_REASON_CHARS) }),
      },
    );
  }

  #adopt(established: EstablishedCall): void {
    this.#established = established;
    established.onReinvite = (remoteSdp) => this.#handleReinvite(remoteSdp);
    const remote = this.#remote ?? this.#guarded(() => this.#sdp.accept(established.remoteSdp));
    this.#tell({ type: 'answered', sipCallId: established.sipCallId, remote });
    // Last: a BYE that came already is told at once, and it ends what was answered.
    established.onEnded = (by, reason) =>
      this.#tell({ type: 'peer-ended', by, detail: reason.slice(0, MAX_REASON_CHARS) });
  }

  #handleReinvite(remoteSdp: string): string | undefined {
    const answer = this.#guarded(() => this.#sdp.answer(remoteSdp, this.#localPort));
    if (answer?.remote) this.#tell({ type: 'moved', remote: answer.remote });
    return answer?.sdp;
  }

  #hangUp(): void {
    const done = () => this.#tell({ type: 'hung-up' });
    this.#established?.hangup().then(done, done);
  }

  /** Within a callback of signalling: an exception must not reach the other calls. */
  #guarded<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.#tell({ type: 'internal-error', detail: String(error) });
      return undefined;
    }
  }
}
