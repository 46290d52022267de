import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { SttTranscript } from './ports.ts';

/** A caller turn beyond this is cut: what a recogniser sends is bounded. */
const MAX_CHARS = 8_000;
const MAX_AUDIO_SECONDS = 120;

/** What the caller said until an endpoint. */
export interface CallerTurn {
  readonly text: string;
  readonly audio?: PcmFrame;
  readonly speechStartMs?: MonotonicMs;
  /** Arrival of the last packet that carried speech. */
  readonly speechEndMs?: MonotonicMs;
  readonly transcriptFinalMs?: MonotonicMs;
}

/** The words of one caller turn as they come in: finals (and pressed digits) in order, and the interim behind them. */
export class CallerWords {
  readonly #parts: string[] = [];
  #interim = '';
  #audio: PcmFrame | undefined;

  addFinal(transcript: SttTranscript): void {
    this.#interim = '';
    this.addText(transcript.text);
    if (transcript.audio) this.#audio = joinAudio(this.#audio, transcript.audio);
  }

  addText(text: string): void {
    const room = MAX_CHARS - this.final.length;
    const part = text.trim().slice(0, Math.max(0, room));
    if (part !== '') this.#parts.push(part);
  }

  setInterim(transcript: SttTranscript): void {
    this.#interim = transcript.text.trim().slice(0, MAX_CHARS);
  }

  get final(): string {
    return this.#parts.join(' ');
  }

  get hasInterim(): boolean {
    return this.#interim !== '';
  }

  /** With the interim, for want of the final that never came. */
  get best(): string {
    return [...this.#parts, this.#interim].filter((part) => part !== '').join(' ');
  }

  get audio(): PcmFrame | undefined {
    return this.#audio;
  }
}

/** The same words, whatever case and punctuation a recogniser gave them at first. */
export function isSameWording(left: string, right: string): boolean {
  return bareWords(left) === bareWords(right);
}

function bareWords(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

function joinAudio(first: PcmFrame | undefined, second: PcmFrame): PcmFrame {
  if (first === undefined || first.sampleRateHz !== second.sampleRateHz) return second;
  const longest = first.sampleRateHz * MAX_AUDIO_SECONDS;
  const length = Math.min(first.samples.length + second.samples.length, longest);
  const samples = new Int16Array(length);
  samples.set(first.samples.subarray(0, length));
  samples.set(second.samples.subarray(0, length - first.samples.length), first.samples.length);
  return { samples, sampleRateHz: first.sampleRateHz };
}
