import { createRequire } from 'node:module';

/** The parts of drachtio-srf that these tests use. The library brings no types. */
export interface SipMessageView {
  readonly body: string;
  readonly status: number;
  readonly method: string;
  readonly uri: string;
  get(name: string): string;
  has(name: string): boolean;
}

export interface Req extends SipMessageView {
  readonly source: string;
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly receivedOn: string;
  readonly stackDialogId: string;
  on(event: 'cancel', listener: (req: SipMessageView) => void): this;
  on(event: 'response', listener: (res: Res) => void): this;
  cancel(options?: object, callback?: (error?: Error) => void): void;
}

export interface Res extends SipMessageView {
  readonly source_address: string;
  readonly source_port: number;
  send(
    status: number,
    options?: object,
    callback?: (error: unknown, sent?: SipMessageView) => void,
  ): void;
}

export interface Dlg {
  readonly id: string;
  readonly sip: { readonly callId: string; readonly localTag: string; readonly remoteTag: string };
  readonly local: { readonly sdp: string; readonly uri: string };
  readonly remote: { readonly sdp: string; readonly uri: string };
  on(event: 'destroy', listener: (req: Req, reason: string) => void): this;
  on(event: string, listener: (req: Req, res: Res) => void): this;
  once(event: string, listener: (req: Req, res: Res) => void): this;
  destroy(options?: object): Promise<Req>;
  modify(sdp: string): Promise<string>;
  request(options: object): Promise<Res>;
}

export interface ProxyResults {
  readonly connected: boolean;
  readonly finalStatus: number;
  readonly responses: readonly {
    readonly address: string;
    readonly port: number;
    readonly msgs: readonly { readonly status: number; readonly msg: SipMessageView }[];
  }[];
}

export interface SrfApp {
  on(event: string, listener: (...args: readonly unknown[]) => void): this;
  connect(options: object): this;
  disconnect(): void;
  invite(handler: (req: Req, res: Res) => void | Promise<void>): void;
  options(handler: (req: Req, res: Res) => void): void;
  message(handler: (req: Req, res: Res) => void): void;
  register(handler: (req: Req, res: Res) => void): void;
  proxyRequest(
    req: Req,
    destination: string | readonly string[],
    options?: object,
  ): Promise<ProxyResults>;
  createUAS(req: Req, res: Res, options: object): Promise<Dlg>;
  createUAC(uri: string, options: object, progress?: object): Promise<Dlg>;
  createB2BUA(req: Req, res: Res, uri: string, options: object): Promise<{ uas: Dlg; uac: Dlg }>;
  request(options: object, callback: (error: Error | null, req: Req) => void): void;
}

const Srf = createRequire(import.meta.url)('drachtio-srf') as new () => SrfApp;

/** Where a SIP server listens for its applications. */
export interface ControlAddress {
  readonly controlHost: string;
  readonly controlPort: number;
  readonly secret: string;
}

/** An unmodified drachtio-srf connected to the server, as an application has it. */
export async function connectSrf(
  server: ControlAddress,
  prepare: (srf: SrfApp) => void = () => undefined,
): Promise<SrfApp> {
  const srf = new Srf();
  prepare(srf);
  const { controlHost: host, controlPort: port, secret } = server;
  await new Promise<void>((resolve, reject) => {
    srf.on('connect', (error) => (error ? reject(error) : resolve()));
    srf.on('error', () => undefined);
    srf.connect({ host, port, secret });
  });
  // Routes are sent before 'connect' fires, in the same stream as everything after them.
  return srf;
}

/** A request outside of a dialog with its final response. */
export function request(srf: SrfApp, options: object): Promise<Res> {
  return new Promise((resolve, reject) => {
    srf.request(options, (error, req) => {
      if (error) reject(error);
      else req.on('response', (res) => res.status >= 200 && resolve(res));
    });
  });
}

/** An SDP offer or answer that names itself. */
export function sdp(name: string): string {
  return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=${name}\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\na=sendrecv\r\n`;
}

/** A promise that the test settles. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
