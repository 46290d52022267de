import type { ClientMessage } from './frame-codec.ts';

const CSEQ_OF_UPDATE = /^cseq[ \t]*:[ \t]*[0-9]+[ \t]+UPDATE[ \t]*$/im;

/**
 * An UPDATE that comes before its INVITE is answered has the INVITE's transaction in the protocol; its responses are told
 * apart by their CSeq.
 */
export class EarlyUpdates {
  readonly #byInvite = new Map<string, string>();
  readonly #invites = new Map<string, string>();

  add(invite: string, update: string): void {
    this.#byInvite.set(invite, update);
    this.#invites.set(update, invite);
  }

  delete(update: string): void {
    const invite = this.#invites.get(update);
    if (invite === undefined) return;
    this.#invites.delete(update);
    if (this.#byInvite.get(invite) === update) this.#byInvite.delete(invite);
  }

  /** The message with the transaction that it is meant for. */
  resolve(message: ClientMessage): ClientMessage {
    const [transaction = '', ...others] = message.fields;
    const update = this.#byInvite.get(transaction);
    if (update === undefined || !CSEQ_OF_UPDATE.test(headOf(message.payload ?? ''))) return message;
    return { ...message, fields: [update, ...others] };
  }
}

function headOf(payload: string): string {
  const end = payload.indexOf('\r\n\r\n');
  return end === -1 ? payload : payload.slice(0, end);
}
