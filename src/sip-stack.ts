import type { TrunklineConfig } from './config/schema.ts';
import { EmbeddedSipServer } from './io/embedded-sip-server.ts';
import { addressFamilies } from './io/sip-local-addresses.ts';
import { SipResolver } from './io/sip-resolver.ts';
import { localAddress } from './local-address.ts';
import type { MediaAddresses } from './media-addresses.ts';
import type { OpenedParts } from './opened-parts.ts';
import type { OwnSipAddress } from './own-sip-address.ts';
import type { SignalingAddresses } from './signaling/signaling.ts';
import { SrfSignaling, type SrfSignalingOptions } from './signaling/srf-signaling.ts';
import { TRANSPORTS } from './sip/endpoint.ts';
import { sipLimits } from './sip-limits.ts';
import type { SipTracing } from './sip-tracing.ts';
import { mediaHost, sipTransports } from './sip-transports.ts';
import type { Softphones } from './softphones.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Trunks } from './trunks.ts';

export interface SipStackOptions {
  readonly config: TrunklineConfig;
  readonly logger: Logger;
  readonly version: string;
  readonly onFatal: (error: Error) => void;
  readonly isDraining: () => boolean;
  readonly trunks: Trunks;
  readonly tracing: SipTracing;
  readonly softphones: Softphones;
  readonly mediaAddresses: MediaAddresses;
  /** Gets the closers of what is opened here. */
  readonly opened: OpenedParts;
}

/** Signalling and the SIP server that it drives: the embedded one, or the drachtio-server that the configuration names. */
export class SipStack {
  readonly signaling: SrfSignaling;
  /** The embedded one. */
  readonly server: EmbeddedSipServer | undefined;
  readonly #config: TrunklineConfig;

  private constructor(
    config: TrunklineConfig,
    signaling: SrfSignaling,
    server?: EmbeddedSipServer,
  ) {
    this.#config = config;
    this.signaling = signaling;
    this.server = server;
  }

  static async open(options: SipStackOptions): Promise<SipStack> {
    const { config, trunks, mediaAddresses } = options;
    trunks.resolveWith(openResolver(options));
    const allow = await trunks.allowed();
    await mediaAddresses.learn(allow);
    // It hears everybody; whose calls are whose is known here all the same.
    if (config.drachtio) return new SipStack(config, openSignaling(options, config.drachtio));
    const server = await openServer(options, allow);
    const { controlHost: host, controlPort: port, secret } = server;
    return new SipStack(config, openSignaling(options, { host, port, secret }), server);
  }

  /** Host and port that a phone dials. */
  phoneAddress(addresses: SignalingAddresses): string {
    if (this.server === undefined) return firstUdp(addresses);
    const { externalIp } = this.#config.sip;
    return `${externalIp ?? localAddress(mediaHost(this.#config))}:${this.server.port}`;
  }

  ownAddress(addresses: SignalingAddresses): OwnSipAddress {
    const { host, externalIp } = this.#config.sip;
    const { server } = this;
    if (server !== undefined) {
      const hosts = [host, externalIp ?? []].flat();
      return { hosts, ports: [server.port, ...Object.values(server.ports)] };
    }
    const [external = '', port] = firstUdp(addresses).split(':');
    return { hosts: [external], ports: [Number(port)] };
  }
}

function openResolver({ config, opened }: SipStackOptions): SipResolver {
  const { dns, host } = config.sip;
  const resolver = new SipResolver({
    servers: dns.servers,
    transports: TRANSPORTS,
    families: addressFamilies([host].flat()),
  });
  opened.add(() => resolver.close());
  return resolver;
}

async function openServer(
  options: SipStackOptions,
  allow: readonly string[],
): Promise<EmbeddedSipServer> {
  const { config, onFatal, trunks, softphones, mediaAddresses, opened } = options;
  const { onCapture } = options.tracing;
  const server = await EmbeddedSipServer.start({
    ...sipTransports(config),
    limits: sipLimits(config),
    allow,
    dnsServers: config.sip.dns.servers,
    ...(onCapture && { onCapture }),
    onError: onFatal,
    onFlowClosed: softphones.dropFlow,
  });
  softphones.serve(server);
  opened.add(() => server.close());
  trunks.publishTo((networks) => {
    server.setAllowed(networks);
    void mediaAddresses.learn(networks);
  });
  return server;
}

function openSignaling(
  { config, logger, version, isDraining, opened }: SipStackOptions,
  control: Pick<SrfSignalingOptions, 'host' | 'port' | 'secret'>,
): SrfSignaling {
  const { sessionExpiresSeconds, minSessionExpiresSeconds } = config.sip;
  const signaling = new SrfSignaling({
    ...control,
    logger,
    invite: {
      userAgent: `Trunkline/${version}`,
      ...(sessionExpiresSeconds !== undefined && { sessionExpiresSeconds }),
      ...(minSessionExpiresSeconds !== undefined && { minSessionExpiresSeconds }),
    },
    isDraining,
  });
  opened.add(() => signaling.close());
  return signaling;
}

function firstUdp({ hostports }: SignalingAddresses): string {
  const udp = hostports.find((hostport) => hostport.startsWith('udp/')) ?? hostports[0] ?? '';
  return udp.replace(/^\w+\//, '');
}
