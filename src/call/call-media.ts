import type { CallInput, MediaCommand } from './call-io.ts';

/**
 * The media session of a call and the recording of its audio. The recording is stopped when the session has reported
 * `closed`: the last audio comes before that.
 */
export class CallMedia {
  #session: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #recording: 'off' | 'on' | 'stopping' = 'off';
  #recordingPath: string | undefined;

  get isOpen(): boolean {
    return this.#session === 'open';
  }

  get isClosed(): boolean {
    return this.#session === 'closed';
  }

  get isRecording(): boolean {
    return this.#recording !== 'off';
  }

  get recordingPath(): string | undefined {
    return this.#recordingPath;
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
      case 'recording-closed':
        this.#recording = 'off';
        this.#recordingPath = input.path;
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

  startRecording(): MediaCommand {
    this.#recording = 'on';
    return { type: 'recording-start' };
  }

  stopRecording(): MediaCommand | undefined {
    if (this.#recording !== 'on') return undefined;
    this.#recording = 'stopping';
    return { type: 'recording-stop' };
  }
}
