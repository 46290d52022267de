import { styleText } from 'node:util';

export type Speaker = 'caller' | 'agent' | 'engine';

type Style = Parameters<typeof styleText>[0];

const WIDTH = 98;
const INDENT = 17;
const STYLES: Readonly<Record<Speaker, Style>> = { caller: 'cyan', agent: 'green', engine: 'dim' };

interface Entry {
  readonly atMs: number;
  readonly style: Style;
  readonly lines: readonly string[];
}

/**
 * Where the demo writes. Colours only where they are understood and wanted (NO_COLOR). What happens in the call is known to its two
 * sides at different times, so entries wait for {@link flush} and come out in the order of their times.
 */
export class Timeline {
  readonly #output: NodeJS.WriteStream;
  #startMs = 0;
  #entries: Entry[] = [];

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  /** Second 0 of the entries that follow. */
  start(atMs: number): void {
    this.#startMs = atMs;
  }

  line(atMs: number, who: Speaker, text: string): void {
    this.#add({ atMs, style: STYLES[who], lines: timelineLines(this.#seconds(atMs), who, text) });
  }

  /** What happens between the two. */
  mark(atMs: number, text: string): void {
    const lines = timelineLines(this.#seconds(atMs), '', `-- ${text} --`);
    this.#add({ atMs, style: 'yellow', lines });
  }

  /** Writes the entries up to this time, or all. */
  flush(untilMs = Infinity): void {
    const due = this.#entries.filter(({ atMs }) => atMs <= untilMs);
    this.#entries = this.#entries.filter(({ atMs }) => atMs > untilMs);
    for (const { style, lines } of due.sort((left, right) => left.atMs - right.atMs)) {
      for (const line of lines) this.plain(this.#styled(style, line));
    }
  }

  heading(text: string): void {
    this.flush();
    this.#output.write(`\n${this.#styled('bold', text)}\n\n`);
  }

  plain(text: string): void {
    this.#output.write(`${text}\n`);
  }

  /** Wrapped, each line after `indent`. */
  paragraph(indent: string, text: string): void {
    for (const line of wrapped(text, WIDTH - indent.length)) this.plain(indent + line);
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
  }

  #seconds(atMs: number): number {
    return (atMs - this.#startMs) / 1_000;
  }

  #styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#output });
  }
}

/** Seconds, speaker and text in columns, the text wrapped under itself. */
export function timelineLines(seconds: number, who: Speaker | '', text: string): readonly string[] {
  const head = `${seconds.toFixed(2).padStart(7)}  ${who}`.padEnd(INDENT);
  const [first = '', ...rest] = wrapped(text, WIDTH - INDENT);
  return [`${head}${first}`, ...rest.map((line) => `${' '.repeat(INDENT)}${line}`)];
}

/** Words in lines of at most `width`; a longer word has a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
