import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface EngineAddresses {
  /** Base URL of the REST API. */
  readonly http: string;
  readonly sipHost: string;
  readonly sipPort: number;
}

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const MAX_STDERR_CHARS = 4_000;

/** The engine as a process of its own, as `npm start` runs it. */
export class EngineProcess {
  readonly addresses: EngineAddresses;
  /** Aborted when the process ends. */
  readonly lost: AbortSignal;
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;

  private constructor(child: ChildProcess, addresses: EngineAddresses, exited: Promise<string>) {
    this.#child = child;
    this.addresses = addresses;
    this.#exited = exited;
    const lost = new AbortController();
    this.lost = lost.signal;
    void exited.then((how) => lost.abort(new Error(`the engine ${how}`)));
  }

  /** Resolves once calls are taken; rejects with what the engine wrote on standard error when it does not get there. */
  static async start(
    env: NodeJS.ProcessEnv,
    signal: AbortSignal,
    args: readonly string[] = [],
  ): Promise<EngineProcess> {
    signal.throwIfAborted();
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, ...args],
      {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const endChild = () => child.kill('SIGKILL');
    process.once('exit', endChild);
    const errors = lastOf(child.stderr);
    const exited = exitOf(child);
    try {
      const addresses = await Promise.race([
        addressesFrom(child.stdout),
        exited.then((how) => fail(`${how} before it took calls`, errors())),
        afterTimeout(signal).then(() => fail('is not ready after 30 s', errors())),
      ]);
      return new EngineProcess(child, addresses, exited);
    } catch (error) {
      endChild();
      throw error;
    }
  }

  /** Ends calls and the process. `hasSignal`: a terminal has told it already, and a second signal would cut it short. */
  async stop(hasSignal: boolean): Promise<void> {
    if (!hasSignal) this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }
}

function fail(what: string, errors: string): never {
  const said = errors.trim();
  throw new Error(`the engine ${what}${said === '' ? '' : `. It said:\n${said}`}`);
}

/** The end of what a stream gave, for a message. */
function lastOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-MAX_STDERR_CHARS);
  });
  return () => text;
}

async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'close');
    return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  } catch (error) {
    return `cannot be started (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Out of the log line `ready`. The log is read on to its end, or the engine would wait for its reader. */
function addressesFrom(stdout: Readable): Promise<EngineAddresses> {
  return new Promise((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      const addresses = readyLine(line);
      if (addresses) resolve(addresses);
    });
  });
}

function readyLine(line: string): EngineAddresses | undefined {
  if (!line.includes('"ready"')) return undefined;
  const { msg, http, sip } = JSON.parse(line) as Record<string, unknown>;
  if (msg !== 'ready' || typeof http !== 'string' || typeof sip !== 'string') return undefined;
  const [sipHost = '', port] = sip.split(':');
  return { http, sipHost, sipPort: Number(port) };
}

function afterTimeout(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, START_TIMEOUT_MS).unref();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
