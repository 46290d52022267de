import type { Endpoint, Transport } from '../endpoint.ts';
import { isAddress } from './is-address.ts';

/** What a URI says about where it is served (RFC 3263 section 4): what is absent is DNS's to say. */
export interface LocationTarget {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: Transport | undefined;
  /** A `sips:` URI: nothing without TLS will do. */
  readonly isSecure: boolean;
}

/** One address to send to. */
export interface ServerAddress {
  readonly transport: Transport;
  /** IPv4 or IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What has to be asked before anything can be sent to this endpoint; undefined when nothing has. */
export function locationTargetOf({
  host,
  port,
  transport,
  connection,
  open,
}: Endpoint): LocationTarget | undefined {
  if (connection !== undefined || isAddress(host)) return undefined;
  return {
    host,
    port: open?.port === true ? undefined : port,
    transport: open?.transport === true ? undefined : transport,
    isSecure: false,
  };
}
