import { type ApiOptions, type ApiServer, createApi } from './api/api-server.ts';
import type { TrunklineConfig } from './config/schema.ts';
import type { ChosenProviders } from './providers/registry.ts';
import { resolveVoice } from './providers/voices.ts';

/** What of the API's options the configuration and the providers do not say. */
type Given = Pick<
  ApiOptions,
  | 'version'
  | 'accountId'
  | 'recordingsDir'
  | 'store'
  | 'calls'
  | 'ladders'
  | 'carriers'
  | 'softphones'
  | 'logger'
  | 'metrics'
>;

export interface ConfiguredApiOptions extends Given {
  readonly config: TrunklineConfig;
  readonly providers: ChosenProviders;
  readonly isDraining: () => boolean;
  readonly isSignalingUp: () => boolean;
}

export function createConfiguredApi({
  config,
  providers,
  isDraining,
  isSignalingUp,
  ...given
}: ConfiguredApiOptions): Promise<ApiServer> {
  const { host, port, publicUrl } = config.http;
  return createApi({
    ...given,
    host,
    port,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(config.fromNumber !== undefined && { fromNumber: config.fromNumber }),
    ...config.limits,
    health: {
      isDraining,
      checks: () => ({ signaling: { isUp: isSignalingUp() } }),
      providers: () => ({
        stt: providers.stt.name,
        llm: providers.llm.name,
        tts: providers.tts.name,
        notes: providers.notes,
      }),
    },
    resolveVoice: (requested) => resolveVoice(providers.tts, requested),
  });
}
