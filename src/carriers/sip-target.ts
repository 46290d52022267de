import type { Carrier, Gateway, GatewayTransport } from './carrier.ts';

/** Where a request goes. */
export interface GatewayTarget {
  readonly host: string;
  readonly port?: number;
  readonly transport?: GatewayTransport;
  readonly outboundProxy?: string;
}

export function targetOf({ outboundProxy }: Carrier, gateway: Gateway): GatewayTarget {
  const { host, port, transport } = gateway;
  return {
    host,
    ...(port !== undefined && { port }),
    ...(transport !== undefined && { transport }),
    ...(outboundProxy !== undefined && { outboundProxy }),
  };
}
