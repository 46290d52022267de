import type { CallSpec } from './call/call-spec.ts';
import { mediaTermsOf } from './carrier-media.ts';
import { CallLimits } from './carriers/call-limits.ts';
import { type Carrier, type Gateway, outboundCredentials } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import { carrierScope, gatewayScope } from './carriers/limit-scopes.ts';
import { formatOf, numberOf } from './carriers/number-format.ts';
import { type Route, routeList } from './carriers/route-list.ts';
import { targetOf } from './carriers/sip-target.ts';
import type { CallRoute } from './io/call-supervisor.ts';
import { monotonicClock } from './io/monotonic-clock.ts';
import type { NumberDirectory } from './numbers/number-directory.ts';
import type { DialTarget } from './signaling/signaling.ts';

export interface OutgoingRoutesOptions {
  readonly registry: CarrierRegistry;
  readonly numbers: NumberDirectory;
  readonly accountId: string;
  readonly isDown: (gatewayId: string) => boolean;
  /** A SIP URI that requests to it go through, by its registrar's word (RFC 3608). */
  readonly nextHopOf: (gatewayId: string) => string | undefined;
  /** Whether a call to the one number may go to the other, because a gateway redirects it there. */
  readonly mayDivert: (number: string, other: string) => boolean;
}

/** How outgoing calls leave, and how many are on their way. */
export class OutgoingRoutes {
  readonly limits = new CallLimits();
  readonly #options: OutgoingRoutesOptions;

  constructor(options: OutgoingRoutesOptions) {
    this.#options = options;
  }

  /** Undefined when no carrier takes the call. */
  routeFor({ from, to }: CallSpec): CallRoute | undefined {
    const { registry, accountId, isDown } = this.#options;
    const carrierId = this.#carrierIdOf(from);
    const routes = routeList(
      registry.all,
      { number: to, accountId, ...(carrierId !== undefined && { carrierId }) },
      { random: Math.random, isDown },
    );
    const [first] = routes;
    if (first === undefined) return undefined;
    const targets = routes.map((route) => ({
      ...this.#targetOf(route, from),
      mayCall: (user: string) => this.#mayDivert(route, to, user),
    }));
    return { carrier: first.carrier.name, targets };
  }

  #mayDivert({ carrier, gateway }: Route, number: string, user: string): boolean {
    const other = numberOf(formatOf(carrier, gateway), user);
    return other === undefined || this.#options.mayDivert(number, other);
  }

  #carrierIdOf(from: string): string | undefined {
    const { registry, numbers } = this.#options;
    const name = numbers.carrierFor(from);
    if (name === undefined) return undefined;
    return registry.all.find((each) => each.accountId === undefined && each.name === name)?.id;
  }

  #targetOf({ carrier, gateway, toUser }: Route, fromUser: string): DialTarget {
    const { callerId, fromDomain, dtmfType, passIdentity } = carrier;
    const media = mediaTermsOf(carrier, gateway);
    const credentials = outboundCredentials(carrier);
    const nextHop = carrier.outboundProxy ?? this.#options.nextHopOf(gateway.id);
    const { allowedRedirectHosts: redirectHosts } = carrier;
    return {
      ...targetOf(carrier, gateway),
      id: gateway.id,
      toUser,
      fromUser,
      callerId,
      ...(nextHop !== undefined && { outboundProxy: nextHop }),
      ...(redirectHosts.length > 0 && { redirectHosts }),
      carrier: carrier.name,
      dtmfType,
      media,
      ...(passIdentity ? {} : { withheldHeaders: ['identity'] }),
      headers: headersOf(carrier, gateway),
      ...(fromDomain !== undefined && { fromDomain }),
      ...(credentials !== undefined && { credentials }),
      reserve: () =>
        media.codecs?.length === 0
          ? { refused: `carrier ${carrier.name} takes no codec that is spoken here` }
          : this.limits.reserve(
              [gatewayScope(gateway), carrierScope(carrier)],
              monotonicClock.now(),
            ),
    };
  }
}

function headersOf({ headers, diversion, fromDomain }: Carrier, { host }: Gateway) {
  if (diversion === undefined) return headers;
  const domain = fromDomain ?? (host.includes(':') ? `[${host}]` : host);
  return { ...headers, Diversion: `<sip:${diversion}@${domain}>;reason=unconditional` };
}
