import type { TurnView } from './call-object.ts';

interface Column {
  /** The last line is the unit. */
  readonly heading: readonly [string, string, string];
  readonly cell: (turn: TurnView, index: number) => string;
}

const COLUMNS: readonly Column[] = [
  { heading: ['', 'turn', ''], cell: (turn, index) => `${index + 1} ${nameOf(turn)}` },
  { heading: ['caller', 'done', 's'], cell: (turn) => inSeconds(originMs(turn)) },
  { heading: ['end-', 'point', 'ms'], cell: (turn) => sinceOrigin(turn, turn.endpoint_ms) },
  { heading: ['tran-', 'script', 'ms'], cell: finalTranscript },
  { heading: ['LLM', 'token', 'ms'], cell: (turn) => sinceOrigin(turn, turn.llm_first_token_ms) },
  { heading: ['first', 'sentence', 'ms'], cell: firstSentence },
  { heading: ['TTS', 'byte', 'ms'], cell: (turn) => sinceOrigin(turn, turn.tts_first_byte_ms) },
  { heading: ['first', 'packet', 'ms'], cell: firstPacket },
  { heading: ['', 'gap', 'ms'], cell: (turn) => rounded(turn.gap_ms) },
  { heading: ['barge-in', 'onset', 's'], cell: (turn) => inSeconds(turn.barge_in?.onset_ms) },
  { heading: ['', 'ducked', 'ms'], cell: (turn) => rounded(turn.barge_in?.duck_delay_ms) },
  { heading: ['', 'silent', 'ms'], cell: (turn) => rounded(turn.barge_in?.stop_delay_ms) },
];
const HEADING_LINES = [0, 1, 2] as const;
const NONE = '-';

/** The turn trace as lines, a turn each; {@link originMs} is what the milliseconds of a turn count from. */
export function turnTable(turns: readonly TurnView[]): readonly string[] {
  const head = HEADING_LINES.map((line) => COLUMNS.map(({ heading }) => heading[line]));
  const body = turns.map((turn, index) => COLUMNS.map(({ cell }) => cell(turn, index)));
  const rows = [...head, ...body];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [...head, rule, ...body].map((row) => aligned(row, widths));
}

/** The end of the caller's last word; without one the last key, or the answer to the call. */
function originMs(turn: TurnView): number {
  return turn.caller_speech_end_ms ?? turn.endpoint_ms ?? 0;
}

function nameOf(turn: TurnView): string {
  const name = turn.endpoint_reason === 'dtmf' ? 'keys' : turn.kind;
  return turn.barge_in?.outcome === 'flushed' ? `${name}, interrupted` : name;
}

function finalTranscript(turn: TurnView): string {
  return sinceOrigin(turn, turn.transcript_final_ms);
}

function firstSentence(turn: TurnView): string {
  return sinceOrigin(turn, turn.first_sentence_ms);
}

function firstPacket(turn: TurnView): string {
  return sinceOrigin(turn, turn.first_packet_out_ms);
}

function sinceOrigin(turn: TurnView, atMs: number | undefined): string {
  return rounded(atMs === undefined ? undefined : atMs - originMs(turn));
}

function rounded(ms: number | undefined): string {
  return ms === undefined ? NONE : String(Math.round(ms));
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? NONE : (ms / 1_000).toFixed(2);
}

/** Names to the left, figures to the right. */
function aligned(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, at) => {
    const width = widths[at] ?? 0;
    return at === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return cells.join(' ').trimEnd();
}
