import type { EventEmitter } from 'node:events';
import { createRequire, registerHooks } from 'node:module';
import type { ControlAddress, Dlg, SrfApp } from './srf.ts';

/** The applications of drachtio-srf's own tests, as far as they are used here. */
export interface ShippedProxy extends EventEmitter {
  readonly srf: SrfApp;
  proxyPromise(destination: string): void;
  proxyCb(destination: string): void;
  disconnect(): unknown;
}

export interface ShippedUas extends EventEmitter {
  readonly srf: SrfApp;
  reject(status: number): unknown;
  accept(sdp?: string | null, useBody?: boolean): unknown;
  acceptCb(): unknown;
  acceptSubscribe(): unknown;
  handleReinviteScenario(): Promise<void>;
  disconnect(): unknown;
}

type Run = (uri: string, ...rest: readonly unknown[]) => unknown;

export interface ShippedB2b extends EventEmitter {
  readonly srf: SrfApp;
  readonly expectSuccess: Run;
  readonly expectCancel: Run;
  readonly expectFailure: Run;
  readonly passHeaders: Run;
  readonly passDisplayName: Run;
  readonly passHeadersOnResponse: Run;
  readonly sdpAsPromise: Run;
  readonly sdpAsFunctionReturningString: Run;
  readonly uriInOpts: Run;
  readonly immediateReinviteFromB: Run;
  readonly expect3pccUasFailure: Run;
  on(
    event: 'connected',
    listener: (dialogs: { readonly uas: Dlg; readonly uac: Dlg }) => void,
  ): this;
  disconnect(): unknown;
}

interface Shipped {
  readonly proxy: ShippedProxy;
  readonly uas: ShippedUas;
  readonly b2b: ShippedB2b;
}

const require = createRequire(import.meta.url);
const config = require('./shipped-config.cjs') as { readonly settings: Map<string, unknown> };
const configUrl = new URL('./shipped-config.cjs', import.meta.url).href;

// The scripts read where to connect to from a package that is not installed here.
registerHooks({
  resolve(specifier, context, next) {
    const isTheirs = specifier === 'config' && context.parentURL?.includes('/drachtio-srf/test/');
    return isTheirs ? { url: configUrl, shortCircuit: true } : next(specifier, context);
  },
});

/** One of those applications, connected to `server`. */
export async function startShipped<Name extends keyof Shipped>(
  name: Name,
  { controlHost: host, controlPort: port, secret }: ControlAddress,
): Promise<Shipped[Name]> {
  config.settings.set('drachtio-sut', { host, port, secret });
  const App = require(`drachtio-srf/test/scripts/${name}`) as new () => Shipped[Name];
  const app = new App();
  await new Promise<void>((resolve, reject) => {
    app.srf.on('connect', (error) => (error ? reject(error) : resolve()));
  });
  return app;
}
