import { parseContacts } from './contact-list.ts';
import type { RegisterOutcome, RegisterRequest, SipOutcome } from './signaling.ts';
import { escapeSipUser, sipUserOf } from './sip-user.ts';
import type { SrfResponse } from './srf-client.ts';
import type { ExchangeOutcome, ExchangeRequest } from './srf-exchange.ts';
import { targetUri, transportParameter, uriHost } from './target-uri.ts';

const MAX_EXPIRES_SECONDS = 2 ** 32 - 1;
const INTERVAL_TOO_BRIEF = 423;

type Exchange = (
  build: () => ExchangeRequest,
) => Promise<ExchangeOutcome & { readonly rttMs: number }>;

/** REGISTER and its answer (RFC 3261 section 10.2). */
export async function registerOnce(
  request: RegisterRequest,
  exchange: Exchange,
): Promise<RegisterOutcome> {
  const { status, reason, rttMs, response } = await exchange(() => registerRequest(request));
  return readOutcome(request, { status, reason, rttMs }, response);
}

/** @throws Error when host or port are no part of a URI. */
export function registerRequest(request: RegisterRequest): ExchangeRequest {
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

/** Retry-After may carry a comment and parameters (RFC 3261 section 20.33). */
export function secondsOf(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,10})(?!\d)/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), MAX_EXPIRES_SECONDS);
}
