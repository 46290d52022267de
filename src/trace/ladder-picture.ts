import type { LadderRow } from './describe-ladder.ts';

/** How a part of the picture is to look where there are colours. */
export type LadderStyle =
  | 'heading'
  | 'request'
  | 'provisional'
  | 'success'
  | 'redirect'
  | 'failure'
  | 'dim';

export interface LadderPictureOptions {
  /** Above the picture; a line each. */
  readonly title: readonly string[];
  readonly omitted: number;
  readonly omittedAfter: number;
  /** The messages themselves follow the picture. */
  readonly withMessages: boolean;
  /** Adds colours; the text alone unless given. */
  readonly paint?: (style: LadderStyle, text: string) => string;
}

const TIME_WIDTH = 15;
const DELTA_WIDTH = 11;
const MIN_SPAN = 26;
const MAX_SPAN = 54;
/** Far ends with a column of their own; what comes from more shares the last one. */
const MAX_FAR_ENDS = 6;
const SELF = 'Trunkline';

interface Column {
  /** Undefined for ourselves. */
  readonly remote: string | undefined;
  readonly label: string;
}

interface Frame {
  readonly columns: readonly Column[];
  /** From one line to the next. */
  readonly span: number;
  readonly margin: number;
  readonly legs: readonly string[];
  readonly paint: (style: LadderStyle, text: string) => string;
}

/** The ladder as a picture of text: a line for every end, an arrow for every message, times at the left. */
export function ladderPicture(rows: readonly LadderRow[], options: LadderPictureOptions): string {
  const frame = frameOf(rows, options.paint ?? ((_style, text) => text));
  const lines = [...options.title.map((line) => frame.paint('heading', line)), ''];
  if (rows.length > 0) lines.push(...headingLines(frame));
  for (const [index, row] of rows.entries()) {
    if (index === options.omittedAfter && options.omitted > 0)
      lines.push(gapLine(frame, options.omitted));
    lines.push(arrowLine(frame, row));
  }
  lines.push(...footnotes(frame, rows));
  if (options.withMessages)
    lines.push(...rows.flatMap((row, index) => messageLines(frame, row, index)));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Every end gets its line when it is first heard of; the caller's stays at the left. */
function frameOf(rows: readonly LadderRow[], paint: Frame['paint']): Frame {
  const columns: Column[] = [];
  const add = (column: Column) => {
    const isKnown = columns.some(({ remote }) => remote === column.remote);
    if (!isKnown && columns.length <= MAX_FAR_ENDS) columns.push(column);
  };
  for (const { direction, local, remote } of rows) {
    const ends = [
      { remote, label: remote },
      { remote: undefined, label: local },
    ];
    for (const end of direction === 'in' ? ends : ends.reverse()) add(end);
  }
  const labels = [
    ...rows.map((row) => labelOf(row).length + 8),
    ...columns.map(({ label }) => label.length + 2),
  ];
  const span = Math.min(MAX_SPAN, Math.max(MIN_SPAN, ...labels));
  const legs = [...new Set(rows.map(({ sipCallId }) => sipCallId ?? ''))];
  const widest = columns[0]?.label.length ?? 0;
  return { columns, span, margin: Math.ceil(Math.max(widest, SELF.length) / 2), legs, paint };
}

function headingLines(frame: Frame): readonly string[] {
  const before = ' '.repeat(TIME_WIDTH + DELTA_WIDTH);
  const names = centred(frame, ({ remote }) => (remote === undefined ? SELF : ''));
  const labels = centred(frame, ({ label }) => label);
  const times = `${'time (UTC)'.padEnd(TIME_WIDTH)}${'ms'.padStart(DELTA_WIDTH - 2)}  `;
  const rails = frame.columns.map(() => '│').join(' '.repeat(frame.span - 1));
  return [
    frame.paint('heading', before + names),
    frame.paint('heading', times + labels),
    before + ' '.repeat(frame.margin) + rails,
  ];
}

/** A text over the line of each column. */
function centred(frame: Frame, textOf: (column: Column) => string): string {
  let line = '';
  for (const [index, column] of frame.columns.entries()) {
    const text = textOf(column).slice(0, frame.span - 1);
    const from = frame.margin + index * frame.span - Math.floor(text.length / 2);
    line = line.padEnd(Math.max(0, from)) + text;
  }
  return line;
}

function arrowLine(frame: Frame, row: LadderRow): string {
  const self = columnAt(frame, undefined);
  const far = columnAt(frame, row.remote);
  const [from, to] = row.direction === 'in' ? [far, self] : [self, far];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const width = (right - left) * frame.span - 1;
  const space = ' '.repeat(frame.span - 1);
  return [
    frame.paint('dim', timesOf(row)),
    ' '.repeat(frame.margin),
    `│${space}`.repeat(left),
    '│',
    frame.paint(styleOf(row), crossing(arrowOf(labelOf(row), width, to > from), frame.span)),
    '│',
    `${space}│`.repeat(frame.columns.length - 1 - right),
    frame.paint('dim', `  ${notesOf(frame, row).join(' ')}`),
  ].join('');
}

/** An end beyond the last column stands in it. */
function columnAt({ columns }: Frame, remote: string | undefined): number {
  const index = columns.findIndex((column) => column.remote === remote);
  if (index !== -1) return index;
  return columns.findLastIndex((column) => column.remote !== undefined);
}

function arrowOf(label: string, width: number, isRightward: boolean): string {
  const room = width - 6;
  const shown = label.length > room ? `${label.slice(0, room - 1)}…` : label;
  const line = '─'.repeat(Math.max(0, width - shown.length - 5));
  return isRightward ? `── ${shown} ${line}▶` : `◀── ${shown} ${line}`;
}

/** Where the arrow passes the line of another end. */
function crossing(arrow: string, span: number): string {
  return arrow.replaceAll('─', (dash, at: number) => ((at + 1) % span === 0 ? '┼' : dash));
}

function labelOf({ startLine, method, hasSdp, cseq, status }: LadderRow): string {
  const what = method ?? startLine.replace(/^SIP\/2\.0 /i, '');
  const [number = '', of = ''] = (cseq ?? '').split(' ');
  const sequence =
    cseq === undefined ? '' : `  CSeq ${number}${status === undefined ? '' : ` ${of}`}`;
  return `${what || 'unreadable'}${hasSdp ? ' (SDP)' : ''}${sequence}`;
}

function timesOf({ at, deltaMs }: LadderRow): string {
  const delta = `+${deltaMs.toFixed(deltaMs < 1_000 ? 1 : 0)}`;
  return `${at.slice(11, 23).padEnd(TIME_WIDTH)}${delta.padStart(DELTA_WIDTH - 2)}  `;
}

function notesOf({ legs }: Frame, row: LadderRow): readonly string[] {
  return [
    row.transport,
    ...(legs.length > 1 ? [`[${legs.indexOf(row.sipCallId ?? '') + 1}]`] : []),
    ...(row.isRetransmission ? ['retransmission'] : []),
    ...(row.identity === undefined ? [] : ['Identity']),
  ];
}

function styleOf({ isRetransmission, status }: LadderRow): LadderStyle {
  if (isRetransmission) return 'dim';
  if (status === undefined) return 'request';
  if (status < 200) return 'provisional';
  if (status < 300) return 'success';
  return status < 400 ? 'redirect' : 'failure';
}

function gapLine(frame: Frame, omitted: number): string {
  const before = ' '.repeat(TIME_WIDTH + DELTA_WIDTH + frame.margin);
  return frame.paint('dim', `${before}┊ ${omitted} messages were left out: too many for one call`);
}

/** SIP Call-IDs, and Identity headers whole. */
function footnotes({ legs, paint }: Frame, rows: readonly LadderRow[]): readonly string[] {
  const callIds = legs.map(
    (id, index) => `${legs.length > 1 ? `[${index + 1}] ` : ''}Call-ID: ${id}`,
  );
  const identities = rows.flatMap(({ identity }) =>
    identity === undefined ? [] : [`Identity: ${identity}`],
  );
  const all = [...callIds, ...new Set(identities)];
  return rows.length === 0 ? [] : ['', ...all.map((line) => paint('dim', line))];
}

function messageLines({ paint }: Frame, row: LadderRow, index: number): readonly string[] {
  const way =
    row.direction === 'in' ? `${row.remote} -> ${row.local}` : `${row.local} -> ${row.remote}`;
  const heading = `${index + 1}. ${row.at}  ${row.transport} ${way}`;
  return ['', paint('heading', heading), '', ...row.text.trimEnd().split('\n')];
}
