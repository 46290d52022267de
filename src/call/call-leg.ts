import type { CallInput, SignalingCommand } from './call-io.ts';

type State =
  | 'idle'
  | 'offered'
  | 'answering'
  | 'dialing'
  | 'established'
  | 'withdrawing'
  | 'hanging-up'
  | 'closed';

/**
 * The obligation towards the signalling peer: whatever was begun is ended once, by the command that fits.
 *
 * | state       | end()               | answered    | failed | CANCEL      | BYE    | our BYE done |
 * | ----------- | ------------------- | ----------- | ------ | ----------- | ------ | ------------ |
 * | idle        | closed              | -           | -      | -           | -      | -            |
 * | offered     | reject: closed      | -           | -      | closed      | -      | -            |
 * | answering   | withdrawing         | established | closed | withdrawing | -      | -            |
 * | dialing     | cancel: withdrawing | established | closed | -           | -      | -            |
 * | established | hangup: hanging-up  | -           | -      | -           | closed | -            |
 * | withdrawing | -                   | hangup      | closed | -           | -      | -            |
 * | hanging-up  | -                   | -           | -      | -           | closed | closed       |
 *
 * In `withdrawing` a 200 may still cross our CANCEL, or be under way to the caller: such a dialog gets its BYE
 * (RFC 3261 section 9.1).
 */
export class CallLeg {
  #state: State;

  constructor(direction: 'inbound' | 'outbound') {
    this.#state = direction === 'inbound' ? 'offered' : 'idle';
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get isEstablished(): boolean {
    return this.#state === 'established';
  }

  /** Nothing was sent yet that makes a dialog. */
  get isUntouched(): boolean {
    return this.#state === 'idle' || this.#state === 'offered';
  }

  /** Returns the BYE for a dialog that nobody wants any more. */
  handleInput(input: CallInput): SignalingCommand | undefined {
    switch (input.type) {
      case 'answered':
        return this.#handleAnswered();
      case 'failed':
      case 'answer-failed':
        if (this.#isPending) this.#state = 'closed';
        return undefined;
      case 'caller-cancelled':
        if (this.#state === 'offered') this.#state = 'closed';
        else if (this.#state === 'answering') this.#state = 'withdrawing';
        return undefined;
      case 'peer-ended':
        if (this.isEstablished || this.#state === 'hanging-up') this.#state = 'closed';
        return undefined;
      case 'hung-up':
        if (this.#state === 'hanging-up') this.#state = 'closed';
        return undefined;
      default:
        return undefined;
    }
  }

  /** Answers the caller, or dials. */
  begin(): SignalingCommand {
    const isInbound = this.#state === 'offered';
    this.#state = isInbound ? 'answering' : 'dialing';
    return { type: isInbound ? 'answer' : 'dial' };
  }

  /** `reason`: value of the Reason header of a BYE. */
  end(rejectStatus: number, reason?: string): SignalingCommand | undefined {
    const previous = this.#state;
    switch (previous) {
      case 'idle':
        this.#state = 'closed';
        return undefined;
      case 'offered':
        this.#state = 'closed';
        return { type: 'reject', sipStatus: rejectStatus };
      case 'answering':
      case 'dialing':
        this.#state = 'withdrawing';
        return previous === 'dialing' ? { type: 'cancel' } : undefined;
      case 'established':
        this.#state = 'hanging-up';
        return reason === undefined ? { type: 'hangup' } : { type: 'hangup', reason };
      default:
        return undefined;
    }
  }

  get #isPending(): boolean {
    return (
      this.#state === 'answering' || this.#state === 'dialing' || this.#state === 'withdrawing'
    );
  }

  #handleAnswered(): SignalingCommand | undefined {
    if (this.#state === 'withdrawing') {
      this.#state = 'hanging-up';
      return { type: 'hangup' };
    }
    if (this.#isPending) this.#state = 'established';
    return undefined;
  }
}
