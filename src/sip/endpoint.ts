export const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

/** RFC 3261 section 18 and RFC 7118. */
export type Transport = (typeof TRANSPORTS)[number];

/** One side of the wire: where a message came from, or where it goes. */
export interface Endpoint {
  readonly transport: Transport;
  /** An address, IPv6 without brackets; as a destination also a host name, which the driver resolves. */
  readonly host: string;
  readonly port: number;
  /** The stream connection it came on, to be used again while it is open. */
  readonly connection: number | undefined;
  /** What the URI of a destination left to DNS; without it, port and transport are as they stand here. */
  readonly open?: OpenChoice | undefined;
  /** Whom a certificate has to name when that is not `host`: the sent-by of a Via, the domain that an address was found for. */
  readonly certificateName?: string;
  /** The URI named no transport: a large request goes over TCP (RFC 3261 section 18.1.1). */
  readonly isTransportOpen?: boolean;
}

/** RFC 3263 section 4: a port or a transport that the URI does not name is for NAPTR and SRV records to say. */
export interface OpenChoice {
  readonly port: boolean;
  readonly transport: boolean;
}

const DEFAULT_SIP_PORT = 5_060;

const DEFAULT_PORTS: Readonly<Record<Transport, number>> = Object.freeze({
  udp: DEFAULT_SIP_PORT,
  tcp: DEFAULT_SIP_PORT,
  tls: 5_061,
  ws: 80,
  wss: 443,
});

/** What a URI or a sent-by without a port means (RFC 3261 section 19.1.2, RFC 7118 section 5.2). */
export function defaultPort(transport: Transport): number {
  return DEFAULT_PORTS[transport];
}

export function isReliable(transport: Transport): boolean {
  return transport !== 'udp';
}

export function isWebSocket(transport: Transport): boolean {
  return transport === 'ws' || transport === 'wss';
}

/** Whether it runs over TLS: what a SIPS URI asks for. */
export function isSecure(transport: Transport): boolean {
  return transport === 'tls' || transport === 'wss';
}

export function parseTransport(text: string): Transport | undefined {
  return TRANSPORTS.find((transport) => transport === text.toLowerCase());
}
