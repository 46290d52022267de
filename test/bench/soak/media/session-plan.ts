import {
  type AgentAudience,
  type RtpCodec,
  SRTP_KEY_BYTES,
  type SrtpSuite,
} from '../../../../src/media/media-engine.ts';
import { SeededRandom } from '../../../support/random/seeded-random.ts';

/** How the far end of a session answers each packet that it gets. */
export const BEHAVIOURS = ['echo', 'lossy', 'silent', 'garbage', 'flood', 'keys'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface PlannedCodec {
  readonly codec: RtpCodec;
  readonly sampleRateHz: 8000 | 16_000;
  readonly payloadType: number;
}

export interface PlannedPlayout {
  readonly sampleRateHz: number;
  readonly chunksMs: readonly number[];
  readonly isFinished: boolean;
}

/** What is done to a session at a time of its life. */
export type PlannedAction =
  | { readonly do: 'play'; readonly playout: PlannedPlayout }
  | { readonly do: 'reinvite'; readonly codec: PlannedCodec }
  | { readonly do: 'flush' | 'pause' | 'resume' | 'release' | 'unbridge' }
  | { readonly do: 'record' | 'pause-recording' | 'go-on-recording' | 'stop-recording' }
  | { readonly do: 'record-nowhere' }
  | { readonly do: 'bridge'; readonly audience: AgentAudience };

/** One call of the soak: everything about it follows from its number and the seed. */
export interface SessionPlan {
  readonly durationMs: number;
  readonly behaviour: Behaviour;
  /** Left out: it is closed without ever having been connected. */
  readonly codec?: PlannedCodec;
  readonly ptimeMs: number;
  readonly srtp?: SrtpSuite;
  readonly hasSecondLeg: boolean;
  readonly actions: readonly { readonly atMs: number; readonly action: PlannedAction }[];
}

const MOST_MS = 2_500;
const CODECS: readonly [PlannedCodec, ...PlannedCodec[]] = [
  { codec: 'PCMU', sampleRateHz: 8000, payloadType: 0 },
  { codec: 'PCMA', sampleRateHz: 8000, payloadType: 8 },
  { codec: 'G722', sampleRateHz: 16_000, payloadType: 9 },
  { codec: 'L16', sampleRateHz: 8000, payloadType: 96 },
  { codec: 'L16', sampleRateHz: 16_000, payloadType: 97 },
  { codec: 'opus', sampleRateHz: 16_000, payloadType: 111 },
];
const RATES_HZ: readonly [number, ...number[]] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
const AUDIENCES: readonly [AgentAudience, ...AgentAudience[]] = ['own', 'other', 'both', 'nobody'];
const SUITES = Object.keys(SRTP_KEY_BYTES) as [SrtpSuite, ...SrtpSuite[]];

export function planSession(seed: number, number: number): SessionPlan {
  const random = new SeededRandom(seed * 1_000_003 + number);
  // A few are over at once.
  const durationMs = random.oneIn(12) ? random.below(30) : 100 + random.below(MOST_MS);
  const hasSecondLeg = random.oneIn(8);
  return {
    durationMs,
    behaviour: random.pick(['echo', 'echo', ...BEHAVIOURS]),
    ...(!random.oneIn(20) && { codec: random.pick(CODECS) }),
    ptimeMs: random.pick([10, 20, 20, 20, 30, 40, 60]),
    ...(random.oneIn(6) && { srtp: random.pick(SUITES) }),
    hasSecondLeg,
    actions: planActions(random, durationMs, hasSecondLeg),
  };
}

function planActions(
  random: SeededRandom,
  durationMs: number,
  hasSecondLeg: boolean,
): SessionPlan['actions'] {
  const actions: PlannedAction[] = [];
  for (let count = random.below(4); count > 0; count -= 1) {
    actions.push({ do: 'play', playout: planPlayout(random) });
  }
  for (const each of ['flush', 'pause', 'resume', 'release'] as const) {
    if (random.oneIn(4)) actions.push({ do: each });
  }
  if (random.oneIn(4)) actions.push({ do: 'reinvite', codec: random.pick(CODECS) });
  if (random.oneIn(3)) actions.push({ do: 'record' });
  if (random.oneIn(40)) actions.push({ do: 'record-nowhere' });
  for (const each of ['pause-recording', 'go-on-recording', 'stop-recording'] as const) {
    if (random.oneIn(6)) actions.push({ do: each });
  }
  if (hasSecondLeg) {
    for (let count = 1 + random.below(3); count > 0; count -= 1) {
      actions.push({ do: 'bridge', audience: random.pick(AUDIENCES) });
    }
    if (random.oneIn(2)) actions.push({ do: 'unbridge' });
  }
  return actions
    .map((action) => ({ atMs: random.below(durationMs + 1), action }))
    .toSorted((a, b) => a.atMs - b.atMs);
}

function planPlayout(random: SeededRandom): PlannedPlayout {
  return {
    sampleRateHz: random.pick(RATES_HZ),
    chunksMs: Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(400)),
    isFinished: !random.oneIn(3),
  };
}
