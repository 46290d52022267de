import {
  EmbeddedSipServer,
  type EmbeddedSipServerOptions,
  type SipThreadStats,
} from '../../../src/io/embedded-sip-server.ts';
import { type ControlAddress, connectSrf } from './srf.ts';

const DEFAULT_SECRET = 'cymru';

/** `host:port` of a real drachtio-server to run the same tests against; the embedded server when it is unset. */
const { TRUNKLINE_DRACHTIO: external = '', TRUNKLINE_DRACHTIO_SECRET: secret = DEFAULT_SECRET } =
  process.env;

/** Why a test of what only the embedded server does cannot run now; `undefined` when it can. */
export const notEmbedded: string | undefined =
  external === '' ? undefined : 'not a matter of an external drachtio-server';

/** The SIP server that a test talks to, whichever it is. */
export interface SipServerUnderTest extends ControlAddress {
  /** Where SIP is spoken, UDP and TCP. */
  readonly port: number;
  /** Undefined for an external server, which keeps its counters to itself. */
  stats(): Promise<SipThreadStats | undefined>;
  close(): Promise<void>;
}

/** The embedded server, or the one that `TRUNKLINE_DRACHTIO` names: it knows none of the options. */
export async function startSipServer(
  options: EmbeddedSipServerOptions,
): Promise<SipServerUnderTest> {
  if (external === '') return EmbeddedSipServer.start(options);
  const [controlHost = '', controlPort = ''] = external.split(':');
  const control = {
    controlHost,
    controlPort: Number(controlPort),
    secret,
  };
  return {
    ...control,
    port: await sipPortOf(control),
    stats: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}

async function sipPortOf(control: ControlAddress): Promise<number> {
  let hostports = '';
  const srf = await connectSrf(control, (app) =>
    app.on('connect', (_error, text) => {
      hostports = String(text);
    }),
  );
  srf.disconnect();
  const port = /(?:^|,)udp\/[^,]*:([0-9]+)/.exec(hostports)?.[1];
  if (port === undefined) throw new Error(`no UDP port among ${hostports}`);
  return Number(port);
}
