/** What the engine's process holds while no call is up. */
export interface MediaHolding {
  readonly sessions: number;
  readonly portsFree: number;
  readonly openFiles: number;
  readonly udpSockets: number;
  readonly threads: number;
  readonly recordingFiles: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly rssBytes: number;
}

export type MediaFigure = keyof MediaHolding;

export const MEDIA_FIGURES: Readonly<Record<MediaFigure, string>> = {
  sessions: 'media sessions',
  portsFree: 'free RTP ports',
  openFiles: 'file descriptors',
  udpSockets: 'UDP sockets',
  threads: 'threads',
  recordingFiles: 'recordings',
  heapBytes: 'heap of JavaScript',
  externalBytes: 'buffers of JavaScript',
  rssBytes: 'resident memory',
};

/** From the end of the warm-up to the end of the calls, resident. */
const MAX_GROWTH_BYTES = 10_000_000;

/** One line for each figure that the calls have left worse than it was. */
export function mediaLeftovers(before: MediaHolding, after: MediaHolding): readonly string[] {
  const worse: MediaFigure[] = [];
  if (after.sessions > 0) worse.push('sessions');
  if (after.portsFree < before.portsFree) worse.push('portsFree');
  for (const name of ['openFiles', 'udpSockets', 'threads', 'recordingFiles'] as const) {
    if (after[name] > before[name]) worse.push(name);
  }
  if (after.rssBytes - before.rssBytes > MAX_GROWTH_BYTES) worse.push('rssBytes');
  return worse.map(
    (name) => `${MEDIA_FIGURES[name]}: ${before[name]} before, ${after[name]} after`,
  );
}
