import { byteStringToBytes, bytesToByteString } from '../core/bytes.ts';
import { CallLadders } from '../trace/call-ladders.ts';
import { readCaptureBatch } from '../trace/capture-batch.ts';
import type { CapturedMessage } from '../trace/captured-message.ts';
import type { Ladder, LadderLimits } from '../trace/ladder.ts';
import { maskMediaKeys, maskMessage } from '../trace/mask-message.ts';
import type { HepSender } from './hep-sender.ts';
import type { CaptureBatch } from './sip-tap.ts';

export interface SipTraceOptions {
  readonly limits: LadderLimits;
  readonly keepBodies: boolean;
  /** Keeps the ladder of a call that is over; left out, ladders are not kept at all. */
  readonly save?: (callId: string, ladder: Ladder) => Promise<void>;
  readonly hep?: HepSender;
  /** Whether REGISTER, OPTIONS and the like go to the HEP server too. */
  readonly hepOutOfCall?: boolean;
  /** Whether the messages that go to the HEP server are masked. */
  readonly masksHep?: boolean;
  /** A ladder could not be kept. */
  readonly onError: (callId: string, error: unknown) => void;
}

/** What the trace has counted; all of it only grows. */
export interface SipTraceFigures {
  readonly captured: number;
  readonly dropped: number;
  readonly hepSent: number;
  readonly hepFailed: number;
}

/** How long after its end a call's ladder stays open: for batches under way and repeated messages. */
const LINGER_MS = 2_000;
const SWEEP_MS = 500;
const NO_LADDER: LadderLimits = Object.freeze({ maxMessages: 0, maxBytes: 0 });

/**
 * The SIP messages of running calls, on the main thread. A call's ladder is in memory from its first message until it is saved, two seconds
 * after {@link finish} or in {@link close}.
 */
export class SipTrace {
  readonly #options: SipTraceOptions;
  readonly #ladders: CallLadders;
  /** Finished calls, and when their ladder is closed. */
  readonly #closing = new Map<string, number>();
  readonly #saving = new Set<Promise<void>>();
  readonly #sweep: NodeJS.Timeout;
  #captured = 0;
  #dropped = 0;

  constructor(options: SipTraceOptions) {
    this.#options = options;
    const { hep, keepBodies: keepsBodies } = options;
    this.#ladders = new CallLadders({
      ...(options.save === undefined ? NO_LADDER : options.limits),
      keepsBodies,
      placesOutOfCall: options.hepOutOfCall ?? false,
      ...(hep && { onPlaced: (message, correlation) => this.#sendHep(hep, message, correlation) }),
    });
    this.#sweep = setInterval(() => this.#closeDue(), SWEEP_MS).unref();
  }

  get figures(): SipTraceFigures {
    const { hep } = this.#options;
    return {
      captured: this.#captured,
      dropped: this.#dropped,
      hepSent: hep?.sent ?? 0,
      hepFailed: hep?.failed ?? 0,
    };
  }

  handleBatch({ buffer, length, dropped }: CaptureBatch): void {
    this.#dropped = dropped;
    for (const message of readCaptureBatch(buffer, length)) {
      this.#captured++;
      // A copy: a message that waits for its call must not keep the whole batch.
      this.#ladders.capture({ ...message, bytes: message.bytes.slice() });
    }
  }

  bind(callId: string, sipCallId: string): void {
    this.#ladders.bind(callId, sipCallId);
  }

  /** The call is over; what still comes within two seconds belongs to it. */
  finish(callId: string): void {
    this.#closing.set(callId, performance.now() + LINGER_MS);
  }

  /** Of a call that runs or was over just now. */
  ladder(callId: string): Ladder | undefined {
    return this.#options.save === undefined ? undefined : this.#ladders.ladder(callId);
  }

  /** Saves what is there; the SIP server is closed by then. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const callId of this.#ladders.callIds) this.#save(callId);
    this.#ladders.expire(Infinity);
    this.#options.hep?.close();
    await Promise.all(this.#saving);
  }

  #closeDue(): void {
    this.#ladders.expire((performance.timeOrigin + performance.now()) * 1_000);
    const now = performance.now();
    for (const [callId, dueMs] of this.#closing) {
      if (dueMs > now) return;
      this.#save(callId);
    }
  }

  /** In memory until it is stored, so that it can be asked for at any time. */
  #save(callId: string): void {
    this.#closing.delete(callId);
    const { save, onError } = this.#options;
    const ladder = this.ladder(callId);
    const saved = ladder === undefined || !save ? Promise.resolve() : save(callId, ladder);
    const tracked = saved
      .catch((error: unknown) => onError(callId, error))
      .finally(() => {
        this.#ladders.release(callId);
        this.#saving.delete(tracked);
      });
    this.#saving.add(tracked);
  }

  #sendHep(hep: HepSender, message: CapturedMessage, correlation: string): void {
    const { masksHep = true, keepBodies: keepsBodies } = this.#options;
    const raw = bytesToByteString(message.bytes);
    const text = masksHep ? maskMessage(raw, { keepsBodies }) : maskMediaKeys(raw);
    hep.send({ ...message, bytes: byteStringToBytes(text) }, correlation);
  }
}
