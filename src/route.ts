import type { CallSpec } from './call/call-spec.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { CallRoute } from './io/call-supervisor.ts';

/** How an outgoing call leaves; undefined when no carrier takes calls. */
export function outgoingRoute(carriers: CarrierRegistry, spec: CallSpec): CallRoute | undefined {
  const route = carriers.routeFor(spec.to);
  if (!route) return undefined;
  const { carrier, gateway, toUser } = route;
  const { username, password } = carrier;
  return {
    carrier: carrier.name,
    targets: [
      {
        ...gateway,
        id: carrier.name,
        toUser,
        fromUser: spec.from,
        callerId: 'from',
        ...(username !== undefined &&
          password !== undefined && { credentials: { username, password } }),
      },
    ],
  };
}
