import { hrtime } from 'node:process';
import { type MonotonicMs, monotonicMs } from '../core/time.ts';

/** Turns stamps of the monotonic clock into wall time, by today's distance between the two clocks. */
export interface WallClock {
  now(): Date;
  monotonicNow(): MonotonicMs;
}

/** CLOCK_MONOTONIC, the clock of the media engine's stamps. */
export const systemClock: WallClock = {
  now: () => new Date(),
  monotonicNow: () => monotonicMs(Number(hrtime.bigint()) / 1e6),
};

export function isoTimeAt(clock: WallClock, atMs: MonotonicMs): string {
  const agoMs = clock.monotonicNow() - atMs;
  return new Date(clock.now().getTime() - agoMs).toISOString();
}
