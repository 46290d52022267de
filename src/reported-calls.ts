import type { SipResult } from './carriers/gateway-health.ts';
import type {
  DialListener,
  DialRequest,
  DialTarget,
  OutgoingCall,
  Signaling,
} from './signaling/signaling.ts';

type Report = (gatewayId: string, result: SipResult) => void;

/** Signalling that tells of each target of a call what became of it. */
export function reportingDials(signaling: Signaling, report: Report): Signaling {
  return {
    start: (handler) => signaling.start(handler),
    dial: (request, listener) => dial(signaling, { request, listener, report }),
    ping: (target, timeoutMs) => signaling.ping(target, timeoutMs),
    register: (request) => signaling.register(request),
    close: () => signaling.close(),
  };
}

interface Dial {
  readonly request: DialRequest;
  readonly listener: DialListener;
  readonly report: Report;
}

function dial(signaling: Signaling, { request, listener, report }: Dial): OutgoingCall {
  const left = new Set(request.targets.map(({ id }) => id));
  const targets = request.targets.map((target) => watched(target, (id) => left.delete(id)));
  return signaling.dial(
    { ...request, targets },
    {
      onProvisional: (status, sdp) => listener.onProvisional(status, sdp),
      onAnswered: (call) => {
        const [answering] = left;
        if (answering !== undefined) report(answering, { status: 200, reason: 'OK' });
        listener.onAnswered(call);
      },
      onFailed: (status, reason) => listener.onFailed(status, reason),
      onAttempt: (attempt) => {
        // Refused by our own limits: it was not asked.
        if (left.delete(attempt.targetId)) report(attempt.targetId, attempt);
        listener.onAttempt?.(attempt);
      },
    },
  );
}

function watched(target: DialTarget, onRefused: (id: string) => void): DialTarget {
  const { reserve, ...rest } = target;
  if (reserve === undefined) return target;
  return {
    ...rest,
    reserve: () => {
      const reservation = reserve();
      if ('refused' in reservation) onRefused(target.id);
      return reservation;
    },
  };
}
