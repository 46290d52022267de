import { sendInDialog } from './dialog-request.ts';
import type { IncomingRefer } from './signaling.ts';
import { headerText } from './sip-headers.ts';
import { sipUserOf } from './sip-user.ts';
import { SIPFRAG_TYPE, serializeSipfrag } from './sipfrag.ts';
import type { SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';

/** How long the peer may expect NOTIFYs (RFC 3515 section 2.4.7). */
const SUBSCRIPTION_SECONDS = 120;
const MAX_URI_CHARS = 512;

export type ReferToResult =
  | { readonly ok: true; readonly uri: string; readonly replaces: string | undefined }
  /** 400: none, or more than one (section 2.4.2); 501: a method that we do not send for others. */
  | { readonly ok: false; readonly status: 400 | 501 };

/** Refer-To, RFC 3515 section 2.1; a header of the URI may be Replaces (RFC 3891 section 2). */
export function parseReferTo(value: string): ReferToResult {
  const uri = /<([^<>]*)>/.exec(value)?.[1] ?? value.split(';', 1)[0]?.trim() ?? '';
  const [base = '', headers = ''] = uri.split('?', 2);
  if (
    uri.length > MAX_URI_CHARS ||
    !/^(?:sips?:[^\s,]+|tel:[^\s,]+)$/i.test(base) ||
    />\s*,/.test(value)
  ) {
    return { ok: false, status: 400 };
  }
  const method = /;method=([^;]+)/i.exec(base)?.[1];
  if (method !== undefined && method.toUpperCase() !== 'INVITE') return { ok: false, status: 501 };
  const replaces = new URLSearchParams(headers.replace(/\+/g, '%2B')).get('Replaces') ?? undefined;
  return { ok: true, uri: base.replace(/;method=[^;]+/i, ''), replaces };
}

/** One REFER of the peer, and our NOTIFYs about it. */
export class SrfIncomingRefer implements IncomingRefer {
  readonly referTo: string;
  readonly referToUser: string | undefined;
  readonly replaces: string | undefined;
  readonly referredBy: string | undefined;
  readonly #dialog: SrfDialog;
  readonly #req: SrfRequest;
  readonly #res: SrfResponse;
  #state: 'asked' | 'accepted' | 'over' = 'asked';

  constructor(
    dialog: SrfDialog,
    message: { readonly req: SrfRequest; readonly res: SrfResponse },
    referTo: Extract<ReferToResult, { ok: true }>,
  ) {
    this.#dialog = dialog;
    this.#req = message.req;
    this.#res = message.res;
    this.referTo = referTo.uri;
    this.referToUser = sipUserOf(referTo.uri);
    this.replaces = referTo.replaces;
    const referredBy = message.req.get('referred-by');
    this.referredBy = referredBy === undefined ? undefined : headerText(referredBy);
  }

  get isAnswered(): boolean {
    return this.#state !== 'asked';
  }

  accept(): void {
    if (this.#state !== 'asked') return;
    const wantsNone = /^\s*false/i.test(this.#req.get('refer-sub') ?? '');
    this.#state = wantsNone ? 'over' : 'accepted';
    const headers: Record<string, string> = { Contact: this.#dialog.local.contact };
    // RFC 4488 section 4: we promise that there is no subscription.
    if (wantsNone) headers['Refer-Sub'] = 'false';
    this.#res.send(202, { headers });
    this.notify(100, 'Trying');
  }

  notify(status: number, reason: string): void {
    if (this.#state !== 'accepted') return;
    const isFinal = status >= 200;
    if (isFinal) this.#state = 'over';
    const headers = {
      Contact: this.#dialog.local.contact,
      Event: 'refer',
      'Subscription-State': isFinal
        ? 'terminated;reason=noresource'
        : `active;expires=${SUBSCRIPTION_SECONDS}`,
      'Content-Type': SIPFRAG_TYPE,
    };
    const body = serializeSipfrag(status, headerText(reason));
    // The peer may be gone, or want none of it: nothing follows from that.
    sendInDialog(this.#dialog, { method: 'NOTIFY', headers, body }).catch(() => undefined);
  }

  refuse(status: number): void {
    if (this.#state !== 'asked') return;
    this.#state = 'over';
    this.#res.send(status);
  }
}
