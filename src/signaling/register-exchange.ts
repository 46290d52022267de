import { challengerOf } from './challenger.ts';
import { parseContacts } from './contact-list.ts';
import type { DigestSession } from './digest-session.ts';
import { secondsOf } from './header-numbers.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import type { RegisterOutcome, RegisterRequest, SipOutcome } from './signaling.ts';
import { escapeSipUser, sipUserOf } from './sip-user.ts';
import type { SrfResponse } from './srf-client.ts';
import type { ExchangeOutcome, ExchangeRequest } from './srf-exchange.ts';
import { targetUri, transportParameter, uriHost } from './target-uri.ts';

const INTERVAL_TOO_BRIEF = 423;

type Outcome = ExchangeOutcome & { readonly rttMs: number };
type Exchange = (build: () => ExchangeRequest) => Promise<Outcome>;

export interface RegisterContext {
  readonly exchange: Exchange;
  readonly digest: DigestSession;
  readonly sequences: SequenceNumbers;
}

/** REGISTER, its retries with credentials, and its answer (RFC 3261 sections 10.2 and 22.2). */
export async function registerOnce(
  request: RegisterRequest,
  context: RegisterContext,
): Promise<RegisterOutcome> {
  const round = context.digest.round();
  let credentials: Readonly<Record<string, string>> | undefined = {};
  let outcome: Outcome | undefined;
  let rttMs = 0;
  let nextHop: string | undefined;
  while (credentials !== undefined) {
    outcome = await exchangeOnce(request, { credentials, nextHop }, context);
    rttMs += outcome.rttMs;
    const { response } = outcome;
    const uri = response?.req?.uri ?? '';
    nextHop = response && challengerOf(response);
    credentials = response && round.answer(response, { method: 'REGISTER', uri, body: '' });
  }
  const { status = 0, reason = '', response } = outcome ?? {};
  return readOutcome(request, { status, reason, rttMs }, response);
}

function exchangeOnce(
  request: RegisterRequest,
  retry: {
    readonly credentials: Readonly<Record<string, string>>;
    readonly nextHop: string | undefined;
  },
  { exchange, sequences }: RegisterContext,
): Promise<Outcome> {
  return exchange(() => {
    const { headers, proxy, ...rest } = registerRequest(request);
    const CSeq = `${sequences.next(request.callId)} REGISTER`;
    const nextHop = request.outboundProxy ?? retry.nextHop ?? proxy;
    return {
      ...rest,
      headers: { ...headers, ...retry.credentials, CSeq },
      ...(nextHop !== undefined && { proxy: nextHop }),
    };
  });
}

/** @throws Error when host or port are no part of a URI. */
function registerRequest(request: RegisterRequest): ExchangeRequest {
  const { user, domain, contactUser, callId, expiresSeconds } = request;
  const aor = `<sip:${escapeSipUser(user)}@${uriHost(domain)}>`;
  const contact = `<sip:${escapeSipUser(contactUser)}@localhost${transportParameter(request)}>`;
  return {
    uri: targetUri({ host: domain }),
    method: 'REGISTER',
    headers: {
      From: aor,
      To: aor,
      Contact: contact,
      Expires: String(expiresSeconds),
      'Call-ID': callId,
      Supported: 'path',
    },
    proxy: request.outboundProxy ?? targetUri(request),
  };
}

function readOutcome(
  request: RegisterRequest,
  outcome: SipOutcome,
  response: SrfResponse | undefined,
): RegisterOutcome {
  const retryAfterSeconds = secondsOf(response?.get('retry-after'));
  const serviceRoute = parseContacts(response?.get('service-route')).map(({ uri }) => `<${uri}>`);
  return {
    ...outcome,
    expiresSeconds: grantedSeconds(request, outcome.status, response),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(serviceRoute.length > 0 && { serviceRoute }),
  };
}

/** Of our own binding among all of them; its parameter counts before the header (RFC 3261 section 10.2.4). */
function grantedSeconds(
  { contactUser, expiresSeconds }: RegisterRequest,
  status: number,
  response: SrfResponse | undefined,
): number {
  if (status === INTERVAL_TOO_BRIEF) return secondsOf(response?.get('min-expires')) ?? 0;
  if (status < 200 || status >= 300 || response === undefined) return 0;
  const bindings = parseContacts(response.get('contact'));
  const ours = bindings.filter(({ uri }) => sipUserOf(`<${uri}>`) === contactUser);
  const granted = ours.map(({ parameters }) => secondsOf(parameters.get('expires')));
  const longest = Math.max(-1, ...granted.map((seconds) => seconds ?? -1));
  if (longest >= 0) return longest;
  return secondsOf(response.get('expires')) ?? expiresSeconds;
}
