/** What a network does to the caller's packets (`native/bench/impairment.h`). Everything left out is none. */
export interface Condition {
  readonly name: string;
  readonly lossPercent?: number;
  /** Gilbert-Elliott: a burst begins with this probability at each packet, and ends with that one. */
  readonly burst?: { readonly beginsPercent: number; readonly endsPercent: number };
  readonly jitterMs?: number;
  readonly reorderPercent?: number;
  readonly duplicatePercent?: number;
  /** Of the caller's clock. */
  readonly skewPpm?: number;
}

/** Added delay and quality of all others are against it. */
export const CLEAN: Condition = { name: 'clean' };

/** The one that is required to go without an underrun and with at most 60 ms of added delay. */
export const REQUIRED: Condition = {
  name: '5 % loss, jitter 0-60 ms',
  lossPercent: 5,
  jitterMs: 60,
};

export const CONDITIONS: readonly Condition[] = [
  CLEAN,
  { name: '1 % loss', lossPercent: 1 },
  { name: '2 % loss', lossPercent: 2 },
  { name: '5 % loss', lossPercent: 5 },
  { name: '10 % loss', lossPercent: 10 },
  { name: '20 % loss', lossPercent: 20 },
  { name: '5 % loss in bursts of 3', burst: { beginsPercent: 1.75, endsPercent: 33.3 } },
  { name: '10 % loss in bursts of 5', burst: { beginsPercent: 2.2, endsPercent: 20 } },
  { name: 'jitter 0-20 ms', jitterMs: 20 },
  { name: 'jitter 0-40 ms', jitterMs: 40 },
  { name: 'jitter 0-60 ms', jitterMs: 60 },
  { name: 'jitter 0-120 ms', jitterMs: 120 },
  REQUIRED,
  { name: '10 % loss, jitter 0-120 ms', lossPercent: 10, jitterMs: 120 },
  { name: '5 % reordered', reorderPercent: 5 },
  { name: '5 % duplicated', duplicatePercent: 5 },
  { name: 'clock 200 ppm fast', skewPpm: 200 },
  { name: 'clock 200 ppm slow', skewPpm: -200 },
];
