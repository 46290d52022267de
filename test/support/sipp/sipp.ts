import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, untilBound } from './ports.ts';

export type SippScenario =
  | 'uac-basic'
  | 'uac-bench'
  | 'uac-bench-media'
  | 'uac-cancel'
  | 'uac-cancel-early'
  | 'uac-changes'
  | 'uac-early-media'
  | 'uac-expect-bye'
  | 'uac-held'
  | 'uac-hold'
  | 'uac-identity'
  | 'uac-in-dialog'
  | 'uac-info'
  | 'uac-late-ack'
  | 'uac-late-offer'
  | 'uac-lost-dialog'
  | 'uac-message'
  | 'uac-no-ack'
  | 'uac-no-hops-left'
  | 'uac-not-acceptable'
  | 'uac-options'
  | 'uac-other-version'
  | 'uac-prack'
  | 'uac-publish'
  | 'uac-reason'
  | 'uac-refer'
  | 'uac-refer-declined'
  | 'uac-refused'
  | 'uac-register'
  | 'uac-softphone-register'
  | 'uac-repeats'
  | 'uac-replaces'
  | 'uac-request'
  | 'uac-session-timer'
  | 'uac-session-too-short'
  | 'uac-subscribe'
  | 'uac-text'
  | 'uac-update'
  | 'uac-wrong-number'
  | 'uas-answer'
  | 'uas-auth'
  | 'uas-busy'
  | 'uas-bye-in-reinvite'
  | 'uas-cancel-reason'
  | 'uas-crossed-cancel'
  | 'uas-early-media'
  | 'uas-final'
  | 'uas-hang-up'
  | 'uas-headers'
  | 'uas-held'
  | 'uas-hold'
  | 'uas-identity'
  | 'uas-info'
  | 'uas-late'
  | 'uas-no-answer'
  | 'uas-options'
  | 'uas-prack'
  | 'uas-proxy-auth'
  | 'uas-redirect'
  | 'uas-refer'
  | 'uas-reject'
  | 'uas-session-timer'
  | 'uas-silent-then-answers'
  | 'uas-subscribe'
  | 'uas-transfers'
  | 'uas-update';

/** A scenario of drachtio-srf's own tests, by its name there without `.xml`. */
export type ShippedScenario = `drachtio-srf/${string}`;

export interface SippOptions {
  readonly scenario: SippScenario | ShippedScenario;
  /** Whom a `uac-` scenario calls. */
  readonly remote?: { readonly host: string; readonly port: number };
  /** The number it calls. */
  readonly service?: string;
  readonly transport?: 'udp' | 'tcp';
  /** Also the address in its SDP. Another one of 127.0.0.0/8 is another host. */
  readonly localAddress?: string;
  /** The port in its SDP. Nothing listens there unless the test does. */
  readonly rtpPort?: number;
  /** Calls in all, by default 1, and at most so many at once. */
  readonly calls?: number;
  readonly concurrentCalls?: number;
  readonly callsPerSecond?: number;
  /** The pause of the scenario: talking, or ringing. */
  readonly pauseMs?: number;
  /** What `{name}` stands for in the scenario: where SIPp itself takes no `[name]`, as for the status that it waits for. */
  readonly texts?: Readonly<Record<string, string>>;
  /** More `[name]` values of the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Rows of an injection file, in order, for `[field0]` and so on. */
  readonly rows?: readonly (readonly string[])[];
  /** Files that the scenario plays, by name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly timeoutSeconds?: number;
}

export interface SippResult {
  /** 0: every call went as the scenario says; 1: some did not; 97: stopped or timed out; others: could not run. */
  readonly exitCode: number;
  readonly successfulCalls: number;
  readonly failedCalls: number;
  readonly retransmissions: number;
  /** What it says went wrong, with the messages; empty when nothing did. */
  readonly errors: string;
}

export interface RunningSipp {
  readonly port: number;
  readonly result: Promise<SippResult>;
  /** Ends this process only; its result follows. */
  stop(): void;
}

/** Why tests with SIPp cannot run here; `undefined` when they can. */
export function sippMissing(): string | undefined {
  const { error } = spawnSync('sipp', ['-v'], { timeout: 10_000 });
  return error && 'sipp is not installed (apt-get install sip-tester)';
}

function sippScenarioPath(scenario: SippScenario | ShippedScenario): string {
  const [, shipped] = scenario.split('drachtio-srf/');
  if (shipped !== undefined) {
    const scenarios = '../../../node_modules/drachtio-srf/test/scenarios';
    return fileURLToPath(new URL(`${scenarios}/${shipped}.xml`, import.meta.url));
  }
  return fileURLToPath(new URL(`../../sipp/${scenario}.xml`, import.meta.url));
}

export async function runSipp(options: SippOptions): Promise<SippResult> {
  const { result } = await startSipp(options);
  return result;
}

/** Resolves when a `uas-` scenario listens. The result never rejects: what went wrong is in it. */
export async function startSipp(options: SippOptions): Promise<RunningSipp> {
  const { transport = 'udp', localAddress = '127.0.0.1' } = options;
  const port = await freePort(transport, localAddress);
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-sipp-'));
  const rowsFile = join(folder, 'rows.csv');
  if (options.rows) {
    await writeFile(
      rowsFile,
      ['SEQUENTIAL', ...options.rows.map((row) => row.join(';'))].join('\n'),
    );
  }
  const scenario = options.texts && (await writeScenario(options, folder));
  for (const [name, bytes] of Object.entries(options.files ?? {})) {
    await writeFile(join(folder, name), bytes);
  }
  const child = spawn(
    'sipp',
    sippArguments({ ...options, transport, localAddress }, { port, folder, scenario }),
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const result = finished(child, folder);
  if (options.remote === undefined) {
    const failed = result.then(({ exitCode, errors }) => {
      throw new Error(`sipp ended with ${exitCode} before it listened: ${errors}`);
    });
    await Promise.race([untilBound({ transport, address: localAddress, port }), failed]);
  }
  return { port, result, stop: () => child.kill() };
}

/** The scenario with its `{name}`s filled in; resolves with the path. */
async function writeScenario(
  { scenario, texts = {} }: SippOptions,
  folder: string,
): Promise<string> {
  let xml = await readFile(sippScenarioPath(scenario), 'utf8');
  for (const [name, text] of Object.entries(texts)) xml = xml.replaceAll(`{${name}}`, text);
  const path = join(folder, 'scenario.xml');
  await writeFile(path, xml);
  return path;
}

function sippArguments(
  options: SippOptions & Required<Pick<SippOptions, 'transport' | 'localAddress'>>,
  place: {
    readonly port: number;
    readonly folder: string;
    readonly scenario: string | undefined;
  },
): string[] {
  const { port, folder, scenario = sippScenarioPath(options.scenario) } = place;
  const { remote, calls = 1, timeoutSeconds = 20 } = options;
  const keys = { rtp_port: String(options.rtpPort ?? 9), caller: '+4930123', ...options.keys };
  return [
    ...(remote ? [`${remote.host}:${remote.port}`] : []),
    ...['-sf', scenario],
    ...['-i', options.localAddress, '-p', String(port)],
    ...['-t', options.transport === 'udp' ? 'u1' : 't1'],
    ...['-m', String(calls), '-l', String(options.concurrentCalls ?? calls)],
    ...['-r', String(options.callsPerSecond ?? 10), '-d', String(options.pauseMs ?? 200)],
    ...['-s', options.service ?? 'demo'],
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
    ...(options.rows ? ['-inf', join(folder, 'rows.csv')] : []),
    ...['-timeout', `${timeoutSeconds}s`, '-timeout_error', '-nostdin'],
    ...['-trace_err', '-error_file', join(folder, 'errors.txt')],
    ...['-trace_stat', '-stf', join(folder, 'statistics.csv'), '-fd', '1'],
  ];
}

async function finished(child: ChildProcess, folder: string): Promise<SippResult> {
  const exitCode = await once(child, 'close').then(
    ([code]) => (typeof code === 'number' ? code : 97),
    () => 127,
  );
  const errors = await readFile(join(folder, 'errors.txt'), 'utf8').catch(() => '');
  const statistics = await readFile(join(folder, 'statistics.csv'), 'utf8').catch(() => '');
  await rm(folder, { recursive: true, force: true });
  return { exitCode, errors, ...parseStatistics(statistics) };
}

/** The last row of SIPp's statistics file, by the names of its first row; `(C)` columns count from the start. */
function parseStatistics(
  csv: string,
): Pick<SippResult, 'successfulCalls' | 'failedCalls' | 'retransmissions'> {
  const [header = '', ...rows] = csv.trim().split('\n');
  const names = header.split(';');
  const last = rows.at(-1)?.split(';') ?? [];
  const count = (name: string) => Number(last[names.indexOf(name)] ?? 0);
  return {
    successfulCalls: count('SuccessfulCall(C)'),
    failedCalls: count('FailedCall(C)'),
    retransmissions: count('Retransmissions(C)'),
  };
}
