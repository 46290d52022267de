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
}

export const DEFAULT_SIP_PORT = 5_060;

export function isReliable(transport: Transport): boolean {
  return transport === 'tcp';
}
