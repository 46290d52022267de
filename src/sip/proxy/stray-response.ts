import { parseCSeq } from '../cseq.ts';
import type { Endpoint } from '../endpoint.ts';
import { Headers, header } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipResponse } from '../message/sip-message.ts';
import { targetOf } from '../target.ts';
import { parseVia } from '../via.ts';
import type { ProxyBranches } from './proxy-branch.ts';

/**
 * RFC 3261 section 16.7 step 1 and 16.11: a response whose context is gone, mostly a 2xx of a callee that hears no ACK, goes where
 * its next Via says. Only where the seal shows that it was we who put ours on top of that Via: nobody can have us send anything
 * anywhere else.
 */
export function forwardStray(
  response: SipResponse,
  branches: ProxyBranches,
): { readonly bytes: Uint8Array; readonly to: Endpoint } | undefined {
  const { headers } = response;
  if (parseCSeq(headers.first('cseq') ?? '')?.method === 'CANCEL') return undefined;
  const [, next, ...others] = headers.values('via');
  if (next === undefined || !branches.isOwn(response)) return undefined;
  const to = addressOf(next);
  if (to === undefined) return undefined;
  const vias = [next, ...others].map((value) => header('Via', value));
  const upstream = { ...response, headers: new Headers([...vias, ...headers.without('via')]) };
  return { bytes: serializeMessage(upstream), to };
}

/** Section 18.2.2 and RFC 3581 section 4, from the stamp that we have put on the Via. */
function addressOf(text: string): Endpoint | undefined {
  const via = parseVia(text);
  if (via === undefined) return undefined;
  const host = via.parameters.get('received') || via.host;
  const rport = via.transport === 'UDP' ? via.parameters.get('rport') : undefined;
  const port = rport || via.port;
  const uri = `sip:${host}${port === undefined ? '' : `:${port}`};transport=${via.transport.toLowerCase()}`;
  const to = targetOf(uri);
  return typeof to === 'string' ? undefined : to;
}
