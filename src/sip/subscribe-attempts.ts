import { eventOf } from './event-header.ts';
import type { SipRequest } from './message/sip-message.ts';
import { tagOf } from './name-addr.ts';

/** A SUBSCRIBE of ours that may still get its first NOTIFY. */
export interface SubscribeAttempt {
  readonly transaction: string;
  readonly request: SipRequest;
}

/** Our SUBSCRIBEs under way: a NOTIFY that overtakes the answer makes the dialog (RFC 6665 section 4.1.2.4). */
export class SubscribeAttempts {
  readonly #byKey = new Map<string, SubscribeAttempt>();
  readonly #keys = new Map<string, string>();

  add(transaction: string, request: SipRequest): void {
    const key = keyOf(request, tagOf(request.headers.first('from')));
    this.#byKey.set(key, { transaction, request });
    this.#keys.set(transaction, key);
  }

  delete(transaction: string): void {
    const key = this.#keys.get(transaction);
    if (key === undefined) return;
    this.#keys.delete(transaction);
    if (this.#byKey.get(key)?.transaction === transaction) this.#byKey.delete(key);
  }

  find(notify: SipRequest): SubscribeAttempt | undefined {
    return this.#byKey.get(keyOf(notify, tagOf(notify.headers.first('to'))));
  }
}

function keyOf(request: SipRequest, ourTag: string | undefined): string {
  return `${request.headers.first('call-id')}|${ourTag ?? ''}|${eventOf(request)}`;
}
