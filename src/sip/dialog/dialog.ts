import { parseCSeq } from '../cseq.ts';
import type { Endpoint } from '../endpoint.ts';
import { isSameHost } from '../ip-address.ts';
import { withTag } from '../message/build-message.ts';
import { type Header, header } from '../message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/sip-message.ts';
import { parseNameAddr, tagOf } from '../name-addr.ts';
import { isPrivateAddress, type TargetFault, targetOf } from '../target.ts';
import { parseSipUri } from '../uri.ts';

export type DialogRole = 'uac' | 'uas';

interface DialogParts {
  readonly role: DialogRole;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From of our requests, with our tag. */
  readonly localValue: string;
  /** To of our requests, with the remote tag. */
  readonly remoteValue: string;
  readonly localContact: string | undefined;
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
}

/** The request line and the dialog headers of a request inside the dialog. */
export interface InDialogLines {
  readonly uri: string;
  readonly headers: readonly Header[];
}

/**
 * A dialog, RFC 3261 section 12: who is on the other side, how to reach them, and what may come next. It sends nothing itself.
 */
export class Dialog {
  readonly role: DialogRole;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly #localValue: string;
  readonly #remoteValue: string;
  readonly #localContact: string | undefined;
  #localSequence: number;
  #remoteSequence: number | undefined;
  #remoteTarget = '';
  #routeSet: readonly string[] = [];
  /** Set instead of what the remote target says: the other side is behind a NAT, or holds a stream open. */
  #flow: Endpoint | undefined;
  isConfirmed = false;

  private constructor(parts: DialogParts) {
    this.role = parts.role;
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.#localValue = parts.localValue;
    this.#remoteValue = parts.remoteValue;
    this.#localContact = parts.localContact;
    this.#localSequence = parts.localSequence;
    this.#remoteSequence = parts.remoteSequence;
  }

  /** Section 12.1.1: the dialog of a request that we answer. */
  static ofServer(
    request: SipRequest,
    source: Endpoint,
    local: { readonly tag: string; readonly contact: string | undefined },
  ): Dialog {
    const { headers } = request;
    const dialog = new Dialog({
      role: 'uas',
      callId: headers.first('call-id') ?? '',
      localTag: local.tag,
      remoteTag: tagOf(headers.first('from')) ?? '',
      localValue: withTag(headers.first('to') ?? '', local.tag),
      remoteValue: headers.first('from') ?? '',
      localContact: local.contact,
      localSequence: 0,
      remoteSequence: sequenceOf(request),
    });
    dialog.#routeSet = headers.values('record-route');
    dialog.#remoteTarget = targetUri(request) ?? '';
    dialog.#learnFlow(source);
    return dialog;
  }

  /** Section 12.1.2: the dialog of a request that was answered, by a response with a To tag. */
  static ofClient(request: SipRequest, response: SipResponse, source: Endpoint): Dialog {
    const { headers } = request;
    const dialog = new Dialog({
      role: 'uac',
      callId: headers.first('call-id') ?? '',
      localTag: tagOf(headers.first('from')) ?? '',
      remoteTag: tagOf(response.headers.first('to')) ?? '',
      localValue: headers.first('from') ?? '',
      remoteValue: response.headers.first('to') ?? '',
      localContact: headers.first('contact'),
      localSequence: sequenceOf(request) ?? 0,
      remoteSequence: undefined,
    });
    dialog.#remoteTarget = request.uri;
    dialog.confirm(response, source);
    dialog.isConfirmed = false;
    return dialog;
  }

  /** RFC 6665 section 4.1.2.4: the dialog of a SUBSCRIBE of ours, made by the NOTIFY that came before its answer. */
  static ofNotify(subscribe: SipRequest, notify: SipRequest, source: Endpoint): Dialog {
    const { headers } = subscribe;
    const dialog = new Dialog({
      role: 'uac',
      callId: headers.first('call-id') ?? '',
      localTag: tagOf(headers.first('from')) ?? '',
      remoteTag: tagOf(notify.headers.first('from')) ?? '',
      localValue: headers.first('from') ?? '',
      remoteValue: notify.headers.first('from') ?? '',
      localContact: headers.first('contact'),
      localSequence: sequenceOf(subscribe) ?? 0,
      remoteSequence: undefined,
    });
    dialog.isConfirmed = true;
    dialog.#routeSet = notify.headers.values('record-route');
    dialog.#remoteTarget = contactUri(notify) ?? subscribe.uri;
    dialog.#learnFlow(source);
    return dialog;
  }

  static key(callId: string, localTag: string, remoteTag: string): string {
    return `${callId}|${localTag}|${remoteTag}`;
  }

  get key(): string {
    return Dialog.key(this.callId, this.localTag, this.remoteTag);
  }

  /** Call-ID and the From tag of the request that made the dialog: the same text on both sides. */
  get id(): string {
    return dialogId(this.callId, this.role === 'uac' ? this.localTag : this.remoteTag);
  }

  get localContact(): string | undefined {
    return this.#localContact;
  }

  /** A 2xx to our own request: route set (section 13.2.2.4) and target are those of this response. */
  confirm(response: SipResponse, source: Endpoint): void {
    this.isConfirmed = true;
    this.#routeSet = [...response.headers.values('record-route')].reverse();
    this.#remoteTarget = contactUri(response) ?? this.#remoteTarget;
    this.#learnFlow(source);
  }

  /** Section 12.2.1.1: the lines of the next request; `sequence` is given when the application insists on one. */
  nextRequest(method: string, sequence?: number): InDialogLines {
    this.#localSequence = Math.max(this.#localSequence + 1, sequence ?? 0);
    return this.requestLines(method, sequence ?? this.#localSequence);
  }

  /** A request that waited, with another number when one of a later number has left meanwhile. */
  renumbered(request: SipRequest): SipRequest {
    if ((sequenceOf(request) ?? 0) >= this.#localSequence) return request;
    const cseq = `${++this.#localSequence} ${request.method}`;
    return { ...request, headers: request.headers.withFirst('cseq', cseq) };
  }

  /** The lines of an ACK or of another request with a known sequence number. */
  requestLines(method: string, sequence: number): InDialogLines {
    const { uri, routes } = this.#routing();
    return {
      uri,
      headers: [
        ...routes.map((route) => header('Route', route)),
        header('Max-Forwards', '70'),
        header('From', this.#localValue),
        header('To', this.#remoteValue),
        header('Call-ID', this.callId),
        header('CSeq', `${sequence} ${method}`),
      ],
    };
  }

  /** Where the next request goes: the flow when one is set, else the first route, else the remote target. */
  destination(): Endpoint | TargetFault {
    if (this.#flow !== undefined) return this.#flow;
    const first = this.#routeSet[0];
    return targetOf(first === undefined ? this.#remoteTarget : (parseNameAddr(first)?.uri ?? ''));
  }

  /** Section 12.2.2: false when the request is older than one that was seen before. */
  acceptSequence(request: SipRequest): boolean {
    const sequence = sequenceOf(request);
    if (sequence === undefined || sequence <= (this.#remoteSequence ?? -1)) return false;
    this.#remoteSequence = sequence;
    return true;
  }

  /** A target refresh request or its 2xx (section 12.2): the other side may have moved. */
  refreshTarget(message: SipMessage, source: Endpoint): void {
    const target = contactUri(message);
    if (target === undefined) return;
    if (target === this.#remoteTarget) {
      if (this.#flow !== undefined) this.#learnFlow(source);
      return;
    }
    this.#remoteTarget = target;
    this.#flow = undefined;
    const isUnreachable = isPrivateAddress(parseSipUri(target)?.host ?? '');
    if (isUnreachable || source.connection !== undefined) this.#learnFlow(source);
  }

  /**
   * Without a proxy in between, an address that differs from the one that we hear is behind a NAT; the port of another
   * transport says nothing. A stream is used as long as it is open, then the target.
   */
  #learnFlow(source: Endpoint): void {
    if (this.#routeSet.length > 0) {
      this.#flow = undefined;
      return;
    }
    const target = targetOf(this.#remoteTarget);
    const isReachedDirectly =
      typeof target !== 'string' &&
      isSameHost(target.host, source.host) &&
      (target.port === source.port || target.transport !== source.transport) &&
      source.connection === undefined;
    if (isReachedDirectly) this.#flow = undefined;
    else if (source.connection === undefined || typeof target === 'string') this.#flow = source;
    else this.#flow = { ...target, transport: source.transport, connection: source.connection };
  }

  /** Loose routing, or the exchange of Request-URI and first route that a strict router needs (section 12.2.1.1). */
  #routing(): { readonly uri: string; readonly routes: readonly string[] } {
    const [first, ...others] = this.#routeSet;
    const firstUri = first === undefined ? undefined : parseNameAddr(first)?.uri;
    if (firstUri === undefined || parseSipUri(firstUri)?.parameters.has('lr') === true) {
      return { uri: this.#remoteTarget, routes: this.#routeSet };
    }
    return { uri: firstUri, routes: [...others, `<${this.#remoteTarget}>`] };
  }
}

/** The name of a dialog on both of its sides and before it exists. */
export function dialogId(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}

export function sequenceOf(message: SipMessage): number | undefined {
  return parseCSeq(message.headers.first('cseq') ?? '')?.number;
}

/** Where the sender of a request that makes a dialog is reached: RFC 2543 needed no Contact, From told it then. */
export function targetUri(request: SipRequest): string | undefined {
  if (request.headers.has('contact')) return contactUri(request);
  const uri = parseNameAddr(request.headers.first('from') ?? '')?.uri ?? '';
  return parseSipUri(uri) === undefined ? undefined : uri;
}

/** Where the sender wants to be reached; undefined when no request can be sent there. */
export function contactUri(message: SipMessage): string | undefined {
  const uri = parseNameAddr(message.headers.values('contact')[0] ?? '')?.uri;
  return uri !== undefined && parseSipUri(uri) !== undefined ? uri : undefined;
}
