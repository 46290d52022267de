import { noBytes } from '../../core/bytes.ts';
import { tagOf } from '../name-addr.ts';
import { type Header, Headers, header } from './headers.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { SipRequest, SipResponse } from './sip-message.ts';

/** The headers that every answer copies from its request (RFC 3261 section 8.2.6.2). */
const ECHOED: readonly string[] = ['via', 'from', 'to', 'call-id', 'cseq'];

export interface ResponseParts {
  readonly statusCode: number;
  readonly reason?: string;
  /** Added to To when it has no tag. */
  readonly toTag?: string | undefined;
  readonly headers?: readonly Header[];
  readonly body?: Uint8Array;
}

export function buildResponse(
  request: { readonly headers: Headers },
  parts: ResponseParts,
): SipResponse {
  const echoed = [...request.headers]
    .filter((line) => ECHOED.includes(line.key))
    .map((line) =>
      line.key === 'to' ? { ...line, value: withTag(line.value, parts.toTag) } : line,
    );
  return {
    type: 'response',
    statusCode: parts.statusCode,
    reason: parts.reason ?? reasonPhrase(parts.statusCode),
    headers: new Headers([...echoed, ...(parts.headers ?? [])]),
    body: parts.body ?? noBytes(),
  };
}

/** A From or To value with a tag; one that it has already stays. */
export function withTag(value: string, tag: string | undefined): string {
  return tag === undefined || tagOf(value) !== undefined ? value : `${value};tag=${tag}`;
}

/**
 * ACK of a non-2xx (RFC 3261 section 17.1.1.3) or CANCEL (section 9.1): the request's own top Via, Request-URI and Route;
 * the ACK takes To from the response.
 */
export function buildHopRequest(
  request: SipRequest,
  method: 'ACK' | 'CANCEL',
  extra: { readonly to?: string | undefined; readonly headers?: readonly Header[] },
): SipRequest {
  const { headers } = request;
  const number = (headers.first('cseq') ?? '').split(' ', 1)[0];
  const lines = [
    header('Via', headers.values('via')[0] ?? ''),
    ...headers.lines('route'),
    header('Max-Forwards', '70'),
    ...headers.lines('from'),
    header('To', extra.to ?? headers.first('to') ?? ''),
    ...headers.lines('call-id'),
    header('CSeq', `${number} ${method}`),
    ...(extra.headers ?? []),
  ];
  return {
    type: 'request',
    method,
    uri: request.uri,
    headers: new Headers(lines),
    body: noBytes(),
  };
}
