import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ApplicationReport } from './application.ts';
import { type ProcessCpu, processCpu } from './thread-cpu.ts';

const MODULE = fileURLToPath(new URL('./application.ts', import.meta.url));

/** SIP server thread and application as a child process; without the server when `TRUNKLINE_DRACHTIO` names one. */
export class BenchApplication {
  readonly #child: ChildProcess;
  /** Where SIPp calls it. */
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<BenchApplication> {
    const child = fork(MODULE, [], { execArgv: ['--expose-gc'] });
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the application ended with ${code} before it was ready`);
    });
    const [{ port }] = await Promise.race([once(child, 'message'), gone]);
    return new BenchApplication(child, port);
  }

  cpu(): ProcessCpu {
    return processCpu(this.#child.pid ?? 0);
  }

  async report(): Promise<ApplicationReport> {
    this.#child.send('report');
    const [report] = await once(this.#child, 'message');
    return report;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
