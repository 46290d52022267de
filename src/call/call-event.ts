import type { MonotonicMs } from '../core/time.ts';
import type { TurnTrace } from '../voice/turn-trace.ts';
import type { Termination } from './termination.ts';

/**
 * What a call tells the rest of the product, in order: the store writes each to the outbox, webhooks and billing will read it
 * there. Events carry everything that must be kept; nothing else about a call is stored.
 */
export type CallEvent =
  | { readonly type: 'created'; readonly atMs: MonotonicMs }
  | { readonly type: 'dialing'; readonly atMs: MonotonicMs; readonly carrier: string }
  | { readonly type: 'ringing'; readonly atMs: MonotonicMs; readonly sipStatus: number }
  | { readonly type: 'answered'; readonly atMs: MonotonicMs; readonly sipCallId: string }
  /** One finished stretch of the conversation; agent text is what was heard. */
  | {
      readonly type: 'transcript';
      readonly atMs: MonotonicMs;
      readonly speaker: 'caller' | 'agent';
      readonly text: string;
      readonly interrupted: boolean;
    }
  | { readonly type: 'dtmf'; readonly atMs: MonotonicMs; readonly digit: string }
  | { readonly type: 'turn'; readonly atMs: MonotonicMs; readonly trace: TurnTrace }
  | {
      readonly type: 'provider-error';
      readonly atMs: MonotonicMs;
      readonly provider: string;
      readonly code: string;
      readonly detail: string;
    }
  | { readonly type: 'ended'; readonly atMs: MonotonicMs; readonly termination: Termination }
  /** The last event: everything is stored. */
  | {
      readonly type: 'finished';
      readonly atMs: MonotonicMs;
      readonly recordingPath?: string;
      readonly durationMs: number;
    };
