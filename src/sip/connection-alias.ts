import { bytesToByteString } from '../core/bytes.ts';
import { defaultPort, parseTransport } from './endpoint.ts';
import { splitOutside } from './message/tokens.ts';
import { parseVia } from './via.ts';

/** What the sender of a request on a connection says of the way back to it (RFC 5923 section 5). */
export interface ConnectionAlias {
  /** Where it listens. */
  readonly sentByPort: number;
  /** It wants requests over this connection. */
  readonly isAsked: boolean;
}

/** The top Via stands near the beginning. */
const SEARCHED_BYTES = 8_192;

/** Undefined for a response or without a Via that can be read. */
export function connectionAlias(request: Uint8Array): ConnectionAlias | undefined {
  const head = bytesToByteString(request.subarray(0, SEARCHED_BYTES));
  if (head.startsWith('SIP/')) return undefined;
  const [, line = ''] = /\r\n(?:via|v)[ \t]*:[ \t]*([^\r\n]*)/i.exec(head) ?? [];
  const via = parseVia(splitOutside(line, ',')[0] ?? '');
  const transport = parseTransport(via?.transport ?? '');
  if (via === undefined || transport === undefined) return undefined;
  return {
    sentByPort: via.port ?? defaultPort(transport),
    isAsked: via.parameters.has('alias'),
  };
}
