import type { CallInput, TransferCommand } from '../call/call-io.ts';
import type { DialRequest } from '../signaling/signaling.ts';
import type { CallAudio } from './call-audio.ts';
import type { CallSignaling } from './call-signaling.ts';
import { SecondLeg, type SecondLegOptions } from './second-leg.ts';

const NO_ROUTE = { status: 404, reason: 'no carrier takes a call to this number' };

export interface CallTransferDriverOptions extends Omit<SecondLegOptions, 'request'> {
  readonly callSignaling: CallSignaling;
  readonly audio: CallAudio;
  readonly routeTo: (to: string) => Omit<DialRequest, 'localSdp'> | undefined;
  readonly tell: (input: CallInput) => void;
}

/** Carries out the transfers of one call: REFERs, the second leg, the bridge to it. */
export class CallTransferDriver {
  readonly #options: CallTransferDriverOptions;
  #secondLeg: SecondLeg | undefined;

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
      case 'second-leg-hangup':
        this.#secondLeg?.hangup(command.reason);
        break;
      case 'bridge':
        if (this.#secondLeg !== undefined) audio.bridge(this.#secondLeg);
        break;
      default:
        audio.unbridge();
    }
  }

  #dial(to: string): void {
    const { routeTo, tell } = this.#options;
    const request = routeTo(to);
    if (request === undefined) {
      const { status: sipStatus, reason: sipReason } = NO_ROUTE;
      tell({ type: 'second-leg', state: 'failed', sipStatus, sipReason });
      return;
    }
    this.#secondLeg = new SecondLeg({ ...this.#options, request });
    this.#secondLeg.dial();
  }
}

function isUri(to: string): boolean {
  return /^sips?:/i.test(to);
}
