import { parseCSeq } from '../sip/cseq.ts';
import { splitOutside } from '../sip/message/tokens.ts';
import { parseNameAddr } from '../sip/name-addr.ts';
import { parseSipUri } from '../sip/uri.ts';
import { type Binding, bindingKey, type Flow, isSameFlow, outlivesItsFlow } from './binding.ts';
import {
  contactsAsked,
  pathOf,
  REGISTER_LIMITS,
  type RegisterRequest,
  type RequestedContact,
  tagsOf,
} from './register-request.ts';

export interface RegisterAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whose registration it is. */
export interface Registrant {
  readonly id: string;
  readonly username: string;
  readonly maxContacts: number;
}

const SUPPORTED = 'path, outbound';
/** What a REGISTER may require of us. */
const KNOWN_TAGS: readonly string[] = ['path', 'outbound', 'gruu'];
const MS_PER_SECOND = 1_000;

/**
 * The registrar of RFC 3261 section 10.3, with Path (RFC 3327) and flows (RFC 5626), after authentication. A request is carried out as a whole or
 * not at all. Times are of the wall clock, in milliseconds, so that bindings outlive the process.
 */
export class Registrar {
  /** Of a user, the one registered first is the first. */
  readonly #bindings = new Map<string, readonly Binding[]>();

  constructor(stored: ReadonlyMap<string, readonly Binding[]> = new Map()) {
    for (const [id, bindings] of stored) {
      const lasting = bindings.filter(outlivesItsFlow);
      if (lasting.length > 0) this.#bindings.set(id, lasting);
    }
  }

  /** Where the user is reached now, highest q first, and the latest first among equals. */
  bindingsOf(userId: string, nowMs: number): readonly Binding[] {
    const current = this.#current(userId, nowMs);
    return current.toReversed().toSorted((a, b) => b.q - a.q);
  }

  /** 200 changed nothing when it was a query. */
  register(user: Registrant, request: RegisterRequest, nowMs: number): RegisterAnswer {
    const refusal = refusalOf(user, request);
    if (refusal !== undefined) return refusal;
    const asked = contactsAsked(request);
    const path = pathOf(request.path);
    if (asked === undefined || path === undefined) return answer(400);
    const current = this.#current(user.id, nowMs);
    if (asked.type === 'query') return this.#accept(user, request, nowMs);
    if (asked.type === 'remove-all') {
      if (current.some((each) => isOutOfOrder(each, request))) return answer(500);
      this.#keep(user.id, []);
      return this.#accept(user, request, nowMs);
    }
    return this.#bind(user, request, { contacts: asked.contacts, path, current }, nowMs);
  }

  /** The user is gone. */
  remove(userId: string): void {
    this.#bindings.delete(userId);
  }

  /** A connection ended: who can be reached over it only is reached no more (RFC 5626 section 5.3). Returns whose bindings changed. */
  dropFlow(flow: Flow): readonly string[] {
    const changed: string[] = [];
    for (const [id, bindings] of this.#bindings) {
      const left = bindings.filter((each) => !isSameFlow(each.flow, flow) || outlivesItsFlow(each));
      if (left.length === bindings.length) continue;
      changed.push(id);
      this.#keep(id, left);
    }
    return changed;
  }

  #bind(
    user: Registrant,
    request: RegisterRequest,
    asked: {
      readonly contacts: readonly RequestedContact[];
      readonly path: readonly string[];
      readonly current: readonly Binding[];
    },
    nowMs: number,
  ): RegisterAnswer {
    const { contacts, path, current } = asked;
    if (contacts.length > user.maxContacts) return answer(403);
    if (contacts.some(isTooBrief)) {
      return answer(423, { 'Min-Expires': String(REGISTER_LIMITS.minExpiresSeconds) });
    }
    const isOutbound = usesOutbound(request, path);
    const left = new Map(current.map((each) => [bindingKey(each), each]));
    for (const contact of contacts) {
      const binding = toBinding(contact, request, { path, isOutbound, nowMs });
      const key = bindingKey(binding);
      const known = left.get(key);
      if (known !== undefined && isOutOfOrder(known, request)) return answer(500);
      left.delete(key);
      if (contact.expiresSeconds > 0) left.set(key, binding);
    }
    this.#keep(user.id, newest([...left.values()], user.maxContacts));
    return this.#accept(user, request, nowMs, isOutbound);
  }

  #accept(
    user: Registrant,
    request: RegisterRequest,
    nowMs: number,
    isOutbound = false,
  ): RegisterAnswer {
    const bindings = this.bindingsOf(user.id, nowMs);
    const contact = bindings.map((each) => contactValue(each, nowMs)).join(', ');
    return answer(200, {
      ...(contact !== '' && { Contact: contact }),
      ...(request.path !== undefined && { Path: request.path }),
      ...(isOutbound && { Require: 'outbound' }),
      Supported: SUPPORTED,
      Date: new Date(nowMs).toUTCString(),
    });
  }

  #current(userId: string, nowMs: number): readonly Binding[] {
    const bindings = this.#bindings.get(userId) ?? [];
    if (bindings.every(({ expiresAtMs }) => expiresAtMs > nowMs)) return bindings;
    const current = bindings.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    this.#keep(userId, current);
    return current;
  }

  #keep(userId: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#bindings.delete(userId);
    else this.#bindings.set(userId, bindings);
  }
}

function refusalOf(user: Registrant, request: RegisterRequest): RegisterAnswer | undefined {
  const unknown = tagsOf(request.require).filter((tag) => !KNOWN_TAGS.includes(tag));
  if (unknown.length > 0) return answer(420, { Unsupported: unknown.join(', ') });
  const to = parseSipUri(parseNameAddr(request.to)?.uri ?? '');
  if (to === undefined || parseCSeq(request.cseq) === undefined) return answer(400);
  // Section 10.3 step 4: nobody registers for somebody else.
  return unescaped(to.user ?? '') === user.username ? undefined : answer(403);
}

function toBinding(
  { contact, q, expiresSeconds, instance, regId }: RequestedContact,
  { callId, cseq, flow }: RegisterRequest,
  more: { readonly path: readonly string[]; readonly isOutbound: boolean; readonly nowMs: number },
): Binding {
  const { path, isOutbound, nowMs } = more;
  const seconds = Math.min(expiresSeconds, REGISTER_LIMITS.maxExpiresSeconds);
  const isFlow = isOutbound && instance !== undefined && regId !== undefined;
  return {
    contact,
    q,
    expiresAtMs: nowMs + seconds * MS_PER_SECOND,
    callId,
    sequence: parseCSeq(cseq)?.number ?? 0,
    path,
    flow,
    ...(instance !== undefined && { instance }),
    ...(isFlow && { outbound: { instance, regId } }),
  };
}

/** RFC 5626 section 6: the device came to us directly, or its edge proxy says that it keeps the flow. */
function usesOutbound({ supported, via }: RegisterRequest, path: readonly string[]): boolean {
  if (!tagsOf(supported).includes('outbound')) return false;
  if (splitOutside(via, ',').length === 1) return true;
  const [first] = path.toReversed();
  return first !== undefined && parseSipUri(first)?.parameters.has('ob') === true;
}

/** Section 10.3 step 7: an earlier request of the same client that comes late changes nothing. */
function isOutOfOrder(known: Binding, { callId, cseq }: RegisterRequest): boolean {
  return known.callId === callId && (parseCSeq(cseq)?.number ?? 0) <= known.sequence;
}

function isTooBrief({ expiresSeconds }: RequestedContact): boolean {
  return expiresSeconds > 0 && expiresSeconds < REGISTER_LIMITS.minExpiresSeconds;
}

/** A device that registers anew under another Contact would lock itself out; the one that was heard longest ago makes room. */
function newest(bindings: readonly Binding[], max: number): readonly Binding[] {
  return bindings.slice(-max);
}

function contactValue(binding: Binding, nowMs: number): string {
  const { contact, q, expiresAtMs, instance, outbound } = binding;
  const seconds = Math.ceil((expiresAtMs - nowMs) / MS_PER_SECOND);
  return [
    `<${contact}>`,
    `expires=${seconds}`,
    ...(q < 1 ? [`q=${q}`] : []),
    ...(instance === undefined ? [] : [`+sip.instance=${instance}`]),
    ...(outbound === undefined ? [] : [`reg-id=${outbound.regId}`]),
  ].join(';');
}

function answer(status: number, headers: Readonly<Record<string, string>> = {}): RegisterAnswer {
  return { status, headers };
}

function unescaped(user: string): string {
  try {
    return decodeURIComponent(user.split(/[:;]/, 1)[0] ?? '');
  } catch {
    // Escapes that are no UTF-8 name nobody.
    return '';
  }
}
