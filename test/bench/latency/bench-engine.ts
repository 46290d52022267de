import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineProcess } from '../../../src/cli/demo/engine-process.ts';
import { FAKE_DEEPGRAM_KEY } from '../../support/providers/fake-deepgram.ts';
import { FAKE_OPENAI_KEY } from '../../support/providers/fake-openai.ts';
import type { TurnTraceView } from './own-share.ts';

export interface BenchEngineOptions {
  readonly openaiUrl: string;
  readonly deepgramUrl: string;
  readonly minSilenceMs: number;
}

/** A call as the API shows it; what is used here. */
export interface CallView {
  readonly from_phone_number: string;
  readonly completed: boolean;
  readonly transcript: readonly { readonly user: string; readonly text: string }[];
  readonly turns: readonly (TurnTraceView & { readonly kind: string })[];
}

const RTP_PORTS = '30000-30999';
const POLL_MS = 100;

/** The engine as a child process, as an operator starts it, with the bench's vendors behind it. */
export class BenchEngine {
  readonly #process: EngineProcess;
  readonly #apiKey: string;
  readonly #dataDir: string;

  private constructor(process: EngineProcess, apiKey: string, dataDir: string) {
    this.#process = process;
    this.#apiKey = apiKey;
    this.#dataDir = dataDir;
  }

  static async start(options: BenchEngineOptions): Promise<BenchEngine> {
    const dataDir = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
    const configFile = join(dataDir, 'bench.yaml');
    await writeFile(configFile, configuration(options));
    const apiKey = `tc_live_${randomBytes(20).toString('hex')}`;
    const { PATH } = process.env;
    const env = {
      PATH,
      TRUNKLINE_DATA_DIR: dataDir,
      TRUNKLINE_HTTP_PORT: '0',
      TRUNKLINE_SIP_PORT: '0',
      TRUNKLINE_RTP_PORTS: RTP_PORTS,
      TRUNKLINE_API_KEY: apiKey,
      OPENAI_API_KEY: FAKE_OPENAI_KEY,
      OPENAI_BASE_URL: options.openaiUrl,
      DEEPGRAM_API_KEY: FAKE_DEEPGRAM_KEY,
      DEEPGRAM_BASE_URL: options.deepgramUrl,
    };
    const child = await EngineProcess.start(env, new AbortController().signal, [
      '--config',
      configFile,
    ]);
    return new BenchEngine(child, apiKey, dataDir);
  }

  get sip(): { readonly host: string; readonly port: number } {
    const { sipHost: host, sipPort: port } = this.#process.addresses;
    return { host, port };
  }

  /** Every call with its turns, once all of them are written down. */
  async calls(count: number): Promise<readonly CallView[]> {
    for (;;) {
      const ids = await this.#ids();
      const calls = await Promise.all(ids.map((id) => this.#read<CallView>(`/v1/calls/${id}`)));
      const done = calls.filter(({ completed }) => completed);
      if (done.length >= count) return done;
      await new Promise((again) => setTimeout(again, POLL_MS));
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop(false);
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async #ids(): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: CallPage = await this.#read(`/v1/calls?limit=100${query}`);
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    return ids;
  }

  async #read<T>(path: string): Promise<T> {
    const response = await fetch(this.#process.addresses.http + path, {
      headers: { authorization: `Bearer ${this.#apiKey}` },
    });
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
    return (await response.json()) as T;
  }
}

interface CallPage {
  readonly data: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}

function configuration({ minSilenceMs }: BenchEngineOptions): string {
  return `
limits: { maxCalls: 400 }
carriers: [{ name: bench, inbound: [127.0.0.0/8] }]
numbers: [{ number: bench, agent: bench }]
providers: { stt: deepgram, llm: openai, tts: openai }
agents:
  bench:
    instructions: Answer.
    endpointing: { minSilenceMs: ${minSilenceMs} }
    record: true
`;
}
