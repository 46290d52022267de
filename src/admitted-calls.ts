import type { CallGateway } from './api/call-gateway.ts';
import type { CallSupervisor } from './io/call-supervisor.ts';
import { softphoneOf } from './registrar/sip-user.ts';
import type { Trunks } from './trunks.ts';

/** Calls of the API: what goes to a carrier is admitted before it begins. */
export function admittedCalls(supervisor: CallSupervisor, trunks: Trunks): CallGateway {
  return {
    create: (spec) => {
      if (softphoneOf(spec.to) === undefined) trunks.admit(spec);
      try {
        supervisor.create(spec);
      } catch (error) {
        trunks.forget(spec.callId);
        throw error;
      }
    },
    stop: (callId) => supervisor.stop(callId),
    cancel: (callId) => supervisor.cancel(callId),
    transfer: (callId, request) => {
      trunks.checkTransfer(request.to);
      supervisor.transfer(callId, request);
    },
    hold: (callId) => supervisor.hold(callId),
    resume: (callId) => supervisor.resume(callId),
    press: (callId, digits) => supervisor.press(callId, digits),
    activeCalls: () => supervisor.activeCalls,
  };
}
