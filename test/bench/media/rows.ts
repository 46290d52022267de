import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spread } from '../percentiles.ts';
import { align, type Match, type Reference, refine } from './alignment.ts';
import type { Condition } from './conditions.ts';
import type { LineReport } from './impaired-lines.ts';
import type { LineResult } from './line-process.ts';
import { compare, type Quality } from './quality.ts';
import {
  type Piece,
  SAMPLES_PER_MS,
  type Timeline,
  timelineOfPackets,
  toFloat,
} from './timeline.ts';

/** The first seconds are how a buffer finds its place. */
const SETTLE_SAMPLES = 3_000 * SAMPLES_PER_MS;

export interface Path {
  /** Of each second that was found, against the caller's clock. */
  readonly delaysMs: readonly number[];
  readonly quality: Quality;
  readonly timeline: Timeline;
}

export interface Row {
  readonly condition: Condition;
  readonly lossPercent: number;
  /** What the listener hears through the bridge. */
  readonly playout: Path;
  /** What the recogniser gets. */
  readonly analysis: Path;
  readonly concealedMs: number;
  /** When the detector decided that speech began, since the caller's first packet. */
  readonly detectionsMs: readonly number[];
}

export interface RowSource {
  readonly condition: Condition;
  readonly line: LineReport;
  readonly result: LineResult;
  /** Of LINE.packets and LINE.heard, with the number of the line. */
  readonly folder: string;
  readonly index: number;
  /** What all callers said. */
  readonly said: Float32Array;
}

export async function judgeRow(source: RowSource): Promise<Row> {
  const { condition, line, result, folder, index, said } = source;
  const reference: Reference = {
    startMs: line.begunAtMs,
    samples: said,
    speed: 1 + (condition.skewPpm ?? 0) * 1e-6,
  };
  const lost = new Set(line.lost);
  const packets = await readFile(join(folder, `${index}.packets`));
  const heard = await readFile(join(folder, `${index}.heard`));
  const samples = new Int16Array(heard.buffer, heard.byteOffset, heard.byteLength / 2);
  const pieces = parsePieces(await readFile(join(folder, `${index}.times`)));
  return {
    condition,
    lossPercent: (100 * line.lost.length) / Math.max(1, line.sent),
    playout: judgePath(reference, timelineOfPackets(packets), lost),
    analysis: judgePath(
      reference,
      { startMs: result.startMs, samples: toFloat(samples), pieces },
      lost,
    ),
    concealedMs: result.stats.concealedMs,
    detectionsMs: result.speechStartedMs.map((atMs) => atMs - line.begunAtMs),
  };
}

function judgePath(reference: Reference, timeline: Timeline, lost: ReadonlySet<number>): Path {
  const found = align(reference, timeline).filter(
    ({ referenceAt }) => referenceAt >= SETTLE_SAMPLES,
  );
  const pieces = found.flatMap((match) => refine(reference.samples, timeline.samples, match));
  return {
    delaysMs: found.map((match) => handedUpDelayMs(match, reference, timeline) ?? match.delayMs),
    quality: compare({ said: reference.samples, heard: timeline.samples, lost }, pieces),
    timeline,
  };
}

/** Of what was handed up in pieces: the median of those in the window. */
function handedUpDelayMs(
  { referenceAt, heardAt, length }: Match,
  { startMs, speed }: Reference,
  { pieces }: Timeline,
): number | undefined {
  const delays = pieces
    ?.filter(({ at }) => at >= heardAt && at < heardAt + length)
    .map(({ at, atMs }) => {
      const saidAt = referenceAt + at - heardAt;
      return atMs - (startMs + saidAt / SAMPLES_PER_MS / speed);
    });
  return delays === undefined || delays.length === 0 ? undefined : spread(delays).p50;
}

function parsePieces(file: Buffer): readonly Piece[] {
  const numbers = new Float64Array(new Uint8Array(file).buffer);
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    at: numbers[2 * index] ?? 0,
    atMs: numbers[2 * index + 1] ?? 0,
  }));
}

export interface AddedDelay {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Against the median of the unimpaired line. */
export function addedDelay(path: Path, clean: Path): AddedDelay {
  const ownMs = spread(clean.delaysMs).p50;
  const { p50, p95 } = spread(path.delaysMs);
  return { p50Ms: p50 - ownMs, p95Ms: p95 - ownMs };
}

/** The same onset is decided about the same time. */
const MAX_DETECTION_DELAY_MS = 400;

/** How much later than on the unimpaired line speech was detected, onset by onset. What only one of them detected is left out. */
export function addedDetectionDelay(row: Row, clean: Row): AddedDelay {
  const addedMs = clean.detectionsMs.flatMap((cleanMs) => {
    const differences = row.detectionsMs.map((ms) => ms - cleanMs);
    const nearest = differences.sort((a, b) => Math.abs(a) - Math.abs(b))[0];
    return nearest !== undefined && Math.abs(nearest) < MAX_DETECTION_DELAY_MS ? [nearest] : [];
  });
  const { p50, p95 } = spread(addedMs);
  return { p50Ms: p50, p95Ms: p95 };
}
