/**
 * What Trunkline uses of drachtio-srf 5.0.29, as its code behaves. The package's own declarations are wrong where it matters here
 * (arguments of `cbRequest`, what a dialog emits, `any`), so these stand in their place.
 */
export interface SrfClient {
  /** `connect` comes once authenticated, or with an error; `close` when the socket is gone. Both an event-loop turn late. */
  on(
    event: 'connect',
    listener: (error: Error | null, hostports?: string, serverVersion?: string) => void,
  ): this;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'close', listener: () => void): this;
  use(middleware: SrfMiddleware): void;
  use(method: string, handler: SrfMiddleware): void;
  connect(options: SrfConnectOptions): void;
  /** Throws when there is no socket. */
  disconnect(): void;
  createUAS(
    req: SrfRequest,
    res: SrfResponse,
    options: { localSdp: string; headers: Record<string, string> },
    callback: SrfDialogCallback,
  ): void;
  /** Throws when there is no socket. `options` is changed by the call. */
  createUAC(
    uri: string,
    options: SrfInviteOptions,
    progress: {
      cbRequest: (error: unknown, req?: SrfRequest) => void;
      cbProvisional: (res: SrfResponse) => void;
    },
    callback: SrfDialogCallback,
  ): void;
  /**
   * Outside of a dialog. Without the callback, it returns a promise that resolves after the response may have gone by.
   * Throws when there is no socket. `options` is changed by the call.
   */
  request(
    uri: string,
    options: SrfRequestOptions,
    callback: (error: unknown, req?: SrfRequest) => void,
  ): void;
}

export interface SrfRequestOptions {
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** The next hop, a SIP URI. */
  proxy?: string;
}

export type SrfMiddleware = (req: SrfRequest, res: SrfResponse, next: () => void) => void;

/** The error is a SipError, an Error or a text; it may come more than once. */
export type SrfDialogCallback = (error: unknown, dialog?: SrfDialog) => void;

export interface SrfConnectOptions {
  host: string;
  port: number;
  secret: string;
  reconnect?: { maxAttempts: number };
}

export interface SrfInviteOptions {
  localSdp: string;
  headers: Record<string, string>;
  /** The next hop, a SIP URI. */
  proxy?: string;
}

export interface SrfMessage {
  readonly headers: Record<string, unknown>;
  /** Empty or absent when there is none. */
  readonly body?: string;
  /** The parts of a multipart body; else one part. */
  readonly payload?: readonly { readonly type?: string | null; readonly content?: string }[];
  get(name: string): string | undefined;
  has(name: string): boolean;
}

export interface SrfRequest extends SrfMessage {
  readonly method: string;
  readonly uri: string;
  /** `application`: the server itself made it. */
  readonly source: 'network' | 'application';
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  getParsedHeader(name: 'contact'): readonly { readonly uri?: string }[];
  getParsedHeader(name: 'from'): {
    readonly uri?: string;
    readonly params?: { readonly tag?: string };
  };
  on(event: 'cancel', listener: (cancel: SrfMessage) => void): this;
  /** Of a sent request; provisional responses too. */
  on(event: 'response', listener: (res: SrfResponse) => void): this;
  /** Of a sent INVITE. Throws when there is no socket. */
  cancel(options: { headers?: Record<string, string> }, callback: (error: unknown) => void): void;
}

export interface SrfResponse extends SrfMessage {
  readonly status: number;
  readonly reason?: string;
  /** The request that it answers, as it was sent. */
  readonly req?: SrfRequest;
  /** Empty, like the port 0, when the server made it. */
  readonly source_address?: string;
  readonly source_port?: number;
  readonly protocol?: string;
  /** Throws for a status that the library does not know. */
  send(
    status: number,
    options?: SrfSendOptions,
    callback?: (error: unknown) => void,
    onPrack?: () => void,
  ): void;
  send(status: number, reason: string, options?: SrfSendOptions): void;
}

export interface SrfSendOptions {
  headers?: Record<string, string>;
  body?: string;
}

export interface SrfDialog {
  readonly type: 'uas' | 'uac';
  readonly sip: { readonly callId: string; readonly localTag: string; readonly remoteTag: string };
  readonly req: SrfRequest;
  /** Of a UAC the 200, of a UAS our own. */
  readonly res: SrfResponse;
  readonly local: { sdp: string; readonly contact: string };
  readonly remote: { readonly uri: string };
  /** The peer's BYE was answered, or the server sent one by itself (`req.source`). */
  on(event: 'destroy', listener: (req: SrfRequest, reason?: string) => void): this;
  on(event: 'ack', listener: (req: SrfRequest) => void): this;
  on(
    event: 'modify' | 'update' | 'options' | 'notify' | 'refer' | 'info' | 'message' | 'publish',
    listener: (req: SrfRequest, res: SrfResponse) => void,
  ): this;
  /** Sends BYE; the callback comes with its answer. */
  destroy(options: { headers?: Record<string, string> }, callback: () => void): void;
  /** The callback comes with an error, or with every response; a final one to an INVITE has been acknowledged. May throw. */
  request(
    options: { method: string; headers?: Record<string, string>; body?: string },
    callback: (error: unknown, response?: SrfResponse) => void,
  ): void;
}
