import type { SttTranscript } from '../../voice/ports.ts';
import {
  type JsonEvent,
  numberField,
  objectField,
  objectsField,
  textField,
} from '../json-event.ts';

export interface Segment {
  readonly text: string;
  readonly confidence: number | undefined;
}

/** Several `is_final` results make one stretch of speech. */
export class SegmentedText {
  #segments: Segment[] = [];
  #interim = '';

  add(segment: Segment): void {
    this.#interim = '';
    if (segment.text !== '') this.#segments.push(segment);
  }

  withInterim(segment: Segment): SttTranscript {
    this.#interim = segment.text;
    return this.current();
  }

  current(): SttTranscript {
    const confidences = this.#segments.flatMap(({ confidence }) => confidence ?? []);
    const texts = [...this.#segments.map(({ text }) => text), this.#interim];
    const text = texts.filter((part) => part !== '').join(' ');
    return confidences.length === 0 ? { text } : { text, confidence: Math.min(...confidences) };
  }

  take(): SttTranscript {
    const taken = this.current();
    this.clear();
    return taken;
  }

  clear(): void {
    this.#segments = [];
    this.#interim = '';
  }
}

/** `channel.alternatives[0]` of a Results message. */
export function readSegment(event: JsonEvent): Segment {
  const [best = {}] = objectsField(objectField(event, 'channel'), 'alternatives');
  const confidence = numberField(best, 'confidence');
  return {
    text: textField(best, 'transcript').trim(),
    confidence: confidence === undefined ? undefined : Math.min(1, Math.max(0, confidence)),
  };
}
