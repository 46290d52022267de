import type { Diagnostics } from '../../../src/diagnostics.ts';
import type { ProcessStatus } from './process-status.ts';

type Unit = 'count' | 'bytes';

/** What a figure must do when the calls are over. */
type Rule =
  /** Nothing is left. */
  | 'zero'
  /** As before the calls. */
  | 'not-more'
  | 'not-less'
  /** In the second half, no more than {@link MAX_GROWTH_BYTES} for each call. */
  | 'not-growing'
  /** For people to look at: the allocator and the engine's caches decide. */
  | 'shown';

interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly rule: Rule;
}

/** What an engine holds, for people and for the verdict. */
const FIGURES = {
  active_calls: { what: 'calls', unit: 'count', rule: 'zero' },
  media_sessions: { what: 'media sessions', unit: 'count', rule: 'zero' },
  rtp_ports_free: { what: 'free RTP ports', unit: 'count', rule: 'not-less' },
  sip_transactions: { what: 'SIP transactions', unit: 'count', rule: 'zero' },
  sip_dialogs: { what: 'SIP dialogs', unit: 'count', rule: 'zero' },
  sip_timers: { what: 'SIP timers', unit: 'count', rule: 'zero' },
  pending_writes: { what: 'writes to the store', unit: 'count', rule: 'zero' },
  open_files: { what: 'file descriptors', unit: 'count', rule: 'not-more' },
  udp_sockets: { what: 'UDP sockets', unit: 'count', rule: 'not-more' },
  tcp_sockets: { what: 'TCP sockets', unit: 'count', rule: 'not-more' },
  threads: { what: 'threads', unit: 'count', rule: 'not-more' },
  node_resources: { what: 'handles and timers of Node', unit: 'count', rule: 'not-more' },
  heap_main: { what: 'heap, main thread', unit: 'bytes', rule: 'not-growing' },
  heap_sip: { what: 'heap, SIP thread', unit: 'bytes', rule: 'not-growing' },
  array_buffers: { what: 'array buffers', unit: 'bytes', rule: 'not-growing' },
  rss: { what: 'resident memory', unit: 'bytes', rule: 'shown' },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;
export type Holding = Readonly<Record<FigureName, number>>;

export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[];

/** For each call of the second half; a call's record alone, kept by mistake, takes several times as much. */
const MAX_GROWTH_BYTES = 500;
/** What compiled code and caches of Node come and go by. */
const NOISE_BYTES = 250_000;

export function figure(name: FigureName): Figure {
  return FIGURES[name];
}

export function holdingOf(said: Diagnostics, status: ProcessStatus): Holding {
  const { activeCalls = 0, pendingWrites = 0, media, sip, resources } = said;
  return {
    active_calls: activeCalls,
    media_sessions: media?.sessionsOpen ?? 0,
    rtp_ports_free: media?.portsFree ?? 0,
    sip_transactions: sip?.transactions ?? 0,
    sip_dialogs: sip?.dialogs ?? 0,
    sip_timers: sip?.pendingTimers ?? 0,
    pending_writes: pendingWrites,
    open_files: status.openFiles,
    udp_sockets: status.udpSockets,
    tcp_sockets: status.tcpSockets,
    threads: status.threads,
    node_resources: Object.values(resources).reduce((sum, count) => sum + count, 0),
    heap_main: said.heapUsedBytes,
    heap_sip: sip?.heapUsedBytes ?? 0,
    array_buffers: said.arrayBuffersBytes,
    rss: status.rssBytes,
  };
}

/** Nothing of any call is left, as far as the engine itself can tell. */
export function isIdle(holding: Holding): boolean {
  return FIGURE_NAMES.every((name) => FIGURES[name].rule !== 'zero' || holding[name] === 0);
}

export interface HoldingsInTime {
  readonly before: Holding;
  readonly halfWay: Holding;
  readonly after: Holding;
}

/** One line for each figure that `calls` calls have left worse than it was. */
export function leftovers(holdings: HoldingsInTime, calls: number): readonly string[] {
  return FIGURE_NAMES.filter((name) => !isGood(name, holdings, calls)).map((name) => {
    const [before, halfWay, after] = inTime(name, holdings);
    return `${FIGURES[name].what}: ${before} before, ${halfWay} half-way, ${after} after`;
  });
}

/** Before, half-way, after. */
export function inTime(
  name: FigureName,
  { before, halfWay, after }: HoldingsInTime,
): readonly [number, number, number] {
  return [before[name], halfWay[name], after[name]];
}

function isGood(name: FigureName, holdings: HoldingsInTime, calls: number): boolean {
  const [before, halfWay, after] = inTime(name, holdings);
  switch (FIGURES[name].rule) {
    case 'zero':
      return after === 0;
    case 'not-more':
      return after <= before;
    case 'not-less':
      return after >= before;
    case 'not-growing':
      // The first half still compiles and fills caches.
      return after - halfWay <= Math.max(NOISE_BYTES, (MAX_GROWTH_BYTES * calls) / 2);
    case 'shown':
      return true;
  }
}
