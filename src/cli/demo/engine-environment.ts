export interface EngineSettings {
  readonly apiKey: string;
  readonly dataDir: string;
  readonly rtpPorts: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of ours, only the choice of providers and models is the user's here: everything else belongs to another engine. */
const PASSED_ON = /^TRUNKLINE_(STT|LLM|TTS|(OPENAI|DEEPGRAM)_\w+)$/;

/** The environment of the demo's engine: on this machine only, on free ports, with a key and a folder of its own. */
export function engineEnvironment(env: Environment, settings: EngineSettings): Environment {
  const others = Object.entries(env).filter(
    ([name]) => !name.startsWith('TRUNKLINE_') || PASSED_ON.test(name),
  );
  return {
    ...Object.fromEntries(others),
    TRUNKLINE_API_KEY: settings.apiKey,
    TRUNKLINE_DATA_DIR: settings.dataDir,
    TRUNKLINE_HTTP_HOST: '127.0.0.1',
    TRUNKLINE_HTTP_PORT: '0',
    TRUNKLINE_SIP_HOST: '127.0.0.1',
    TRUNKLINE_SIP_PORT: '0',
    TRUNKLINE_RTP_PORTS: settings.rtpPorts,
    TRUNKLINE_LOG_LEVEL: 'info',
    TRUNKLINE_RECORDINGS_FORMAT: 'both',
  };
}
