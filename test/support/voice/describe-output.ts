import { pcmDurationMs } from '../../../src/audio/pcm-frame.ts';
import type { TurnOutput } from '../../../src/voice/turn-io.ts';
import type { TurnTrace } from '../../../src/voice/turn-trace.ts';

/** An output in one short line, as the timelines of scenario tests show it. */
export function describeOutput(output: TurnOutput): string {
  switch (output.type) {
    case 'llm-start':
      return `llm-start ${output.turnId} "${output.request.messages.at(-1)?.content}"`;
    case 'llm-cancel':
    case 'tts-cancel':
      return `${output.type} ${output.turnId}`;
    case 'tts-start':
      return `tts-start ${output.turnId}.${output.sentenceId} "${output.request.text}"`;
    case 'playout-write':
      return `write ${output.playoutId} ${pcmDurationMs(output.audio)}ms`;
    case 'playout-mark':
      return `mark ${output.playoutId}.${output.markId}`;
    case 'playout-finish':
      return `finish ${output.playoutId}`;
    case 'duck-on-speech':
      return `duck-on-speech ${output.enabled}`;
    case 'transcript':
      return `${output.speaker}: "${output.text}"${output.interrupted ? ' interrupted' : ''}`;
    case 'turn':
      return describeTrace(output.trace);
    case 'provider-error':
      return `provider-error ${output.provider} ${output.error.code}`;
    case 'hang-up':
      return `hang-up ${output.reason}`;
    default:
      return output.type.replace('playout-', '');
  }
}

function describeTrace({ turnId, kind, bargeIn, error }: TurnTrace): string {
  return ['turn', turnId, kind, bargeIn?.outcome, error]
    .filter((part) => part !== undefined)
    .join(' ');
}
