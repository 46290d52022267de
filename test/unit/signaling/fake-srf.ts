import type {
  SrfClient,
  SrfConnectOptions,
  SrfDialog,
  SrfDialogCallback,
  SrfInviteOptions,
  SrfMessage,
  SrfMiddleware,
  SrfRequest,
  SrfRequestOptions,
  SrfResponse,
  SrfSendOptions,
} from '../../../src/signaling/srf-client.ts';

type Listener = (...args: never[]) => unknown;

/** Listeners by event, called in order with whatever the test gives. */
class Events {
  readonly #listeners = new Map<string, Listener[]>();

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }

  emit(event: string, ...args: readonly unknown[]): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    for (const listener of listeners) Reflect.apply(listener, undefined, args);
    return listeners.length > 0;
  }
}

class FakeMessage extends Events implements SrfMessage {
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly payload: { type: string; content: string }[] = [];

  constructor(headers: Record<string, string>, body = '') {
    super();
    this.headers = body === '' ? headers : { 'content-type': 'application/sdp', ...headers };
    this.body = body;
  }

  get(name: string): string | undefined {
    const value = this.headers[name.toLowerCase()];
    return typeof value === 'string' ? value : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}

export class FakeRequest extends FakeMessage implements SrfRequest {
  readonly method: string;
  uri = 'sip:demo@127.0.0.1';
  source: 'network' | 'application' = 'network';
  readonly source_address = '127.0.0.2';
  readonly source_port = 5070;
  readonly protocol = 'udp';
  cancels = 0;
  cancelHeaders: Record<string, string> | undefined;
  cancelError: Error | undefined;

  constructor(method: string, headers: Record<string, string> = {}, body = '') {
    super(headers, body);
    this.method = method;
  }

  getParsedHeader(name: 'contact'): { uri?: string }[];
  getParsedHeader(name: 'from'): { uri?: string; params?: { tag?: string } };
  getParsedHeader(name: string): { uri?: string }[] | { uri?: string; params?: { tag?: string } } {
    const text = this.get(name);
    if (text === undefined) throw new Error(`header '${name}' not available`);
    if (name === 'contact') return [{ uri: text }];
    const tag = /tag=(\w+)/.exec(text)?.[1];
    const uri = /<([^>]*)>/.exec(text)?.[1];
    return { ...(uri !== undefined && { uri }), params: tag === undefined ? {} : { tag } };
  }

  cancel(
    { headers }: { headers?: Record<string, string> },
    callback: (error: unknown) => void,
  ): void {
    this.cancels += 1;
    this.cancelHeaders = headers;
    if (this.cancelError) throw this.cancelError;
    callback(null);
  }
}

export class FakeResponse extends FakeMessage implements SrfResponse {
  readonly status: number;
  readonly reason: string;
  readonly sent: { status: number; reason?: string; options?: SrfSendOptions }[] = [];
  /** Of the newest response: what the server said of it, and the PRACK of it. */
  onSent: ((error: unknown) => void) | undefined;
  onPrack: (() => void) | undefined;

  constructor(status = 0, headers: Record<string, string> = {}, body = '') {
    super(headers, body);
    this.status = status;
    this.reason = `reason of ${status}`;
  }

  send(
    status: number,
    second?: string | SrfSendOptions,
    third?: SrfSendOptions | ((error: unknown) => void),
    onPrack?: () => void,
  ): void {
    const reason = typeof second === 'string' ? second : undefined;
    const options =
      typeof third === 'object' ? third : typeof second === 'object' ? second : undefined;
    this.onSent = typeof third === 'function' ? third : undefined;
    this.onPrack = onPrack;
    this.sent.push({ status, ...(reason && { reason }), ...(options && { options }) });
  }
}

export interface SentInDialog {
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly callback: (error: unknown, response?: SrfResponse) => void;
}

export class FakeDialog extends Events implements SrfDialog {
  type: 'uas' | 'uac' = 'uas';
  readonly sip = { callId: 'call-1', localTag: 'ours1', remoteTag: 'a1' };
  readonly local = { sdp: 'ours', contact: '<sip:us@127.0.0.1>' };
  readonly remote = { uri: 'sip:them@127.0.0.2:5070;transport=udp' };
  readonly req = new FakeRequest('INVITE', INVITE_HEADERS);
  readonly res: FakeResponse;
  readonly byes: (() => void)[] = [];
  readonly byeHeaders: (Record<string, string> | undefined)[] = [];
  readonly requests: SentInDialog[] = [];

  constructor(answerSdp = '') {
    super();
    this.res = new FakeResponse(200, {}, answerSdp);
  }

  destroy(options: { headers?: Record<string, string> }, callback: () => void): void {
    this.byeHeaders.push(options.headers);
    this.byes.push(callback);
  }

  request(options: Omit<SentInDialog, 'callback'>, callback: SentInDialog['callback']): void {
    this.requests.push({ ...options, callback });
  }

  /** The peer answers the newest request of ours. */
  respond(status: number, body = '', headers: Record<string, string> = {}): void {
    this.requests.at(-1)?.callback(null, new FakeResponse(status, headers, body));
  }

  /** The peer asks within the dialog. */
  ask(event: string, body = '', headers: Record<string, string> = {}): FakeResponse {
    const res = new FakeResponse();
    this.emit(event, new FakeRequest(event, headers, body), res);
    return res;
  }
}

export interface SentInvite {
  readonly uri: string;
  readonly options: SrfInviteOptions;
  readonly cbRequest: (error: unknown, req?: SrfRequest) => void;
  readonly cbProvisional: (res: SrfResponse) => void;
  readonly callback: SrfDialogCallback;
}

export interface SentRequest {
  readonly uri: string;
  readonly options: SrfRequestOptions;
  readonly callback: (error: unknown, req?: SrfRequest) => void;
}

/** The library as the tests play it: nothing happens by itself. */
export class FakeSrf extends Events implements SrfClient {
  readonly handlers: [method: string, handler: SrfMiddleware][] = [];
  readonly invites: SentInvite[] = [];
  readonly answers: { localSdp: string; callback: SrfDialogCallback }[] = [];
  readonly requests: SentRequest[] = [];
  readonly connects: SrfConnectOptions[] = [];
  disconnects = 0;
  createUacError: Error | undefined;

  use(method: string | SrfMiddleware, handler?: SrfMiddleware): void {
    if (typeof method === 'function') this.handlers.push(['*', method]);
    else if (handler) this.handlers.push([method, handler]);
  }

  connect(options: SrfConnectOptions): void {
    this.connects.push(options);
  }

  disconnect(): void {
    this.disconnects += 1;
    this.emit('close');
  }

  createUAS(
    _req: SrfRequest,
    _res: SrfResponse,
    options: { localSdp: string },
    callback: SrfDialogCallback,
  ): void {
    this.answers.push({ localSdp: options.localSdp, callback });
  }

  createUAC(
    uri: string,
    options: SrfInviteOptions,
    progress: Pick<SentInvite, 'cbRequest' | 'cbProvisional'>,
    callback: SrfDialogCallback,
  ): void {
    if (this.createUacError) throw this.createUacError;
    this.invites.push({ uri, options, ...progress, callback });
  }

  request(
    uri: string,
    options: SrfRequestOptions,
    callback: (error: unknown, req?: SrfRequest) => void,
  ): void {
    this.requests.push({ uri, options, callback });
  }

  /** A request comes in: through the handlers like through the library's middleware. */
  receive(req: SrfRequest): FakeResponse {
    const res = new FakeResponse();
    const run = (index: number): void => {
      const [method, handler] = this.handlers[index] ?? [];
      if (handler === undefined) return;
      if (method === '*' || method === req.method.toLowerCase()) {
        handler(req, res, () => run(index + 1));
      } else run(index + 1);
    };
    run(0);
    return res;
  }
}

export const INVITE_HEADERS = {
  'call-id': 'call-1',
  from: '"Alice" <sip:+4930123@127.0.0.2>;tag=a1',
  to: '<sip:demo@127.0.0.1>',
  contact: '<sip:+4930123@127.0.0.2:5070>',
};
