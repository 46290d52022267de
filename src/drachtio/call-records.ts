import type { SipMessage } from '../sip/message/sip-message.ts';

/** The verbs under which an application asks for call records. */
export type CallRecordVerb = 'cdr:attempt' | 'cdr:start' | 'cdr:stop';

export interface CallRecord {
  readonly verb: CallRecordVerb;
  /** Who sent the message: the other side, or the application. */
  readonly source: 'network' | 'application';
  /** Role for `cdr:start`, reason for `cdr:stop`. */
  readonly detail: string | undefined;
  readonly message: SipMessage;
}

type Role = 'uac' | 'uas';

/** Calls and attempts that are remembered at most: records beyond are not made. */
const MAX_REMEMBERED = 100_000;

/** How the server's own BYE says why, as the record says it. */
const REASONS: readonly (readonly [text: string, reason: string])[] = [
  ['Session timer expired', 'session-expired'],
  ['ACK timeout', 'system-error-initiated-termination'],
];

/** Which records a call gives: `cdr:attempt` with its INVITE, `cdr:start` with its 2xx, `cdr:stop` with its refusal or its BYE. */
export class CallRecords {
  readonly #attempts = new Map<string, Role>();
  readonly #calls = new Set<string>();
  readonly #emit: (record: CallRecord) => void;

  constructor(emit: (record: CallRecord) => void) {
    this.#emit = emit;
  }

  get size(): number {
    return this.#attempts.size + this.#calls.size;
  }

  /** An INVITE outside of any dialog, received (`uas`) or sent (`uac`). */
  attempt(transaction: string, role: Role, message: SipMessage): void {
    if (message.type !== 'request' || message.method !== 'INVITE') return;
    if (this.size >= MAX_REMEMBERED) return;
    this.#attempts.set(transaction, role);
    const source = role === 'uas' ? 'network' : 'application';
    this.#emit({ verb: 'cdr:attempt', source, detail: undefined, message });
  }

  /** A response to an attempt, sent (`uas`) or received (`uac`). */
  answered(transaction: string, dialog: string | undefined, message: SipMessage): void {
    const role = this.#attempts.get(transaction);
    if (role === undefined || message.type !== 'response' || message.statusCode < 200) return;
    this.#attempts.delete(transaction);
    const source = role === 'uas' ? 'application' : 'network';
    if (message.statusCode < 300 && dialog !== undefined) {
      this.#calls.add(dialog);
      this.#emit({ verb: 'cdr:start', source, detail: role, message });
      return;
    }
    const detail = message.statusCode === 487 ? 'call-canceled' : 'call-rejected';
    this.#emit({ verb: 'cdr:stop', source, detail, message });
  }

  /** The caller cancelled. */
  cancelled(transaction: string, message: SipMessage): void {
    if (!this.#attempts.delete(transaction)) return;
    this.#emit({ verb: 'cdr:stop', source: 'network', detail: 'call-canceled', message });
  }

  /** A BYE of either side. */
  released(dialog: string, source: CallRecord['source'], message: SipMessage): void {
    if (message.type !== 'request' || message.method !== 'BYE') return;
    if (!this.#calls.delete(dialog)) return;
    this.#emit({ verb: 'cdr:stop', source, detail: 'normal-release', message });
  }

  /** The server's own BYE. */
  terminated(dialog: string, message: SipMessage): void {
    if (!this.#calls.delete(dialog)) return;
    const reason = message.headers.first('reason') ?? '';
    const known = REASONS.find(([text]) => reason.includes(text));
    const detail = known?.[1] ?? 'system-initiated-termination';
    this.#emit({ verb: 'cdr:stop', source: 'application', detail, message });
  }

  forgetTransaction(transaction: string): void {
    this.#attempts.delete(transaction);
  }

  forgetDialog(dialog: string): void {
    this.#calls.delete(dialog);
  }
}
