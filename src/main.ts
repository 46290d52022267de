import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeConfig } from './config/describe-config.ts';
import { loadConfig } from './config/load-config.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { diagnoseOnSignal } from './diagnostics.ts';
import { Engine } from './engine.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';

const HELP = `Trunkline: a telephony engine for AI phone agents

  npm start                        with configs/default.yaml
  npm start -- --config FILE       with a configuration of your own
  npm start -- --check             read the configuration, say what is wrong with it, and stop

Every key and environment variable: docs/configuration.md
`;

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      check: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else if (values.version) process.stdout.write(`${version}\n`);
  else {
    const file = values.config;
    const config = loadConfig({ ...(file !== undefined && { file }), env: process.env });
    if (values.check) process.stdout.write('the configuration is good\n');
    else await serve(config);
  }
}

/** Transcripts and recordings are nobody's business outside of the process's own group. */
const FILE_MASK = 0o027;

async function serve(config: TrunklineConfig): Promise<void> {
  process.umask(FILE_MASK);
  const logger = createLogger({ level: config.log.level });
  logger.debug({ config: describeConfig(config) }, 'configuration');
  let started: Engine | undefined;
  const onFatal = (error: Error): void => {
    logger.fatal({ err: error }, 'a part that calls cannot do without is lost');
    process.exitCode = 1;
    // During the start there is no call to end.
    if (started === undefined) process.exit();
    void stop(started, 0, logger);
  };
  const engine = await Engine.start({ config, logger, version, onFatal });
  started = engine;
  for (const note of engine.providerNotes) logger.info(note);
  logger.info({ version, ...engine.addresses }, 'ready');
  // Not into a file or a collector of logs: numbers are personal data.
  if (process.stdout.isTTY || engine.generatedApiKey !== undefined) {
    process.stderr.write(welcome(engine, config));
  }
  stopOnSignals(engine, config.limits.drainMs, logger);
  diagnoseOnSignal(engine, logger);
}

/** For people: what to dial, and with which key to ask. */
function welcome(engine: Engine, config: TrunklineConfig): string {
  const { http, sip } = engine.addresses;
  const numbers = config.numbers.map(({ number }) => (number === '*' ? 'anything' : number));
  const key = engine.generatedApiKey;
  return [
    '',
    `  Call it       sip:${numbers[0] ?? 'demo'}@${sip}   (any SIP phone on this machine, UDP or TCP)`,
    `  API           ${http}/v1/calls, health: ${http}/health`,
    ...(key === undefined ? [] : [`  API key       ${key}   (shown only now)`]),
    ...([config.sip.host].flat().every((each) => /^127\.|^::1$/.test(each))
      ? [
          '  From the LAN  TRUNKLINE_SIP_HOST=0.0.0.0 npm start -- --config my.yaml, with a carrier in my.yaml',
          '                whose `inbound` holds the phones, such as 192.168.1.0/24 (docs/configuration.md)',
        ]
      : []),
    '',
    '',
  ].join('\n');
}

/** SIGTERM lets calls finish, SIGINT ends them, a second signal of either ends the process at once. */
function stopOnSignals(engine: Engine, drainMs: number, logger: Logger): void {
  let isStopping = false;
  const handle = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(130);
    isStopping = true;
    logger.info({ signal, activeCalls: engine.activeCalls }, 'stopping');
    void stop(engine, signal === 'SIGTERM' ? drainMs : 0, logger);
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

async function stop(engine: Engine, drainMs: number, logger: Logger): Promise<void> {
  await engine.drain(drainMs);
  await engine.close();
  logger.info('stopped');
  // Provider sockets may linger in keep-alive: nothing of ours is left to wait for.
  process.exit();
}

try {
  await main();
} catch (error) {
  // The first line says what is wrong; a stack would hide it.
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`trunkline: ${message.split('\n')[0]}\n`);
  process.exitCode = 1;
}
