import type { ProxyCommand, ProxyFault } from '../sip/proxy/proxy-io.ts';
import { parseApplicationMessage, replaceLocalhost } from './application-message.ts';
import type { ClientMessage } from './frame-codec.ts';

/** A `proxy` message of an application. */
export interface ProxyRequest {
  readonly transaction: string;
  readonly command: ProxyCommand;
  /** Whether every final response is to be told, and not only that it was sent. */
  readonly wantsResponses: boolean;
}

/** A provisional timeout beyond what a caller waits is none. */
const MAX_PROVISIONAL_TIMEOUT_MS = 180_000;

/**
 * `proxy|transaction|remainInDialog|fullResponse|followRedirects|simultaneous|provisionalTimeout|finalTimeout|uri|uri...`; the final
 * timeout means nothing. `hostPort` is what stands for `@localhost`.
 */
export function parseProxyCommand(
  { fields, payload }: ClientMessage,
  hostPort: string,
): ProxyRequest {
  const [
    transaction = '',
    remainInDialog = '',
    fullResponse = '',
    followRedirects = '',
    forking = '',
    provisionalTimeout = '',
    ,
    ...targets
  ] = fields;
  return {
    transaction,
    command: {
      targets: targets.filter((uri) => uri !== ''),
      isParallel: forking === 'simultaneous',
      followRedirects: followRedirects === 'followRedirects',
      remainInDialog: remainInDialog === 'remainInDialog',
      provisionalTimeoutMs: parseTimeout(provisionalTimeout),
      headers: replaceLocalhost(parseApplicationMessage(payload ?? '').headers, hostPort),
    },
    wantsResponses: fullResponse === 'fullResponse',
  };
}

/** `2s` or `1500ms`, in milliseconds; anything else is no timeout. */
function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = /^([0-9]{1,6})(ms|s)$/.exec(text) ?? [];
  const milliseconds = Number(digits ?? 0) * (unit === 's' ? 1_000 : 1);
  const isUsable = milliseconds > 0 && milliseconds <= MAX_PROVISIONAL_TIMEOUT_MS;
  return isUsable ? milliseconds : undefined;
}

/** The sentences that clients know. */
export function proxyRefusal(fault: ProxyFault, transaction: string): string {
  if (fault === 'unknown-transaction') return `Unknown transaction id: ${transaction}`;
  if (fault === 'unreachable') return 'error proxying request to ';
  return fault.statusCode === 483
    ? 'Rejected with 483 Too Many Hops due to Max-Forwards value of 0'
    : `Answered with ${fault.statusCode}`;
}
