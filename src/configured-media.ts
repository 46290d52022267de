import { fileURLToPath } from 'node:url';
import type { TrunklineConfig } from './config/schema.ts';
import { NativeMediaEngine } from './io/native-media-engine.ts';
import { requireOwnAddress } from './local-address.ts';
import { mediaHost } from './sip-transports.ts';

const VAD_WEIGHTS = fileURLToPath(new URL('../build/silero-v6.bin', import.meta.url));

/** @throws ConfigError when the address for audio is not one of this machine */
export async function openMedia(config: TrunklineConfig): Promise<NativeMediaEngine> {
  const { rtp, media } = config;
  const host = mediaHost(config);
  // The media engine binds with the calls only: nobody could be called, and nobody would know why.
  await requireOwnAddress(rtp.host === undefined ? 'sip.host' : 'rtp.host', host);
  return NativeMediaEngine.create({
    host,
    portFirst: rtp.ports.first,
    portLast: rtp.ports.last,
    threads: media.threads,
    vadWeightsPath: VAD_WEIGHTS,
  });
}
