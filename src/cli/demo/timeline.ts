import { styleText } from 'node:util';

export type Speaker = 'caller' | 'agent' | 'engine';

type Style = Parameters<typeof styleText>[0];

const WIDTH = 98;
const INDENT = 20;
const STYLES: Readonly<Record<Speaker, Style>> = { caller: 'cyan', agent: 'green', engine: 'dim' };

/** Where the demo writes. Colours only where they are understood and wanted (NO_COLOR). */
export class Timeline {
  readonly #output: NodeJS.WriteStream;
  readonly #clock: () => number;
  #startMs = 0;

  constructor(output: NodeJS.WriteStream, clock: () => number) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Second 0 of the lines that follow. */
  start(atMs: number): void {
    this.#startMs = atMs;
  }

  /** A line with the time it is now. */
  line(who: Speaker, text: string): void {
    const seconds = (this.#clock() - this.#startMs) / 1_000;
    for (const line of timelineLines(seconds, who, text)) this.#write(STYLES[who], line);
  }

  /** What happens between the two. */
  mark(text: string): void {
    this.#write('yellow', `${' '.repeat(INDENT)}-- ${text} --`);
  }

  heading(text: string): void {
    this.#output.write(`\n${this.#styled('bold', text)}\n\n`);
  }

  plain(text: string): void {
    this.#output.write(`${text}\n`);
  }

  /** Wrapped, each line after `indent`. */
  paragraph(indent: string, text: string): void {
    for (const line of wrapped(text, WIDTH - indent.length)) this.plain(indent + line);
  }

  #write(style: Style, line: string): void {
    this.#output.write(`${this.#styled(style, line)}\n`);
  }

  #styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#output });
  }
}

/** Seconds, speaker and text in columns, the text wrapped under itself. */
export function timelineLines(seconds: number, who: Speaker, text: string): readonly string[] {
  const head = `${seconds.toFixed(2).padStart(8)} s  ${who}`.padEnd(INDENT);
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
