import { setTimeout as delay } from 'node:timers/promises';
import type { Diagnostics } from '../../../src/diagnostics.ts';
import { demoAgent } from '../../support/engine/engine-config.ts';
import { EngineProcess } from '../../support/engine/engine-process.ts';
import type { LogLine, Remote } from '../../support/engine/running-engine.ts';
import { type Holding, holdingOf, isIdle } from './holding.ts';
import { processStatus } from './process-status.ts';

const POLL_MS = 1_000;
/** RFC 3261 section 17.2: a finished transaction is remembered for 64*T1 = 32 s. */
const TIMERS_RUN_OUT_MS = 32_000;
const MARGIN_MS = 13_000;
const WARNING = 40;
const RTP_TIMEOUT_MS = 2_000;

/** The engine as a child process that may be asked what it holds, without garbage. */
export class SoakEngine {
  readonly #process: EngineProcess;
  #asked = 0;

  private constructor(process: EngineProcess) {
    this.#process = process;
  }

  static async start(): Promise<SoakEngine> {
    const keys = {
      agents: { demo: demoAgent({ record: true }) },
      // Callers who vanish are noticed soon.
      limits: { rtpTimeoutMs: RTP_TIMEOUT_MS, maxCalls: 400 },
    };
    return new SoakEngine(await EngineProcess.start({ keys, nodeArguments: ['--expose-gc'] }));
  }

  get remote(): Remote {
    return this.#process.remote;
  }

  /** What it holds once nothing of the calls is left to wait for; or, when that does not come, after every timer must have run out. */
  async settled(): Promise<Holding> {
    const deadline = performance.now() + TIMERS_RUN_OUT_MS + MARGIN_MS;
    for (;;) {
      const holding = await this.#holding();
      if (isIdle(holding) || performance.now() > deadline) return holding;
      await delay(POLL_MS);
    }
  }

  /** How the calls so far ended, by reason. */
  endings(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    const ended = this.#process.log.filter(({ msg }) => msg === 'call ended');
    for (const { reason } of ended as EndLine[]) counts[reason] = (counts[reason] ?? 0) + 1;
    return counts;
  }

  /** Lines of the log that say that something is wrong. */
  complaints(): readonly string[] {
    const complaints = this.#process.log.filter(({ level }) => level >= WARNING);
    return [...complaints.map((line) => JSON.stringify(line)), ...this.#process.errorLines];
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  async #holding(): Promise<Holding> {
    this.#process.signal('SIGUSR2');
    const line = await this.#process.logged('diagnostics', this.#asked);
    this.#asked += 1;
    return holdingOf(line as unknown as Diagnostics, processStatus(this.#process.pid));
  }
}

interface EndLine extends LogLine {
  readonly reason: string;
}
