import type { SipRequest } from './message/sip-message.ts';
import { tagOf } from './name-addr.ts';
import type { ServerRecord } from './transaction/server-record.ts';

/** The requests outside of dialogs that are under way, to tell a copy that came by another way (RFC 3261 section 8.2.2.2). */
export class MergedRequests {
  readonly #originals = new Map<string, ServerRecord>();

  add(record: ServerRecord): void {
    this.#originals.set(copyKey(record.request), record);
  }

  delete(record: ServerRecord): void {
    const key = copyKey(record.request);
    if (this.#originals.get(key) === record) this.#originals.delete(key);
  }

  /** It is under way by another branch. One that was answered is not, unless its answer made a dialog. */
  has(request: SipRequest): boolean {
    const original = this.#originals.get(copyKey(request));
    if (original === undefined) return false;
    const isAccepted = original.request.method === 'INVITE' && original.statusCode < 300;
    return isAccepted || !original.isFinal;
  }
}

/**
 * RFC 3261 section 8.2.2.2: the same request by another way has another branch. A second dialog of it would have the same
 * name for the application, and so would one that our own INVITE makes on its way back.
 */
function copyKey({ headers }: SipRequest): string {
  const from = tagOf(headers.first('from')) ?? '';
  return `${headers.first('call-id')}|${from}|${headers.first('cseq')}`;
}
