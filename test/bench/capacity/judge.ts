import type { Trial } from './trial.ts';

const MAX_LOSS_PERCENT = 0.1;
export const MAX_PACING_P99_MS = 2;
/** Above this the host took so much that the figures are its, not ours. */
const MAX_STEAL_PERCENT = 2;
/** A bare timer ahead of everything else is this late only where something holds up the whole core. */
const MAX_TIMER_P99_MS = 0.5;

type Judged = Pick<
  Trial,
  'calls' | 'lossPercent' | 'pacingMs' | 'timerMs' | 'stealPercent' | 'audioSlotsLost'
>;

/** Whether the engine kept so many calls. Pacing counts against the bare timer loop beside it. */
export function keptUp({ lossPercent, pacingMs, timerMs, audioSlotsLost }: Judged): boolean {
  return (
    lossPercent < MAX_LOSS_PERCENT &&
    pacingMs.p99 <= timerMs.p99 + MAX_PACING_P99_MS &&
    audioSlotsLost === 0
  );
}

/** Worth another try: it failed, and the machine was not ours alone. */
export function wasDisturbed({ stealPercent, timerMs }: Judged): boolean {
  return stealPercent > MAX_STEAL_PERCENT || timerMs.p99 > MAX_TIMER_P99_MS;
}
