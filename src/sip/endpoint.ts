/** The transports of this part; TLS and WebSocket join here. */
export type Transport = 'udp' | 'tcp';

/** One side of the wire: where a message came from, or where it goes. */
export interface Endpoint {
  readonly transport: Transport;
  /** An address; as a destination also a host name, which the driver resolves. */
  readonly host: string;
  readonly port: number;
  /** The stream connection it came on, to be used again while it is open. */
  readonly connection: number | undefined;
  /** What the URI of a destination left to DNS; without it, port and transport are as they stand here. */
  readonly open?: OpenChoice | undefined;
}

/** RFC 3263 section 4: a port or a transport that the URI does not name is for NAPTR and SRV records to say. */
export interface OpenChoice {
  readonly port: boolean;
  readonly transport: boolean;
}

export const DEFAULT_SIP_PORT = 5_060;

export function isReliable(transport: Transport): boolean {
  return transport === 'tcp';
}
