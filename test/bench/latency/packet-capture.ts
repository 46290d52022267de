import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type CapturedCall, readCapture } from './capture.ts';

/** tcpdump on the loopback device, UDP only. Needs the program and the right to capture. */
export class PacketCapture {
  readonly #child: ChildProcess;
  readonly #file: string;

  private constructor(child: ChildProcess, file: string) {
    this.#child = child;
    this.#file = file;
  }

  static async start(file: string): Promise<PacketCapture> {
    const args = ['-i', 'lo', '-n', '-U', '-B', '16384', '-w', file, 'udp'];
    const child = spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const listening = new Promise<void>((resolve, reject) => {
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('listening on')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`tcpdump: ${said.trim()}`)));
    });
    await listening;
    return new PacketCapture(child, file);
  }

  /** Ends the capture and reads the calls of these caller ports out of it. */
  async stop(callerPorts: readonly number[]): Promise<readonly CapturedCall[]> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await exited;
    return readCapture(await readFile(this.#file), new Set(callerPorts));
  }
}
