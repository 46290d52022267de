import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { CallInput } from '../call/call-io.ts';
import { TrunklineError } from '../core/errors.ts';
import type {
  AgentAudience,
  MediaEngine,
  MediaEvent,
  MediaListener,
  MediaSession,
  MediaSessionOptions,
} from '../media/media-engine.ts';
import type {
  DialRequest,
  EstablishedCall,
  OutgoingCall,
  Signaling,
} from '../signaling/signaling.ts';
import { CallSdp, type RemoteAudio } from './call-sdp.ts';
import type { MediaAddress } from './media-address.ts';
import { cutReason } from './peer-reason.ts';

const UNAVAILABLE = { status: 503, reason: 'no media port is free' };
const NOT_ACCEPTABLE = { status: 488, reason: 'no common codec in the answer' };
/** The playout of this leg's session. */
const TOLD_PLAYOUT_ID = 1;

export interface SecondLegOptions {
  readonly media: MediaEngine;
  readonly session: MediaSessionOptions;
  readonly mediaAddress: MediaAddress;
  readonly signaling: Signaling;
  readonly request: Omit<DialRequest, 'localSdp'>;
  readonly tell: (input: CallInput) => void;
}

/**
 * Another call, for the transfer of a first one: to a target that the peer then takes over, or that is bridged with it. Tells `second-leg`
 * as it goes; `failed` or `ended` is the last word, once everything is closed.
 */
export class SecondLeg implements MediaListener {
  readonly #options: SecondLegOptions;
  readonly #sdp: CallSdp;
  #session: MediaSession | undefined;
  #outgoing: OutgoingCall | undefined;
  #established: EstablishedCall | undefined;
  #state: 'dialing' | 'up' | 'over' = 'dialing';

  constructor(options: SecondLegOptions) {
    this.#options = options;
    this.#sdp = new CallSdp(options.mediaAddress);
  }

  get established(): EstablishedCall | undefined {
    return this.#established;
  }

  dial(): void {
    const { media, session, signaling, request } = this.#options;
    try {
      this.#session = media.openSession({ ...session, rtpTimeoutMs: 0, duckDb: 0 }, this);
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      this.#end('failed', UNAVAILABLE.status, UNAVAILABLE.reason);
      return;
    }
    const { localPort } = this.#session;
    this.#outgoing = signaling.dial(
      { ...request, localSdp: (target) => this.#sdp.offerFor(localPort, target) },
      {
        onProvisional: (status) => {
          if (status >= 180) this.#tell('ringing', status, '');
        },
        onAnswered: (established) => this.#handleAnswered(established),
        onFailed: (status, reason) => this.#end('failed', status, reason),
      },
    );
  }

  /** Before it is bridged. */
  async say(speak: (write: (audio: PcmFrame) => void) => Promise<unknown>): Promise<void> {
    let hasWritten = false;
    await speak(({ samples, sampleRateHz }) => {
      hasWritten = true;
      this.#session?.write(TOLD_PLAYOUT_ID, samples, sampleRateHz);
    });
    if (hasWritten) this.#session?.finish(TOLD_PLAYOUT_ID);
    else this.#tellTold();
  }

  /** The peer of `first` and the one called here hear each other, until {@link unbridge}. */
  bridge(first: MediaSession, agentHeardBy: AgentAudience): void {
    if (this.#session !== undefined) first.bridge(this.#session, agentHeardBy);
  }

  unbridge(): void {
    this.#session?.unbridge();
  }

  hangup(reason: string): void {
    this.unbridge();
    if (this.#state === 'dialing') this.#outgoing?.cancel();
    const established = this.#established;
    if (this.#state !== 'up' || established === undefined) return;
    const done = () => this.#end('ended', 200, reason);
    established.hangup(reason).then(done, done);
  }

  /** What it says goes to the other leg, in the engine. */
  onAudio(): void {}

  /** Speech and keys of the second leg are nobody's turn. */
  onEvent(event: MediaEvent): void {
    if (event.type === 'playout-ended' && event.playoutId === TOLD_PLAYOUT_ID) this.#tellTold();
  }

  #tellTold(): void {
    if (this.#state === 'up') this.#tell('told', 200, 'OK');
  }

  #handleAnswered(established: EstablishedCall): void {
    this.#state = 'up';
    this.#established = established;
    this.#sdp.signallingAddress = established.peerAddress;
    const audio = this.#sdp.accept(established.remoteSdp);
    established.onReinvite = (remoteSdp, isAnswer) => this.#handleReinvite(remoteSdp, isAnswer);
    if (audio?.remote === undefined) {
      void established.hangup('Q.850;cause=88;text="Incompatible destination"');
      this.#end('failed', NOT_ACCEPTABLE.status, NOT_ACCEPTABLE.reason);
      return;
    }
    this.#connect(audio);
    this.#tell('answered', 200, 'OK');
    established.onEnded = (_by, reason) => this.#end('ended', 200, reason);
  }

  #handleReinvite(remoteSdp: string, isAnswer: boolean | undefined): string | undefined {
    const port = this.#session?.localPort;
    const answer = port === undefined ? undefined : this.#sdp.answer(remoteSdp, port, isAnswer);
    if (answer !== undefined) this.#connect(answer);
    return answer?.sdp;
  }

  #connect({ remote, isHeld }: RemoteAudio): void {
    if (remote !== undefined) this.#session?.connect(remote);
    this.#session?.setMuted(isHeld);
  }

  #end(state: 'failed' | 'ended', sipStatus: number, reason: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.unbridge();
    this.#session?.close();
    this.#tell(state, sipStatus, reason);
  }

  #tell(
    state: 'ringing' | 'answered' | 'told' | 'failed' | 'ended',
    sipStatus: number,
    reason: string,
  ): void {
    const sipReason = cutReason(reason);
    this.#options.tell({ type: 'second-leg', state, sipStatus, sipReason });
  }
}
