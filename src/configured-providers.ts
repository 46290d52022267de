import type { TrunklineConfig } from './config/schema.ts';
import { type ChosenProviders, chooseProviders } from './providers/registry.ts';

/** @throws TrunklineError `config-invalid` when a provider is demanded by name and its key is missing */
export function configuredProviders({ providers }: TrunklineConfig): ChosenProviders {
  const { openai, deepgram, ...selection } = providers;
  return chooseProviders({ ...selection, openai: withKey(openai), deepgram: withKey(deepgram) });
}

/** A provider without a key is not configured. */
function withKey<T extends { readonly apiKey?: string }>(
  provider: T,
): (T & { readonly apiKey: string }) | undefined {
  const { apiKey } = provider;
  return apiKey === undefined ? undefined : { ...provider, apiKey };
}
