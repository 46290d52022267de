import { LineProgram } from './line-program.ts';

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

/** Many callers in a native process of its own, so that their clock is nobody else's. */
export class LoadGenerator {
  /** Where all of them get their packets. */
  readonly port: number;
  readonly #program: LineProgram;

  private constructor(program: LineProgram, port: number) {
    this.#program = program;
    this.port = port;
  }

  static async start({ speechPath, cpu = -1, timerCpu = -1 }: LoadOptions): Promise<LoadGenerator> {
    const args = [speechPath, SEED, cpu, timerCpu].map(String);
    const program = LineProgram.start('rtp_load', args);
    const { port } = (await program.answer()) as { readonly port: number };
    return new LoadGenerator(program, port);
  }

  /** One more caller for each port of the engine. */
  call(ports: readonly number[]): void {
    for (const port of ports) this.#program.tell(`call ${port}`);
  }

  async measure(seconds: number): Promise<void> {
    await this.#program.ask(`measure ${seconds}`);
  }

  async report(): Promise<LoadReport> {
    return (await this.#program.ask('report')) as LoadReport;
  }

  /** Nobody sends any more; resolves with how many packets all have sent. */
  async hangUp(): Promise<number> {
    const { sentInAll } = (await this.#program.ask('hangup')) as { readonly sentInAll: number };
    return sentInAll;
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
