import { bytesToByteString } from '../core/bytes.ts';
import type { CapturedMessage } from './captured-message.ts';
import { type Ladder, type LadderLimits, LadderRecorder } from './ladder.ts';
import { type MaskOptions, maskMessage } from './mask-message.ts';
import { bodyStart, callIdOf, headerOf, startLineOf } from './message-head.ts';

export interface CallLaddersOptions extends LadderLimits, MaskOptions {
  /**
   * Every message once it is known where it belongs: to a call of ours, or for good to nobody's. The correlation is the
   * call's id, else the SIP Call-ID.
   */
  readonly onPlaced?: (message: CapturedMessage, correlation: string) => void;
  /** Whether that includes REGISTER, OPTIONS and the like, which no call claims. */
  readonly placesOutOfCall?: boolean;
}

export const CALL_LADDERS = Object.freeze({
  /** SIP Call-IDs of one call: legs, attempts of a failover. */
  maxSipCallIds: 32,
  /** Calls that share a SIP Call-ID: this server calls itself. */
  maxCallsPerSipCallId: 4,
  /** How long a message waits for a call to claim its SIP Call-ID. */
  waitUs: 5_000_000,
  maxWaitingMessages: 4_000,
  maxWaitingBytes: 4_194_304,
  maxCallIdChars: 256,
});

/** Quicker than a byte string; what it makes of octets above 127 is no matter here. */
const decoder = new TextDecoder('latin1');

/** Methods whose messages never wait for a call: nobody would claim them. */
const OUT_OF_CALL = new Set(['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE']);

interface Waiting {
  readonly message: CapturedMessage;
  readonly sipCallId: string;
}

/**
 * Which SIP message belongs to which call. A message that comes before its call is known waits for it, within bounds.
 *
 * | input     | effect |
 * | --------- | ------ |
 * | `bind`    | the call's ladder begins, or goes on under one more SIP Call-ID; what waited for that is added |
 * | `capture` | added to every call under this SIP Call-ID; else it waits |
 * | `expire`  | what waited too long is nobody's |
 * | `release` | the call's ladder is given out and forgotten with its SIP Call-IDs |
 */
export class CallLadders {
  readonly #options: CallLaddersOptions;
  readonly #recorders = new Map<string, LadderRecorder>();
  readonly #sipCallIds = new Map<string, Set<string>>();
  readonly #callIds = new Map<string, Set<string>>();
  readonly #waiting = new Map<Waiting, true>();
  #waitingBytes = 0;

  constructor(options: CallLaddersOptions) {
    this.#options = options;
  }

  /** Calls whose ladder is in memory. */
  get callIds(): readonly string[] {
    return [...this.#recorders.keys()];
  }

  bind(callId: string, sipCallId: string): void {
    const own = this.#sipCallIds.get(callId) ?? new Set<string>();
    const sharing = this.#callIds.get(sipCallId) ?? new Set<string>();
    const isFull =
      own.size >= CALL_LADDERS.maxSipCallIds || sharing.size >= CALL_LADDERS.maxCallsPerSipCallId;
    if (own.has(sipCallId) || isFull || sipCallId === '') return;
    this.#sipCallIds.set(callId, own.add(sipCallId));
    this.#callIds.set(sipCallId, sharing.add(callId));
    for (const waiting of this.#waiting.keys()) {
      if (waiting.sipCallId !== sipCallId) continue;
      this.#stopWaiting(waiting);
      this.#add(callId, waiting.message);
    }
  }

  /** The bytes of the message must be its own: it is kept. */
  capture(message: CapturedMessage): void {
    const text = decoder.decode(message.bytes);
    const sipCallId = callIdOf(text.slice(0, bodyStart(text)))?.slice(
      0,
      CALL_LADDERS.maxCallIdChars,
    );
    if (sipCallId === undefined) return;
    const callIds = this.#callIds.get(sipCallId);
    if (callIds !== undefined) for (const callId of callIds) this.#add(callId, message);
    else if (!OUT_OF_CALL.has(methodOf(text))) this.#wait({ message, sipCallId });
    else if (this.#options.placesOutOfCall) this.#options.onPlaced?.(message, sipCallId);
  }

  expire(nowUs: number): void {
    for (const waiting of this.#waiting.keys()) {
      if (waiting.message.atUs + CALL_LADDERS.waitUs > nowUs) return;
      this.#giveUp(waiting);
    }
  }

  /** Undefined when nothing of this call is in memory. */
  ladder(callId: string): Ladder | undefined {
    return this.#recorders
      .get(callId)
      ?.ladder((bytes) => maskMessage(bytesToByteString(bytes), this.#options));
  }

  release(callId: string): Ladder | undefined {
    const ladder = this.ladder(callId);
    this.#recorders.delete(callId);
    for (const sipCallId of this.#sipCallIds.get(callId) ?? []) {
      const sharing = this.#callIds.get(sipCallId);
      sharing?.delete(callId);
      if (sharing?.size === 0) this.#callIds.delete(sipCallId);
    }
    this.#sipCallIds.delete(callId);
    return ladder;
  }

  #add(callId: string, message: CapturedMessage): void {
    let recorder = this.#recorders.get(callId);
    if (recorder === undefined) {
      recorder = new LadderRecorder(this.#options);
      this.#recorders.set(callId, recorder);
    }
    recorder.add(message);
    this.#options.onPlaced?.(message, callId);
  }

  #wait(waiting: Waiting): void {
    this.#waiting.set(waiting, true);
    this.#waitingBytes += waiting.message.bytes.length;
    for (const oldest of this.#waiting.keys()) {
      const isFull =
        this.#waiting.size > CALL_LADDERS.maxWaitingMessages ||
        this.#waitingBytes > CALL_LADDERS.maxWaitingBytes;
      if (!isFull) return;
      this.#giveUp(oldest);
    }
  }

  #giveUp(waiting: Waiting): void {
    this.#stopWaiting(waiting);
    this.#options.onPlaced?.(waiting.message, waiting.sipCallId);
  }

  #stopWaiting(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) this.#waitingBytes -= waiting.message.bytes.length;
  }
}

function methodOf(text: string): string {
  const { method } = startLineOf(text);
  if (method !== undefined) return method;
  return headerOf(text.slice(0, bodyStart(text)), 'cseq')?.split(' ')[1] ?? '';
}
