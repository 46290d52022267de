import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import {
  type Environment,
  isRawConfig,
  overlayEnvironment,
  type RawConfig,
} from './environment.ts';
import { configSchema, type TrunklineConfig } from './schema.ts';

export interface ConfigSources {
  /** YAML file; left out, `configs/default.yaml` of the installation when it is there. */
  readonly file?: string;
  readonly env: Environment;
}

const DEFAULT_FILE = fileURLToPath(new URL('../../configs/default.yaml', import.meta.url));

/**
 * Reads the file, lays the environment over it and checks every key.
 * @throws ConfigError with one line: where it is (file and key, or variable) and what is wrong.
 */
export function loadConfig(sources: ConfigSources): TrunklineConfig {
  const file = sources.file ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const raw = file === undefined ? {} : readYaml(file);
  const origins = overlayEnvironment(raw, sources.env);
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) throw firstProblem(parsed.error, file, origins);
  checkReferences(parsed.data, file);
  return deepFreeze(parsed.data);
}

function readYaml(file: string): RawConfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file), { prettyErrors: false, lineCounter });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lineCounter.linePos(error.pos[0]);
    throw new ConfigError(file, `line ${line}: ${error.message}`);
  }
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return {};
  if (!isRawConfig(value)) throw new ConfigError(file, 'expected keys and values');
  return value;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, error instanceof Error ? error.message : 'cannot be read');
  }
}

function firstProblem(
  error: z.ZodError,
  file: string | undefined,
  origins: ReadonlyMap<string, string>,
): ConfigError {
  const [issue] = error.issues;
  if (issue === undefined) return new ConfigError(file ?? 'configuration', 'not valid');
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...issue.path.map(String), ...unknown];
  const problem = unknown.length > 0 ? 'unknown key' : issue.message;
  const variable = origins.get(path.join('.'));
  return new ConfigError(variable ?? inFile(file, path.join('.')), problem);
}

function inFile(file: string | undefined, key: string): string {
  return file === undefined ? key : `${file}: ${key}`;
}

function checkReferences(config: TrunklineConfig, file: string | undefined): void {
  refuseDuplicates(
    config.carriers.map((carrier) => carrier.name),
    (index) => inFile(file, `carriers.${index}.name`),
  );
  refuseDuplicates(
    config.numbers.map((entry) => entry.number),
    (index) => inFile(file, `numbers.${index}.number`),
  );
  for (const [index, entry] of config.numbers.entries()) {
    if (Object.hasOwn(config.agents, entry.agent)) continue;
    throw new ConfigError(inFile(file, `numbers.${index}.agent`), 'no agent has this name');
  }
  checkSoftphones(config, file);
  const { certificate, key } = config.sip.tls;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new ConfigError(inFile(file, 'sip.tls'), 'certificate and key go together');
  }
  for (const [index, entry] of config.numbers.entries()) {
    const { carrier } = entry;
    if (carrier === undefined || config.carriers.some((each) => each.name === carrier)) continue;
    throw new ConfigError(inFile(file, `numbers.${index}.carrier`), 'no carrier has this name');
  }
  for (const [index, carrier] of config.carriers.entries()) {
    const where = inFile(file, `carriers.${index}`);
    if ((carrier.username === undefined) !== (carrier.password === undefined)) {
      throw new ConfigError(where, 'username and password go together');
    }
    const hasGateway = carrier.gateway !== undefined || carrier.gateways.length > 0;
    if (carrier.registration !== undefined && !hasGateway) {
      throw new ConfigError(where, 'a registration needs a gateway');
    }
  }
}

function checkSoftphones(config: TrunklineConfig, file: string | undefined): void {
  refuseDuplicates(
    config.sip.users.map((user) => user.username),
    (index) => inFile(file, `sip.users.${index}.username`),
  );
  for (const [index, { agent }] of config.sip.users.entries()) {
    if (agent === undefined || Object.hasOwn(config.agents, agent)) continue;
    throw new ConfigError(inFile(file, `sip.users.${index}.agent`), 'no agent has this name');
  }
}

function refuseDuplicates(values: readonly string[], where: (index: number) => string): void {
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) < index) throw new ConfigError(where(index), 'used twice');
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
