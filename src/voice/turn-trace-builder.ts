import type { MonotonicMs } from '../core/time.ts';
import type { Endpoint } from './endpointing.ts';
import type { BargeInTrace, TurnTrace } from './turn-trace.ts';

export type TurnStamp = {
  [Key in keyof TurnTrace]-?: Exclude<TurnTrace[Key], undefined> extends MonotonicMs ? Key : never;
}[keyof TurnTrace];

/** Collects the stamps of one agent turn; the first of each kind counts. */
export class TurnTraceBuilder {
  readonly #kind: TurnTrace['kind'];
  readonly #stamps = new Map<TurnStamp, MonotonicMs>();
  #endpointReason: TurnTrace['endpointReason'];
  #error: string | undefined;

  constructor(kind: TurnTrace['kind']) {
    this.#kind = kind;
  }

  stamp(name: TurnStamp, at: MonotonicMs | undefined): void {
    if (at !== undefined && !this.#stamps.has(name)) this.#stamps.set(name, at);
  }

  /** The caller turn that this one answers. */
  endpointed({ endpointMs, reason, turn }: Endpoint): void {
    this.stamp('callerSpeechStartMs', turn.speechStartMs);
    this.stamp('callerSpeechEndMs', turn.speechEndMs);
    this.stamp('transcriptFinalMs', turn.transcriptFinalMs);
    this.stamp('endpointMs', endpointMs);
    this.#endpointReason = reason;
  }

  failed(code: string): void {
    this.#error ??= code;
  }

  build(turnId: number, bargeIn: BargeInTrace | undefined): TurnTrace {
    const stamps: Partial<Record<TurnStamp, MonotonicMs>> = Object.fromEntries(this.#stamps);
    return {
      turnId,
      kind: this.#kind,
      ...stamps,
      ...(this.#endpointReason && { endpointReason: this.#endpointReason }),
      ...(bargeIn && { bargeIn }),
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }
}
