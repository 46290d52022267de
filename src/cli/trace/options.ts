import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load-config.ts';

export interface TraceOptions {
  /** Undefined for the newest call. */
  readonly callId: string | undefined;
  readonly url: string;
  readonly key: string;
  /** The messages whole, after the picture. */
  readonly withMessages: boolean;
  readonly json: boolean;
  readonly pcapFile: string | undefined;
}

const CALL_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NEWEST = 'last';
const NO_KEY =
  'which API key? --key KEY, or TRUNKLINE_API_KEY; a generated one is shown at the first start only';

/**
 * The command line, and where it says nothing the configuration of the engine: the same file and environment.
 * @throws Error in one line; `undefined` when only help is wanted.
 */
export function traceOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): TraceOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      raw: { type: 'boolean' },
      json: { type: 'boolean' },
      pcap: { type: 'string' },
      url: { type: 'string' },
      key: { type: 'string' },
      config: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const { raw = false, json = false, pcap, url, key, config: file } = values;
  const callId = callIdOf(positionals);
  const needsConfig = url === undefined || key === undefined;
  const config = needsConfig ? loadConfig({ ...(file !== undefined && { file }), env }) : undefined;
  const apiKey = key ?? config?.apiKey;
  if (apiKey === undefined) throw new Error(NO_KEY);
  const base = url ?? urlOf(config?.http ?? { host: '127.0.0.1', port: 0 });
  return {
    callId,
    url: base.replace(/\/+$/, ''),
    key: apiKey,
    withMessages: raw,
    json,
    pcapFile: pcap,
  };
}

function callIdOf(positionals: readonly string[]): string | undefined {
  const [callId, ...more] = positionals;
  if (callId === undefined || more.length > 0) {
    throw new Error(`expected one call id, or "${NEWEST}" for the newest call (--help)`);
  }
  if (callId === NEWEST) return undefined;
  if (!CALL_ID.test(callId)) {
    throw new Error(
      `"${callId}" is no call id: GET /v1/calls lists them; "${NEWEST}" is the newest`,
    );
  }
  return callId;
}

function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
}
