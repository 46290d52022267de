import { ERROR_TABLE } from '../core/errors.ts';
import type { MediaEvent } from '../media/media-engine.ts';
import type { CallInput } from './call-io.ts';
import { terminationOfStatus } from './sip-outcome.ts';
import type { Termination } from './termination.ts';

/** How the call ends by this input, or `undefined` when it goes on. */
export function terminationOf(input: CallInput, isAnswered: boolean): Termination | undefined {
  switch (input.type) {
    case 'stop':
      return {
        reason: isAnswered ? 'stopped' : 'cancelled',
        ...(input.detail === undefined ? { by: 'api' } : { by: 'system', detail: input.detail }),
      };
    case 'shutdown':
      return { reason: 'server-shutdown', by: 'system' };
    case 'internal-error':
      return { reason: 'internal-error', by: 'system', detail: input.detail };
    case 'media':
      return terminationOfMedia(input.event, isAnswered);
    default:
      return isAnswered ? terminationOfAnswered(input) : terminationOfUnanswered(input);
  }
}

function terminationOfMedia(event: MediaEvent, isAnswered: boolean): Termination | undefined {
  switch (event.type) {
    case 'rtp-timeout':
      return isAnswered ? { reason: 'rtp-timeout', by: 'network' } : undefined;
    case 'closed':
      return { reason: 'internal-error', by: 'system', detail: 'the media session was closed' };
    default:
      return undefined;
  }
}

function terminationOfAnswered(input: CallInput): Termination | undefined {
  switch (input.type) {
    case 'peer-ended': {
      const by = input.by === 'peer' ? 'caller' : 'network';
      return { reason: 'hangup', by, detail: input.detail };
    }
    case 'answered':
      if (input.remote) return undefined;
      return { reason: 'media-failed', by: 'system', detail: 'no common codec in the answer' };
    default:
      return undefined;
  }
}

function terminationOfUnanswered(input: CallInput): Termination | undefined {
  switch (input.type) {
    case 'cancel':
      return { reason: 'cancelled', by: 'api' };
    case 'caller-cancelled':
      return {
        reason: 'caller-cancelled',
        by: 'caller',
        ...(input.detail !== undefined && { detail: input.detail }),
      };
    case 'answer-failed':
      return { reason: 'caller-cancelled', by: 'caller', detail: input.detail };
    case 'failed':
      return terminationOfStatus(input.sipStatus, input.sipReason);
    case 'media-unavailable':
    case 'offer-refused':
      return {
        reason: ERROR_TABLE[input.error.code].ending,
        by: 'system',
        detail: input.error.message,
      };
    default:
      return undefined;
  }
}
