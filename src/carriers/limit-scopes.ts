import type { LimitScope } from './call-limits.ts';
import type { Carrier, Gateway } from './carrier.ts';

export function gatewayScope(gateway: Gateway): LimitScope {
  return { ...limitOf(gateway), key: gateway.id, name: `gateway ${gateway.host}` };
}

export function carrierScope(carrier: Carrier): LimitScope {
  return { ...limitOf(carrier), key: carrier.id, name: `carrier ${carrier.name}` };
}

function limitOf({ maxCalls, maxCallsPerSecond }: Carrier | Gateway) {
  return {
    ...(maxCalls !== undefined && { maxCalls }),
    ...(maxCallsPerSecond !== undefined && { maxCallsPerSecond }),
  };
}
