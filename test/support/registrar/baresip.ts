import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from '../engine/until.ts';

const MODULES = ['/usr/lib/baresip/modules', '/usr/local/lib/baresip/modules'].find(existsSync);

/** Why tests with baresip cannot run here; undefined when they can. */
export const baresipMissing: string | undefined =
  MODULES !== undefined && spawnSync('baresip', ['-h']).error === undefined
    ? undefined
    : 'baresip is not installed';

/** Why a test of one of its codecs cannot run here; undefined when it can. */
export function baresipCodecMissing(module: string): string | undefined {
  if (baresipMissing !== undefined) return baresipMissing;
  return existsSync(join(MODULES ?? '', module)) ? undefined : `baresip comes without ${module}`;
}

export interface BaresipOptions {
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly username: string;
  readonly password: string;
  /** Run when it has started, such as `/dial sip:demo@127.0.0.1`. */
  readonly command?: string;
  readonly answers?: boolean;
  /** Where it listens for calls. Left out: where the system likes. */
  readonly listenPort?: number;
  /** False: it only waits to be called. */
  readonly registers?: boolean;
  /** The one codec it has, as the name of its module. */
  readonly codecModule?: string;
  /** Keys in SDP (`mediaenc=srtp`); plain calls are refused then. */
  readonly encrypts?: boolean;
}

/** A real softphone that hears itself in the place of a microphone. */
export class Baresip {
  readonly #process: ChildProcess;
  readonly #folder: string;
  #output = '';
  #onOutput: () => void = () => undefined;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    const read = (bytes: Buffer) => {
      this.#output += bytes.toString();
      this.#onOutput();
    };
    process.stdout?.on('data', read);
    process.stderr?.on('data', read);
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const { port, transport, username, password, command, answers = false } = options;
    const { registers = true, listenPort = 0, codecModule = 'g711.so', encrypts = false } = options;
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-baresip-'));
    const parameters = [
      `auth_pass=${password}`,
      `regint=${registers ? 60 : 0}`,
      ...(encrypts ? ['mediaenc=srtp-mand'] : []),
      `answermode=${answers ? 'auto' : 'manual'}`,
      ...(registers ? [`outbound="sip:127.0.0.1:${port};transport=${transport}"`] : []),
    ].join(';');
    const account = `<sip:${username}@127.0.0.1:${port};transport=${transport}>;${parameters}\n`;
    await writeFile(join(folder, 'accounts'), account);
    await writeFile(join(folder, 'contacts'), '');
    await writeFile(
      join(folder, 'config'),
      configOf(listenPort, encrypts ? [codecModule, 'srtp.so'] : [codecModule]),
    );
    const commands = command === undefined ? [] : ['-e', command];
    const child = spawn('stdbuf', ['-oL', 'baresip', '-f', folder, '-s', ...commands], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Baresip(child, folder);
  }

  /** What it has written so far, its SIP messages too. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when its output matches. */
  async says(pattern: RegExp, limitMs = 10_000): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.#onOutput = () => {
        if (pattern.test(this.#output)) resolve();
      };
      this.#onOutput();
    });
    await within(limitMs, `baresip says ${pattern}`, said).catch((cause: unknown) => {
      throw new Error(`baresip wrote ${this.#output.slice(-3_000)}`, { cause });
    });
  }

  /** It hangs up and takes its registration back. */
  async quit(): Promise<void> {
    if (this.#process.exitCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGINT');
      await within(10_000, 'baresip ends', exited).catch(() => this.#process.kill('SIGKILL'));
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function configOf(listenPort: number, modules: readonly string[]): string {
  return [
    `sip_listen 127.0.0.1:${listenPort}`,
    'sip_verify_server no',
    'audio_player aubridge,test',
    'audio_source aubridge,test',
    'audio_alert aubridge,alert',
    `module_path ${MODULES}`,
    ...modules.map((module) => `module ${module}`),
    'module aubridge.so',
    'module_app account.so',
    'module_app menu.so',
    '',
  ].join('\n');
}
