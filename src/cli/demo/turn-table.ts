import type { TurnView } from './call-object.ts';

interface Column {
  readonly heading: readonly [string, string];
  readonly cell: (turn: TurnView, index: number) => string;
}

/** What the times of a row count from, in milliseconds since the answer. */
interface Origin {
  readonly name: string;
  readonly atMs: number;
}

const COLUMNS: readonly Column[] = [
  { heading: ['', 'turn'], cell: (_turn, index) => String(index + 1) },
  { heading: ['', 'kind'], cell: kindOf },
  { heading: ['', 'from'], cell: (turn) => originOf(turn).name },
  { heading: ['at', 's'], cell: (turn) => (originOf(turn).atMs / 1_000).toFixed(2) },
  { heading: ['end-', 'point'], cell: (turn) => sinceOrigin(turn, turn.endpoint_ms) },
  { heading: ['tran-', 'script'], cell: (turn) => sinceOrigin(turn, turn.transcript_final_ms) },
  { heading: ['LLM first', 'token'], cell: (turn) => sinceOrigin(turn, turn.llm_first_token_ms) },
  { heading: ['first', 'sentence'], cell: (turn) => sinceOrigin(turn, turn.first_sentence_ms) },
  { heading: ['TTS first', 'byte'], cell: (turn) => sinceOrigin(turn, turn.tts_first_byte_ms) },
  { heading: ['first', 'packet'], cell: (turn) => sinceOrigin(turn, turn.first_packet_out_ms) },
  { heading: ['', 'gap'], cell: (turn) => rounded(turn.gap_ms) },
  { heading: ['barge-in', 'ducked'], cell: (turn) => rounded(turn.barge_in?.duck_delay_ms) },
  { heading: ['barge-in', 'silent'], cell: (turn) => rounded(turn.barge_in?.stop_delay_ms) },
];
const LEFT_ALIGNED = 3;
const NONE = '-';

/** The turn trace as lines, one turn each: milliseconds since the moment in the column `from`. */
export function turnTable(turns: readonly TurnView[]): readonly string[] {
  const rows = [
    COLUMNS.map((column) => column.heading[0]),
    COLUMNS.map((column) => column.heading[1]),
    ...turns.map((turn, index) => COLUMNS.map((column) => column.cell(turn, index))),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, at) => padded(cell, at, widths[at] ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [...lines.slice(0, 2), rule, ...lines.slice(2)].map((cells) => cells.join(' ').trimEnd());
}

function padded(cell: string, at: number, width: number): string {
  return at < LEFT_ALIGNED ? cell.padEnd(width) : cell.padStart(width);
}

function kindOf(turn: TurnView): string {
  return turn.barge_in?.outcome === 'flushed' ? `${turn.kind}, cut` : turn.kind;
}

/** The caller's last word; without one the last key, or the answer to the call. */
function originOf(turn: TurnView): Origin {
  if (turn.caller_speech_end_ms !== undefined) {
    return { name: 'last word', atMs: turn.caller_speech_end_ms };
  }
  if (turn.endpoint_ms !== undefined) return { name: 'last key', atMs: turn.endpoint_ms };
  return { name: 'answer', atMs: 0 };
}

function sinceOrigin(turn: TurnView, atMs: number | undefined): string {
  return rounded(atMs === undefined ? undefined : atMs - originOf(turn).atMs);
}

function rounded(ms: number | undefined): string {
  return ms === undefined ? NONE : String(Math.round(ms));
}
