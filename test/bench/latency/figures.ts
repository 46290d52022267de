import type { BenchCall } from './bench-call.ts';
import type { CallView } from './bench-engine.ts';
import { type OwnShare, ownShare } from './own-share.ts';
import { bargeIns, turnGaps } from './packet-analysis.ts';
import type { VendorShares } from './vendor-process.ts';

/** Milliseconds of every turn and barge-in of a run. */
export interface Figures {
  readonly gap: readonly number[];
  readonly own: readonly number[];
  readonly frame: readonly number[];
  readonly slot: readonly number[];
  readonly processing: readonly number[];
  readonly timer: readonly number[];
  readonly llmWay: readonly number[];
  readonly sentence: readonly number[];
  readonly ttsWay: readonly number[];
  readonly duck: readonly number[];
  readonly silent: readonly number[];
  /** Answered utterances that could not be matched with a trace and the vendors' records. */
  readonly unmatched: number;
  /** Interruptions after which the agent was never ducked, or never silent. */
  readonly missedBargeIns: number;
}

/** Joins what the callers measured with the engine's traces and the vendors' records of the same turns. */
export function figuresOf(
  placed: readonly BenchCall[],
  views: readonly CallView[],
  shares: readonly VendorShares[],
  waitMs: number,
): Figures {
  const gaps = placed.flatMap((call) => turnGaps(call.sent, call.heard));
  const turns = placed.flatMap((call) => turnsOf(call, views, shares, waitMs));
  const interruptions = placed.flatMap((call) => bargeIns(call.sent, call.heard));
  return {
    gap: gaps.map(({ gapMs }) => gapMs),
    own: turns.map(({ ownMs }) => ownMs),
    frame: turns.map(({ frameMs }) => frameMs),
    slot: turns.map(({ slotMs }) => slotMs),
    processing: turns.map(({ processingMs }) => processingMs),
    timer: turns.map(({ timerMs }) => timerMs),
    llmWay: turns.map(({ llmWayMs }) => llmWayMs),
    sentence: turns.map(({ sentenceMs }) => sentenceMs),
    ttsWay: turns.map(({ ttsWayMs }) => ttsWayMs),
    duck: interruptions.flatMap(({ duckMs }) => duckMs ?? []),
    silent: interruptions.flatMap(({ silentMs }) => silentMs ?? []),
    unmatched: gaps.length - turns.length,
    missedBargeIns: interruptions.filter(
      ({ duckMs, silentMs }) => duckMs === undefined || silentMs === undefined,
    ).length,
  };
}

function turnsOf(
  call: BenchCall,
  views: readonly CallView[],
  shares: readonly VendorShares[],
  waitMs: number,
): OwnShare[] {
  const view = views.find(({ from_phone_number }) => from_phone_number === call.fromUser);
  const said = view?.transcript.filter(({ user }) => user === 'user') ?? [];
  const traces = view?.turns.filter(({ kind }) => kind === 'reply') ?? [];
  const gaps = turnGaps(call.sent, call.heard);
  // Without one trace and one text for each gap, nobody knows which belongs to which.
  if (gaps.length !== said.length || gaps.length !== traces.length) return [];
  return gaps.flatMap(({ gapMs }, index) => {
    const trace = traces[index];
    const utterance = Number(said[index]?.text.match(/\d+/g)?.at(-1));
    const found = shares.find((share) => share.utterance === utterance);
    return trace && found ? [ownShare({ gapMs, trace, shares: found, waitMs })] : [];
  });
}
