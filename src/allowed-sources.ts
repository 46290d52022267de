import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import type { Carrier } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { Logger } from './telemetry/logger.ts';

/**
 * Who the embedded SIP server hears: the networks that may call, and the gateways that calls go to, whose answers have to come through. A gateway that
 * cannot be resolved is left out and said: its calls fail until it is.
 */
export async function allowedSources(
  carriers: CarrierRegistry,
  configured: readonly Carrier[],
  logger: Logger,
): Promise<readonly string[]> {
  const gateways = await Promise.all(
    configured.map(async ({ name, gateway }) => {
      if (!gateway) return [];
      if (isIPv4(gateway.host)) return [gateway.host];
      try {
        const addresses = await lookup(gateway.host, { family: 4, all: true });
        return addresses.map(({ address }) => address);
      } catch (error) {
        logger.warn({ carrier: name, err: error }, 'the gateway has no address');
        return [];
      }
    }),
  );
  return [...new Set([...carriers.allowList(), ...gateways.flat()])];
}
