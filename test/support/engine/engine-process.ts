import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ApiClient } from './api-client.ts';
import { type ConfigKeys, engineConfig } from './engine-config.ts';
import type { LogLine, Remote } from './running-engine.ts';
import { remoteOf } from './running-engine.ts';
import { within } from './until.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const START_MS = 20_000;

interface ReadyLine extends LogLine {
  readonly http: string;
  readonly sip: string;
}

export interface ProcessOptions {
  readonly keys?: ConfigKeys;
  /** Given instead of the configuration of the tests. */
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of node itself. */
  readonly nodeArguments?: readonly string[];
  /** A folder that an earlier process left; otherwise a new one. */
  readonly dataDir?: string;
}

/** How a process ended that was not to be stopped by a signal of its own. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `src/main.ts` as a process of its own, with everything that it prints. */
export class EngineProcess {
  readonly dataDir: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #errorLines: string[] = [];
  readonly #printed = new EventEmitter();
  readonly #end: Promise<ProcessEnd>;

  private constructor(child: ChildProcess, dataDir: string) {
    this.#child = child;
    this.dataDir = dataDir;
    this.#printed.setMaxListeners(0);
    this.#keep(child.stdout, this.#lines);
    this.#keep(child.stderr, this.#errorLines);
    this.#end = once(child, 'close').then(([exitCode, signal]) => {
      this.#printed.emit('line');
      return { exitCode, signal };
    });
  }

  /** Spawned, no more. */
  static async spawn(options: ProcessOptions = {}): Promise<EngineProcess> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'trunkline-process-')));
    const file = join(dataDir, 'test.yaml');
    await writeFile(file, options.yaml ?? JSON.stringify(engineConfig(dataDir, options.keys)));
    const { nodeArguments = [] } = options;
    const child = spawn(process.execPath, [...nodeArguments, MAIN, '--config', file], {
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new EngineProcess(child, dataDir);
  }

  /** Resolves when it serves. */
  static async start(options: ProcessOptions = {}): Promise<EngineProcess> {
    const started = await EngineProcess.spawn(options);
    await started.logged('ready');
    return started;
  }

  /** Everything on standard output and standard error. */
  get output(): string {
    return [...this.#lines, ...this.#errorLines].join('\n');
  }

  get errorLines(): readonly string[] {
    return this.#errorLines;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get remote(): Remote {
    return remoteOf(this.#ready.sip);
  }

  get api(): ApiClient {
    return new ApiClient(this.#ready.http);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process was not started');
    return this.#child.pid;
  }

  /** The first line of the log with this message, or the one after `skip` of them, when it is there. */
  async logged(msg: string, skip = 0): Promise<LogLine> {
    const find = () => this.log.filter((line) => line.msg === msg)[skip];
    const come = async (): Promise<LogLine> => {
      for (;;) {
        const line = find();
        if (line) return line;
        if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.output}`);
        await once(this.#printed, 'line');
      }
    };
    return within(START_MS, `the log says ${msg}`, come());
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  ended(limitMs = START_MS): Promise<ProcessEnd> {
    return within(limitMs, 'the process ends', this.#end);
  }

  /** Kills it if it still runs, and removes its folder. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#end;
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get log(): readonly LogLine[] {
    return this.#lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  get #ready(): ReadyLine {
    const line = this.log.find(({ msg }) => msg === 'ready');
    if (!line) throw new Error('the engine is not ready');
    return line as ReadyLine;
  }

  #keep(stream: NodeJS.ReadableStream | null, lines: string[]): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      this.#printed.emit('line');
    });
  }
}
