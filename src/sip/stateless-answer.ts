import { type Endpoint, isReliable } from './endpoint.ts';
import { buildResponse, type ResponseParts } from './message/build-message.ts';
import { Headers } from './message/headers.ts';
import { serializeMessage } from './message/serialize-message.ts';
import { isToken } from './message/tokens.ts';
import { responseAddress } from './response-address.ts';
import { parseVia, stampVia } from './via.ts';

/** A request, or what could be read of one. */
interface Readable {
  readonly headers: Headers;
}

export interface StatelessOptions {
  /** Octets of the request: the answer has at most twice as many over UDP, because its source may be forged. */
  readonly octets?: number;
}

/** An answer that nothing is remembered of (RFC 3261 section 8.2.7), or undefined when there is nowhere to send one. */
export function statelessAnswer(
  request: Readable,
  source: Endpoint,
  parts: ResponseParts,
  { octets = Number.POSITIVE_INFINITY }: StatelessOptions = {},
): { readonly bytes: Uint8Array; readonly to: Endpoint } | undefined {
  const via = parseVia(request.headers.values('via')[0] ?? '');
  if (via === undefined) return undefined;
  const headers = withStampedVia(onceEach(request.headers), source);
  const bytes = serializeMessage(buildResponse({ headers }, parts));
  if (!isReliable(source.transport) && bytes.length > 2 * octets) return undefined;
  return { bytes, to: responseAddress(via, source) };
}

/** A To tag that is the same for every repetition of a request: its branch (section 8.2.7 asks for one without memory). */
export function repeatableTag({ headers }: Readable): string | undefined {
  const branch = parseVia(headers.values('via')[0] ?? '')?.parameters.get('branch') ?? '';
  return isToken(branch) ? branch.slice(0, 64) : undefined;
}

/** RFC 3261 section 18.2.1: only the first value of the first Via line is ours to complete. */
export function withStampedVia(headers: Headers, source: Endpoint): Headers {
  const line = headers.first('via') ?? '';
  const [top = '', ...others] = new Headers(headers.lines('via').slice(0, 1)).values('via');
  const value = [stampVia(top, { address: source.host, port: source.port }, false), ...others].join(
    ', ',
  );
  return line === value ? headers : headers.withFirst('via', value);
}

/** The first line of each name except Via: the answer to a message with two Call-IDs has one. */
function onceEach(headers: Headers): Headers {
  const seen = new Set<string>();
  const lines = [...headers].filter(({ key }) => {
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst || key === 'via';
  });
  return new Headers(lines);
}
