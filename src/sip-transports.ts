import { readFileSync } from 'node:fs';
import { ConfigError } from './config/config-error.ts';
import type { TrunklineConfig } from './config/schema.ts';
import type { EmbeddedSipServerOptions } from './io/embedded-sip-server.ts';

type TransportOptions = Pick<
  EmbeddedSipServerOptions,
  'host' | 'port' | 'externalIp' | 'listen' | 'tls' | 'webSocketOrigins'
>;

/** Ports of the transports that are listened on where they are free, unless the configuration names others. */
const DEFAULT_PORTS = Object.freeze({ tls: 5_061, ws: 5_080, wss: 5_081 });

/**
 * What the embedded SIP server listens on, and its TLS.
 * @throws ConfigError naming the key of a file that cannot be read.
 */
export function sipTransports({ sip, dataDir }: TrunklineConfig): TransportOptions {
  const { tls } = sip;
  const { certificate, key } = tls;
  return {
    host: sip.host,
    port: sip.port,
    ...(sip.externalIp !== undefined && { externalIp: sip.externalIp }),
    listen: {
      ...listen('tls', sip.tlsPort, sip.port),
      ...listen('ws', sip.wsPort, sip.port),
      ...listen('wss', sip.wssPort, sip.port),
    },
    tls: {
      files: certificate === undefined || key === undefined ? undefined : { certificate, key },
      folder: dataDir,
      clientCertificate: tls.clientCertificate,
      clientAuthorities: pem('sip.tls.clientCa', tls.clientCa),
      serverAuthorities: pem('sip.tls.ca', tls.ca),
      unverifiedHosts: tls.unverifiedHosts,
      allowsWildcards: tls.wildcards,
    },
    ...(sip.webSocketOrigins !== undefined && { webSocketOrigins: sip.webSocketOrigins }),
  };
}

/** The IPv4 address that audio is bound to: `rtp.host`, or the first one of `sip.host`. */
export function mediaHost({ sip, rtp }: TrunklineConfig): string {
  const host = rtp.host ?? [sip.host].flat().find((each) => !each.includes(':'));
  if (host !== undefined) return host;
  throw new ConfigError('rtp.host', 'needed when sip.host holds no IPv4 address');
}

/** One that nobody asked for gives way to whatever holds its port, and to a SIP port that is left to chance. */
function listen(
  transport: keyof typeof DEFAULT_PORTS,
  port: number | undefined,
  sipPort: number,
): TransportOptions['listen'] {
  if (port !== undefined) return { [transport]: { port, isOptional: false } };
  if (sipPort === 0) return {};
  return { [transport]: { port: DEFAULT_PORTS[transport], isOptional: true } };
}

function pem(key: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(key, error instanceof Error ? error.message : 'cannot be read');
  }
}
