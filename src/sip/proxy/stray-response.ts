import { parseCSeq } from '../cseq.ts';
import { defaultPort, type Endpoint, parseTransport } from '../endpoint.ts';
import { bareHost } from '../ip-address.ts';
import { Headers, header } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipResponse } from '../message/sip-message.ts';
import { parseDecimal } from '../message/tokens.ts';
import { responseAddress } from '../response-address.ts';
import { parseVia } from '../via.ts';
import type { ProxyBranches } from './proxy-branch.ts';

const MAX_PORT = 65_535;

/**
 * RFC 3261 section 16.7 step 1 and 16.11: a 2xx to INVITE whose context is gone, of a callee that hears no ACK, goes where its next
 * Via says. Anything else would be a second final answer (RFC 6026). Only where the seal shows that it was we who put ours on top of that Via: nobody can have us send anything
 * anywhere else.
 */
export function forwardStray(
  response: SipResponse,
  branches: ProxyBranches,
): { readonly bytes: Uint8Array; readonly to: Endpoint } | undefined {
  const { headers, statusCode } = response;
  const isSuccess = statusCode >= 200 && statusCode < 300;
  if (parseCSeq(headers.first('cseq') ?? '')?.method !== 'INVITE' || !isSuccess) return undefined;
  const [, next, ...others] = headers.values('via');
  if (next === undefined || !branches.isOwn(response)) return undefined;
  const to = addressOf(next);
  if (to === undefined) return undefined;
  const vias = [next, ...others].map((value) => header('Via', value));
  const upstream = { ...response, headers: new Headers([...vias, ...headers.without('via')]) };
  return { bytes: serializeMessage(upstream), to };
}

/** The sender of the request, from the stamp that we have put on its Via. */
function addressOf(text: string): Endpoint | undefined {
  const via = parseVia(text);
  const transport = parseTransport(via?.transport ?? '');
  if (via === undefined || transport === undefined) return undefined;
  const host = bareHost(via.parameters.get('received') || via.host);
  const stamped = parseDecimal(via.parameters.get('rport') ?? '', MAX_PORT);
  const port = stamped || (via.port ?? defaultPort(transport));
  return responseAddress(via, { transport, host, port, connection: undefined });
}
