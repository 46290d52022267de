import { relative } from 'node:path';
import type { CallObject } from './call-object.ts';
import type { CallerMeasurements } from './conversation.ts';
import type { Timeline } from './timeline.ts';
import { turnTable } from './turn-table.ts';
import type { WavFile } from './wav-file.ts';

export interface DemoResult {
  readonly call: CallObject;
  readonly measured: CallerMeasurements;
  readonly wav: WavFile;
  readonly wavPath: string;
  readonly jsonPath: string;
}

const EXPLANATION = [
  "Seconds count from the answer; milliseconds from the end of the caller's last word (greeting: from the answer, keys: from the last key), those of a barge-in from the first packet of the caller's speech.",
  'The gap is what the caller waits. Up to "endpoint" the engine waits on purpose, to be sure that the caller is done (agents.<name>.endpointing in the configuration); the rest is work.',
];

/** The turn trace, the caller's own figures beside it, and where the files are. */
export function showReport(result: DemoResult, timeline: Timeline): void {
  timeline.heading('The turns, as the engine measured them');
  for (const line of turnTable(result.call.turns)) timeline.plain(`  ${line}`);
  timeline.plain('');
  for (const text of EXPLANATION) timeline.paragraph('  ', text);
  timeline.paragraph('  ', comparison(result.measured));
  timeline.heading('The files');
  showFiles(result, timeline);
}

/** A packet is 20 ms, and the first one of an answer may still be quiet. */
function comparison({ gapsMs, silentAfterMs }: CallerMeasurements): string {
  const gaps = gapsMs.map((gap) => Math.round(gap)).join(', ');
  return `In packets at the caller's own socket, 20 ms each: an answer was audible after ${gaps} ms; the interrupted agent was last audible after ${Math.round(silentAfterMs)} ms.`;
}

function showFiles({ wav, wavPath, jsonPath }: DemoResult, timeline: Timeline): void {
  const seconds = (wav.durationMs / 1_000).toFixed(1);
  timeline.plain(`  recording  ${shown(wavPath)}, and beside it as .mp3`);
  timeline.plain(`             ${seconds} s, caller left, agent right, ${wav.sampleRateHz} Hz`);
  timeline.plain(`  call       ${shown(jsonPath)}`);
  timeline.plain('             the call object of the REST API: transcript, turn trace, outcome');
}

/** As one would type it. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
