import type { MonotonicMs } from '../core/time.ts';
import type { CallLimits, CallReservation } from './call-limits.ts';
import type { Carrier } from './carrier.ts';
import { carrierScope, gatewayScope } from './limit-scopes.ts';

/** How a caller is told that there is no place: RFC 3261 sections 21.4.24 and 21.5.4. */
export interface InboundRefusal {
  readonly reject: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const BUSY_HERE: InboundRefusal = Object.freeze({ reject: 486 });
/** It may try again as soon as the second is over. */
const TOO_FAST: InboundRefusal = Object.freeze({ reject: 503, headers: { 'Retry-After': '1' } });

/** Calls that come in take the places of their carrier, like those that go out. Nobody waits for one. */
export class InboundLimits {
  readonly #limits: CallLimits;
  readonly #held = new Map<string, CallReservation>();

  constructor(limits: CallLimits) {
    this.#limits = limits;
  }

  /** Undefined: the call has a place until {@link release}. */
  take(
    callId: string,
    carrier: Carrier,
    sourceAddress: string,
    now: MonotonicMs,
  ): InboundRefusal | undefined {
    if (!carrier.limitInbound) return undefined;
    const gateway = carrier.gateways.find(({ host }) => host === sourceAddress);
    const scopes = [...(gateway === undefined ? [] : [gatewayScope(gateway)])];
    const reservation = this.#limits.reserve([...scopes, carrierScope(carrier)], now);
    if ('refused' in reservation) return reservation.by === 'rate' ? TOO_FAST : BUSY_HERE;
    this.#held.set(callId, reservation);
    return undefined;
  }

  /** The call is over; nothing to do for those that have no place. */
  release(callId: string): void {
    this.#held.get(callId)?.release();
    this.#held.delete(callId);
  }
}
