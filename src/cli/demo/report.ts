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
  'Milliseconds since the moment in the column "from"; "at" is that moment, in seconds since the answer.',
  'The gap is what the caller waits: from the last packet with speech to the first packet of the answer. Up to "endpoint" the engine waits on purpose, to be sure that the caller is done (agents.<name>.endpointing in the configuration); the rest is work. For a barge-in: from the first packet of the caller\'s speech to the agent at a lower level, then to its first silent packet.',
];

/** The turn trace, the caller's own figures beside it, and where the files are. */
export function showReport(result: DemoResult, timeline: Timeline): void {
  timeline.heading('The turns (ms)');
  for (const line of turnTable(result.call.turns)) timeline.plain(`  ${line}`);
  timeline.plain('');
  for (const text of EXPLANATION) timeline.paragraph('  ', text);
  timeline.paragraph('  ', comparison(result.measured));
  timeline.heading('The files');
  showFiles(result, timeline);
}

function comparison({ gapsMs, silentAfterMs }: CallerMeasurements): string {
  const gaps = gapsMs.map((gap) => Math.round(gap)).join(', ');
  return `At the caller's own socket the answers began after ${gaps} ms, and the interrupted agent was last heard ${Math.round(silentAfterMs)} ms after the caller's first word.`;
}

function showFiles({ wav, wavPath, jsonPath }: DemoResult, timeline: Timeline): void {
  const seconds = (wav.durationMs / 1_000).toFixed(1);
  timeline.plain(`  recording  ${shown(wavPath)}`);
  timeline.plain(`             ${seconds} s, caller left, agent right, ${wav.sampleRateHz} Hz`);
  timeline.plain(`  call       ${shown(jsonPath)}`);
  timeline.plain('             the call object of the REST API: transcript, turn trace, outcome');
}

/** As one would type it. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
