import type { TrunklineConfig } from './config/schema.ts';
import { DEFAULT_ACCEPT_LIMITS } from './io/sip-accept-gate.ts';
import { DEFAULT_CONNECTION_LIMITS } from './io/sip-connections.ts';
import type { SipServerLimits } from './io/sip-worker-messages.ts';
import { DEFAULT_ADMISSION_LIMITS } from './sip/admission/admission.ts';

const SECOND_MS = 1_000;

/** How much the embedded SIP server takes from the network. */
export function sipLimits({ sip }: TrunklineConfig): SipServerLimits {
  const { known, strangers, connections, overload } = sip.limits;
  return {
    admission: {
      known: { ...DEFAULT_ADMISSION_LIMITS.known, ...known },
      stranger: {
        ...DEFAULT_ADMISSION_LIMITS.stranger,
        burst: strangers.burst,
        perSecond: strangers.perSecond,
        firstBanMs: strangers.banSeconds * SECOND_MS,
        longestBanMs: strangers.longestBanSeconds * SECOND_MS,
      },
      strangersPerSecond: strangers.allPerSecond,
      maxGuests: DEFAULT_ADMISSION_LIMITS.maxGuests,
    },
    overload,
    connections: {
      ...DEFAULT_CONNECTION_LIMITS,
      maxConnections: connections.max,
      firstMessageMs: connections.firstMessageSeconds * SECOND_MS,
      idleMs: connections.idleSeconds * SECOND_MS,
      pingMs: sip.keepAliveSeconds * SECOND_MS,
    },
    accept: {
      maxPerAddress: connections.maxPerAddress,
      maxHandshakes: connections.maxHandshakes,
      handshakeMs: DEFAULT_ACCEPT_LIMITS.handshakeMs,
    },
  };
}
