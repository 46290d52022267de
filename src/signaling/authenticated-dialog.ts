import type { DigestedRequest } from './digest-answer.ts';
import type { DigestRound, DigestSession } from './digest-session.ts';
import type { SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';

type Options = Parameters<SrfDialog['request']>[0];
type Callback = Parameters<SrfDialog['request']>[1];

/**
 * A dialog whose requests are sent again with credentials when they are challenged (RFC 3261 section 22), BYE too. Only a
 * carrier with credentials has one.
 */
export class AuthenticatedDialog implements SrfDialog {
  readonly #dialog: SrfDialog;
  readonly #digest: DigestSession;

  constructor(dialog: SrfDialog, digest: DigestSession) {
    this.#dialog = dialog;
    this.#digest = digest;
  }

  get type(): SrfDialog['type'] {
    return this.#dialog.type;
  }

  get sip(): SrfDialog['sip'] {
    return this.#dialog.sip;
  }

  get req(): SrfRequest {
    return this.#dialog.req;
  }

  get res(): SrfResponse {
    return this.#dialog.res;
  }

  get local(): SrfDialog['local'] {
    return this.#dialog.local;
  }

  get remote(): SrfDialog['remote'] {
    return this.#dialog.remote;
  }

  on(event: 'destroy', listener: (req: SrfRequest, reason?: string) => void): this;
  on(event: 'ack', listener: (req: SrfRequest) => void): this;
  on(
    event: 'modify' | 'update' | 'options' | 'notify' | 'refer' | 'info' | 'message' | 'publish',
    listener: (req: SrfRequest, res: SrfResponse) => void,
  ): this;
  on(event: string, listener: (...args: never[]) => void): this {
    Reflect.apply(this.#dialog.on, this.#dialog, [event, listener]);
    return this;
  }

  destroy({ headers = {} }: { headers?: Record<string, string> }, callback: () => void): void {
    this.request({ method: 'BYE', headers }, (_error, response) => {
      if (response === undefined || response.status >= 200) callback();
    });
  }

  request(options: Options, callback: Callback): void {
    this.#send(options, this.#digest.round(), callback);
  }

  #send(options: Options, round: DigestRound, callback: Callback): void {
    this.#dialog.request({ ...options }, (error, response) => {
      const credentials = response && round.answer(response, digested(options, response));
      if (credentials === undefined) callback(error, response);
      else this.#sendAgain(options, { round, credentials, response }, callback);
    });
  }

  /** Within a callback of the library: what it throws must not go up into its socket. */
  #sendAgain(
    options: Options,
    retry: {
      readonly round: DigestRound;
      readonly credentials: Readonly<Record<string, string>>;
      readonly response: SrfResponse | undefined;
    },
    callback: Callback,
  ): void {
    const headers = { ...options.headers, ...retry.credentials };
    try {
      this.#send({ ...options, headers }, retry.round, callback);
    } catch {
      callback(null, retry.response);
    }
  }
}

/** The remote target is known from what was sent. */
function digested({ method, body = '' }: Options, { req }: SrfResponse): DigestedRequest {
  return { method, uri: req?.uri ?? '', body };
}
