export const TRACE_TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

export type TraceTransport = (typeof TRACE_TRANSPORTS)[number];

/** One end of a message's way. `host` is an address, IPv6 without brackets. */
export interface TraceAddress {
  readonly host: string;
  readonly port: number;
}

/** One SIP message as it was read from a socket or given to one. */
export interface CapturedMessage {
  /** Microseconds since 1970, from the monotonic clock and the wall time at the start of the server. */
  readonly atUs: number;
  readonly direction: 'in' | 'out';
  readonly transport: TraceTransport;
  readonly local: TraceAddress;
  readonly remote: TraceAddress;
  /** After decryption and unframing. */
  readonly bytes: Uint8Array;
}

export function addressText({ host, port }: TraceAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
