import { after, type MonotonicMs } from '../core/time.ts';
import type { Endpoint } from './endpoint.ts';
import type { Headers } from './message/headers.ts';
import type { SipRequest, SipResponse } from './message/sip-message.ts';
import { parseDecimal } from './message/tokens.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { parseSipUri } from './uri.ts';

/** What binds a Contact to the way on which it came. */
const BINDING_METHODS: readonly string[] = ['REGISTER', 'SUBSCRIBE'];
/** Contacts remembered at most; the oldest makes room. */
const MAX_FLOWS = 50_000;
/** Contacts of one request. */
const MAX_CONTACTS = 8;
const DEFAULT_SECONDS = 3_600;
const MAX_SECONDS = 86_400;

interface Flow {
  readonly endpoint: Endpoint;
  readonly endsAt: MonotonicMs;
}

/**
 * The ways to those who registered or subscribed, by user and host of their Contact: a browser's `xyz.invalid` is reached over the
 * connection that it opened (RFC 7118 section 5), and so is a phone that names the address it is heard from. Any other host is not
 * bound: whoever may register here could take calls to somebody else's address.
 */
export class RegisteredFlows {
  readonly #flows = new Map<string, Flow>();

  get size(): number {
    return this.#flows.size;
  }

  /** A request from `source` got this 2xx: each Contact is bound for as long as the answer says, 0 unbinds it. */
  learn(request: SipRequest, response: SipResponse, source: Endpoint, now: MonotonicMs): void {
    const isDirect = request.headers.values('via').length === 1;
    if (!isDirect || !BINDING_METHODS.includes(request.method)) return;
    for (const value of request.headers.values('contact').slice(0, MAX_CONTACTS)) {
      const contact = parseNameAddr(value);
      const key = keyOf(contact?.uri ?? '');
      if (contact === undefined || key === undefined || !isBindable(contact.uri, source)) continue;
      this.#flows.delete(key);
      const seconds = secondsOf(contact, request.headers, response.headers);
      if (seconds === 0) continue;
      this.#makeRoom();
      this.#flows.set(key, { endpoint: source, endsAt: after(now, seconds * 1_000) });
    }
  }

  find(uri: string, now: MonotonicMs): Endpoint | undefined {
    const key = this.#flows.size === 0 ? undefined : keyOf(uri);
    const flow = key === undefined ? undefined : this.#flows.get(key);
    if (key === undefined || flow === undefined) return undefined;
    if (flow.endsAt > now) return flow.endpoint;
    this.#flows.delete(key);
    return undefined;
  }

  #makeRoom(): void {
    const [oldest] = this.#flows.size >= MAX_FLOWS ? this.#flows.keys() : [];
    if (oldest !== undefined) this.#flows.delete(oldest);
  }
}

/** RFC 2606: nobody owns a name under `invalid`. */
function isBindable(text: string, source: Endpoint): boolean {
  const host = parseSipUri(text)?.host.toLowerCase() ?? '';
  return host.endsWith('.invalid') || host === source.host || host === `[${source.host}]`;
}

function keyOf(text: string): string | undefined {
  const uri = parseSipUri(text);
  return uri?.user === undefined ? undefined : `${uri.user}@${uri.host.toLowerCase()}`;
}

/** RFC 3261 sections 10.2.1.1 and 10.3: the answer's word on this Contact, then its Expires, then what was asked for. */
function secondsOf(contact: NameAddr, asked: Headers, granted: Headers): number {
  const answered = granted
    .values('contact')
    .map(parseNameAddr)
    .find((each) => each !== undefined && keyOf(each.uri) === keyOf(contact.uri));
  const texts = [
    answered?.parameters.get('expires'),
    granted.first('expires'),
    contact.parameters.get('expires'),
    asked.first('expires'),
  ];
  for (const text of texts) {
    const seconds = text === undefined ? undefined : parseDecimal(text, 2 ** 32 - 1);
    if (seconds !== undefined) return Math.min(seconds, MAX_SECONDS);
  }
  return DEFAULT_SECONDS;
}
