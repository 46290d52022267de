import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { CallInput, TransferCommand } from '../call/call-io.ts';
import type { DialRequest } from '../signaling/signaling.ts';
import type { AgentSpec } from '../voice/agent-spec.ts';
import type { TextToSpeech } from '../voice/ports.ts';
import { announce } from './announcement.ts';
import type { CallAudio } from './call-audio.ts';
import type { CallSignaling } from './call-signaling.ts';
import { SecondLeg, type SecondLegOptions } from './second-leg.ts';

const NO_ROUTE = { status: 404, reason: 'no carrier takes a call to this number' };

export interface CallTransferDriverOptions extends Omit<SecondLegOptions, 'request'> {
  readonly callSignaling: CallSignaling;
  readonly audio: CallAudio;
  readonly routeTo: (to: string) => Omit<DialRequest, 'localSdp'> | undefined;
  readonly tell: (input: CallInput) => void;
  readonly tts: TextToSpeech;
  readonly agent: AgentSpec;
}

/** Carries out the transfers of one call: REFERs, the second leg, the bridge to it. */
export class CallTransferDriver {
  readonly #options: CallTransferDriverOptions;
  #secondLeg: SecondLeg | undefined;
  /** What is being announced is for the transfer under way only. */
  #announcements = new AbortController();

  constructor(options: CallTransferDriverOptions) {
    this.#options = options;
  }

  handleCommand(command: TransferCommand): void {
    const { callSignaling, audio } = this.#options;
    switch (command.type) {
      case 'refer':
        callSignaling.refer(isUri(command.to) ? { uri: command.to } : { user: command.to });
        break;
      case 'refer-second-leg': {
        const call = this.#secondLeg?.established;
        if (call !== undefined) callSignaling.refer({ call });
        break;
      }
      case 'second-leg-dial':
        this.#dial(command.to);
        break;
      case 'announce':
        void this.#announce(command.text);
        break;
      case 'second-leg-tell':
        void this.#secondLeg?.say((write) => this.#speak(command.text, write));
        break;
      case 'second-leg-hangup':
        this.#endAnnouncements();
        this.#secondLeg?.hangup(command.reason);
        break;
      case 'bridge':
        if (this.#secondLeg !== undefined) audio.bridge(this.#secondLeg, command.agentHeardBy);
        break;
      default:
        audio.unbridge();
    }
  }

  #dial(to: string): void {
    const { routeTo } = this.#options;
    const tell = (input: CallInput) => this.#tell(input);
    const request = routeTo(to);
    if (request === undefined) {
      const { status: sipStatus, reason: sipReason } = NO_ROUTE;
      tell({ type: 'second-leg', state: 'failed', sipStatus, sipReason });
      return;
    }
    const { audio, session } = this.#options;
    const beside = audio.session;
    this.#secondLeg = new SecondLeg({
      ...this.#options,
      session: { ...session, ...(beside && { beside }) },
      request,
      tell,
    });
    this.#secondLeg.dial();
  }

  #tell(input: CallInput): void {
    const isOver =
      input.type === 'second-leg' && (input.state === 'failed' || input.state === 'ended');
    if (isOver) this.#endAnnouncements();
    this.#options.tell(input);
  }

  #endAnnouncements(): void {
    this.#announcements.abort();
    this.#announcements = new AbortController();
  }

  async #announce(text: string): Promise<void> {
    const playout = this.#options.audio.openPlayout();
    await this.#speak(text, playout.write);
    playout.finish();
  }

  #speak(text: string, write: (audio: PcmFrame) => void): Promise<boolean> {
    const { tts, agent } = this.#options;
    return announce(text, { tts, agent, write }, this.#announcements.signal);
  }
}

function isUri(to: string): boolean {
  return /^sips?:/i.test(to);
}
