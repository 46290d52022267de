import { ConfigError } from './config-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

type ValueKind = 'text' | 'number' | 'host-port' | 'list';

export interface EnvironmentBinding {
  readonly variable: string;
  readonly path: readonly string[];
  readonly kind: ValueKind;
}

/** Every variable that is read, with the key it sets. The environment wins over the file. */
export const ENVIRONMENT: readonly EnvironmentBinding[] = [
  bind('TRUNKLINE_HTTP_HOST', 'http.host'),
  bind('TRUNKLINE_HTTP_PORT', 'http.port', 'number'),
  bind('TRUNKLINE_HTTP_PUBLIC_URL', 'http.publicUrl'),
  bind('TRUNKLINE_SIP_HOST', 'sip.host', 'list'),
  bind('TRUNKLINE_SIP_PORT', 'sip.port', 'number'),
  bind('TRUNKLINE_SIP_TLS_PORT', 'sip.tlsPort', 'number'),
  bind('TRUNKLINE_SIP_WS_PORT', 'sip.wsPort', 'number'),
  bind('TRUNKLINE_SIP_WSS_PORT', 'sip.wssPort', 'number'),
  bind('TRUNKLINE_TLS_CERT', 'sip.tls.certificate'),
  bind('TRUNKLINE_TLS_KEY', 'sip.tls.key'),
  bind('TRUNKLINE_EXTERNAL_IP', 'sip.externalIp'),
  bind('TRUNKLINE_HEP', 'sip.hep', 'host-port'),
  bind('TRUNKLINE_HEP_PASSWORD', 'sip.hep.password'),
  bind('TRUNKLINE_RTP_HOST', 'rtp.host'),
  bind('TRUNKLINE_RTP_PORTS', 'rtp.ports'),
  bind('TRUNKLINE_DATA_DIR', 'dataDir'),
  bind('TRUNKLINE_MEDIA_THREADS', 'media.threads', 'number'),
  bind('TRUNKLINE_RECORDINGS_FORMAT', 'recordings.format'),
  bind('TRUNKLINE_MAX_CALLS', 'limits.maxCalls', 'number'),
  bind('TRUNKLINE_DRAIN_MS', 'limits.drainMs', 'number'),
  bind('TRUNKLINE_RING_TIMEOUT_MS', 'limits.ringTimeoutMs', 'number'),
  bind('TRUNKLINE_RTP_TIMEOUT_MS', 'limits.rtpTimeoutMs', 'number'),
  bind('TRUNKLINE_FROM_NUMBER', 'fromNumber'),
  bind('TRUNKLINE_API_KEY', 'apiKey'),
  bind('TRUNKLINE_ENCRYPTION_KEY', 'encryptionKey'),
  bind('TRUNKLINE_DRACHTIO', 'drachtio', 'host-port'),
  bind('TRUNKLINE_DRACHTIO_SECRET', 'drachtio.secret'),
  bind('TRUNKLINE_LOG_LEVEL', 'log.level'),
  bind('TRUNKLINE_STT', 'providers.stt'),
  bind('TRUNKLINE_LLM', 'providers.llm'),
  bind('TRUNKLINE_TTS', 'providers.tts'),
  bind('OPENAI_API_KEY', 'providers.openai.apiKey'),
  bind('OPENAI_BASE_URL', 'providers.openai.baseUrl'),
  bind('TRUNKLINE_OPENAI_LLM_MODEL', 'providers.openai.llmModel'),
  bind('TRUNKLINE_OPENAI_STT_MODEL', 'providers.openai.sttModel'),
  bind('TRUNKLINE_OPENAI_TTS_MODEL', 'providers.openai.ttsModel'),
  bind('DEEPGRAM_API_KEY', 'providers.deepgram.apiKey'),
  bind('DEEPGRAM_BASE_URL', 'providers.deepgram.baseUrl'),
  bind('TRUNKLINE_DEEPGRAM_MODEL', 'providers.deepgram.model'),
];

function bind(variable: string, path: string, kind: ValueKind = 'text'): EnvironmentBinding {
  return { variable, path: path.split('.'), kind };
}

/** A plain object as YAML gives it, before the schema has seen it. */
export type RawConfig = Record<string, unknown>;

/**
 * Lays the variables over `raw` in place and returns which variable set which dotted key. An empty variable counts as unset.
 * @throws ConfigError for a TRUNKLINE_ variable that is not known, or one that is no number or no host:port. A list is separated by commas.
 */
export function overlayEnvironment(raw: RawConfig, env: Environment): ReadonlyMap<string, string> {
  refuseUnknownVariables(env);
  const origins = new Map<string, string>();
  for (const binding of ENVIRONMENT) {
    const value = env[binding.variable]?.trim();
    if (value === undefined || value === '') continue;
    for (const [path, parsed] of parseValue(binding, value)) {
      assign(raw, path, parsed);
      origins.set(path.join('.'), binding.variable);
    }
  }
  return origins;
}

function refuseUnknownVariables(env: Environment): void {
  const known = new Set(ENVIRONMENT.map((binding) => binding.variable));
  for (const variable of Object.keys(env)) {
    if (variable.startsWith('TRUNKLINE_') && !known.has(variable)) {
      throw new ConfigError(variable, 'unknown variable');
    }
  }
}

type ParsedValue = readonly [path: readonly string[], value: string | number | readonly string[]];

function parseValue(binding: EnvironmentBinding, value: string): readonly ParsedValue[] {
  switch (binding.kind) {
    case 'text':
      return [[binding.path, value]];
    case 'list':
      return [[binding.path, value.split(',').map((each) => each.trim())]];
    case 'number':
      if (!/^-?\d+(\.\d+)?$/.test(value))
        throw new ConfigError(binding.variable, 'expected a number');
      return [[binding.path, Number(value)]];
    case 'host-port': {
      const [, host, port] = /^([^:\s]+):(\d{1,5})$/.exec(value) ?? [];
      if (host === undefined) throw new ConfigError(binding.variable, 'expected host:port');
      return [
        [[...binding.path, 'host'], host],
        [[...binding.path, 'port'], Number(port)],
      ];
    }
  }
}

/** A scalar in the way is replaced: the schema would have refused it anyway. */
function assign(raw: RawConfig, path: readonly string[], value: ParsedValue[1]): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    raw[key] = value;
    return;
  }
  const child = isRawConfig(raw[key]) ? raw[key] : {};
  raw[key] = child;
  assign(child, rest, value);
}

export function isRawConfig(value: unknown): value is RawConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
