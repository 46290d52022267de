import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.ts';
import { Engine, type EngineStats } from '../../../src/engine.ts';
import type { SipThreadStats } from '../../../src/io/sip-worker-messages.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { ApiClient } from './api-client.ts';
import { type ConfigKeys, engineConfig } from './engine-config.ts';

export interface Remote {
  readonly host: string;
  readonly port: number;
}

/** The whole engine in this process, with a folder of its own that goes when it is closed. */
export class RunningEngine {
  readonly engine: Engine;
  readonly api: ApiClient;
  readonly dataDir: string;
  /** Lines at level info and above, parsed. */
  readonly log: readonly LogLine[];
  readonly fatal: readonly Error[];
  readonly #listeners: ((line: LogLine) => void)[];

  private constructor(engine: Engine, dataDir: string, heard: Heard) {
    this.engine = engine;
    this.api = new ApiClient(engine.addresses.http);
    this.dataDir = dataDir;
    this.log = heard.log;
    this.fatal = heard.fatal;
    this.#listeners = heard.listeners;
  }

  static async start(keys: ConfigKeys = {}): Promise<RunningEngine> {
    const dataDir = await mkdtemp(join(tmpdir(), 'trunkline-engine-'));
    const file = join(dataDir, 'test.yaml');
    await writeFile(file, JSON.stringify(engineConfig(dataDir, keys)));
    const heard: Heard = { log: [], fatal: [], listeners: [] };
    const engine = await Engine.start({
      config: loadConfig({ file, env: {} }),
      logger: createLogger({
        level: 'info',
        destination: { write: (line) => hear(heard, JSON.parse(line)) },
      }),
      version: '0.0.0',
      onFatal: (error) => heard.fatal.push(error),
    });
    return new RunningEngine(engine, dataDir, heard);
  }

  /** Where phones call it. */
  get remote(): Remote {
    return remoteOf(this.engine.addresses.sip);
  }

  /** Called within the logging of the next such line, by whatever the engine is just doing. */
  atNext(msg: string, run: () => void): void {
    const listener = (line: LogLine) => {
      if (line.msg !== msg) return;
      this.#listeners.splice(this.#listeners.indexOf(listener), 1);
      run();
    };
    this.#listeners.push(listener);
  }

  async stats(): Promise<EngineStats & { readonly sip: SipThreadStats }> {
    const stats = await this.engine.stats();
    if (stats?.sip === undefined) throw new Error('the engine is not running');
    return { ...stats, sip: stats.sip };
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

interface Heard {
  readonly log: LogLine[];
  readonly fatal: Error[];
  readonly listeners: ((line: LogLine) => void)[];
}

function hear({ log, listeners }: Heard, line: LogLine): void {
  log.push(line);
  for (const listener of [...listeners]) listener(line);
}

export interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly callId?: string;
}

export function remoteOf(hostPort: string): Remote {
  const [host = '', port = ''] = hostPort.split(':');
  return { host, port: Number(port) };
}
