import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../native/bench', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../../build/bench/rtp_load', import.meta.url));
const SEED = 20_261;

export interface TimingMs {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What the far ends saw since {@link LoadGenerator.measure}. */
export interface LoadReport {
  readonly calls: number;
  readonly seconds: number;
  readonly received: number;
  /** Sequence numbers that never came. */
  readonly missing: number;
  readonly duplicates: number;
  /** By the callers since they began. */
  readonly sentInAll: number;
  /** Distance of the engine's packets from the 20 ms grid that fits their stream best. */
  readonly pacingMs: TimingMs;
  /** How late a bare timer loop woke on the engine's processor. */
  readonly timerMs: TimingMs;
}

export interface LoadOptions {
  /** µ-law file that the callers speak, each from another place. */
  readonly speechPath: string;
  /** Processors for the callers and for the timer loop; undefined = any. */
  readonly cpu: number | undefined;
  readonly timerCpu: number | undefined;
}

/** Many callers in a native process of its own (`native/bench`), so that their clock is nobody else's. */
export class LoadGenerator {
  /** Where all of them get their packets. */
  readonly port: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: Interface,
    port: number,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  /** Builds the program when its sources have changed. */
  static async start({ speechPath, cpu = -1, timerCpu = -1 }: LoadOptions): Promise<LoadGenerator> {
    build();
    const args = [speechPath, SEED, cpu, timerCpu].map(String);
    const child = spawn(PROGRAM, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the load generator ended with ${code} before it was ready`);
    });
    const [line] = await Promise.race([once(lines, 'line'), gone]);
    return new LoadGenerator(child, lines, JSON.parse(line).port);
  }

  /** One more caller for each port of the engine. */
  call(ports: readonly number[]): void {
    this.#child.stdin.write(ports.map((port) => `call ${port}\n`).join(''));
  }

  async measure(seconds: number): Promise<void> {
    await this.#ask(`measure ${seconds}`);
  }

  async report(): Promise<LoadReport> {
    return JSON.parse(await this.#ask('report'));
  }

  /** Nobody sends any more; resolves with how many packets all have sent. */
  async hangUp(): Promise<number> {
    return JSON.parse(await this.#ask('hangup')).sentInAll;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end('quit\n');
    await exited;
  }

  async #ask(question: string): Promise<string> {
    const answered = once(this.#lines, 'line');
    this.#child.stdin.write(`${question}\n`);
    const [line] = await answered;
    return line;
  }
}

function build(): void {
  const { status, stdout, stderr } = spawnSync('make', ['-C', SOURCES], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the load generator cannot be built:\n${stdout}${stderr}`);
}
