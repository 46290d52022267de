import type { Carrier } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { SipResolver } from './io/sip-resolver.ts';
import type { Logger } from './telemetry/logger.ts';

/**
 * Who the embedded SIP server hears: the networks that may call, and the gateways that calls go to, whose answers have to come through: every address
 * that a call may try. A gateway that cannot be resolved is left out and said: its calls fail until it is.
 */
export async function allowedSources(
  carriers: CarrierRegistry,
  configured: readonly Carrier[],
  resolver: Pick<SipResolver, 'locate'>,
  logger: Logger,
): Promise<readonly string[]> {
  const gateways = await Promise.all(
    configured.map(async ({ name, gateway }) => {
      if (!gateway) return [];
      const { host, port, transport } = gateway;
      const addresses = await resolver.locate({ host, port, transport, isSecure: false });
      if (addresses.length === 0) logger.warn({ carrier: name }, 'the gateway has no address');
      return addresses.map((address) => address.host);
    }),
  );
  return [...new Set([...carriers.allowList(), ...gateways.flat()])];
}
