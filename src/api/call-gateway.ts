import type { CallSpec } from '../call/call-spec.ts';
import type { TransferRequest } from '../call/transfer-request.ts';

/**
 * What the API asks of the part that runs calls. Commands return at once; what became of them is told by the call's events.
 * Each throws a `TrunklineError` when it cannot be done.
 */
export interface CallGateway {
  /** Begins to dial. @throws `calls-at-limit`, `no-route`, `shutting-down`, `media-ports-exhausted` */
  create(spec: CallSpec): void;
  /** Ends a call in whatever state it is. @throws `call-not-found` when it is over */
  stop(callId: string): void;
  /** Ends a call that is not answered. @throws `call-not-found`, `call-state-conflict` when it was answered */
  cancel(callId: string): void;
  /** @throws `call-not-found`, `call-state-conflict` when it is not answered or is being transferred, `no-route` */
  transfer(callId: string, request: TransferRequest): void;
  /** @throws `call-not-found`, `call-state-conflict` when it is not answered, or held */
  hold(callId: string): void;
  /** @throws `call-not-found`, `call-state-conflict` when it is not answered, or not held */
  resume(callId: string): void;
  /** Keys, sent by INFO. @throws `call-not-found`, `call-state-conflict` when it is not answered */
  press(callId: string, digits: string): void;
  /** Calls up or being set up, both directions. */
  activeCalls(): number;
}
