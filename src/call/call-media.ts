import type { RecordingOutcome } from './call-event.ts';
import type { CallInput, MediaCommand } from './call-io.ts';

/** The media session of a call and the recording of its audio, of which there is one. It ends with the session. */
export class CallMedia {
  #session: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #recording: 'none' | 'on' | 'stopping' | 'over' = 'none';
  #outcome: RecordingOutcome = {};

  get isOpen(): boolean {
    return this.#session === 'open';
  }

  get isClosed(): boolean {
    return this.#session === 'closed';
  }

  /** It may still grow, or is being put into its final form. */
  get isRecording(): boolean {
    return this.#recording === 'on' || this.#recording === 'stopping';
  }

  get recordingOutcome(): RecordingOutcome {
    if (!this.isRecording || this.#outcome.recordingPath !== undefined) return this.#outcome;
    return { recordingError: 'the recording was not closed in time', ...this.#outcome };
  }

  /** `isOver`: the call ended while the session was being opened. */
  handleInput(input: CallInput, isOver: boolean): MediaCommand | undefined {
    switch (input.type) {
      case 'media-opened':
      case 'offer-refused':
        if (this.#session !== 'opening') return undefined;
        this.#session = 'open';
        return isOver ? this.close() : undefined;
      case 'media-unavailable':
        if (this.#session === 'opening') this.#session = 'closed';
        return undefined;
      case 'media':
        if (input.event.type !== 'closed') return undefined;
        this.#session = 'closed';
        return this.stopRecording();
      case 'recording-written':
        this.#outcome = {
          ...this.#outcome,
          recordingPath: input.path,
          recordingMs: input.durationMs,
        };
        return undefined;
      case 'recording-failed':
        this.#outcome = { ...this.#outcome, recordingError: input.error.message };
        return undefined;
      case 'recording-closed':
        this.#recording = 'over';
        return undefined;
      default:
        return undefined;
    }
  }

  close(): MediaCommand | undefined {
    if (this.#session !== 'open') return undefined;
    this.#session = 'closing';
    return { type: 'media-close' };
  }

  startRecording(): MediaCommand | undefined {
    if (this.#recording !== 'none') return undefined;
    this.#recording = 'on';
    return { type: 'recording-start' };
  }

  stopRecording(): MediaCommand | undefined {
    if (this.#recording !== 'on') return undefined;
    this.#recording = 'stopping';
    return { type: 'recording-stop' };
  }
}
