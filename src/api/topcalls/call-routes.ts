import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys, Caller } from '../../accounts/api-keys.ts';
import { TrunklineError } from '../../core/errors.ts';
import type { CallDetail } from '../../store/call-record.ts';
import type { Store } from '../../store/store.ts';
import { type Answer, jsonAnswer, problemAnswer, sendAnswer } from '../answer.ts';
import { authenticate } from '../authentication.ts';
import type { CallGateway } from '../call-gateway.ts';
import { type Effect, runOnce, type Settle } from '../idempotency.ts';
import { conflict, invalidRequest, notFound, toProblem } from '../problem.ts';
import type { RecordingLinks } from '../recording-link.ts';
import { parseCallBody } from './call-body.ts';
import { CALL_OPERATIONS } from './call-operations.ts';
import type { CallDetailView, CallPageView } from './call-schema.ts';
import { toCallView, toDetailView } from './call-view.ts';
import { dtmfBody, parseControlBody, toTransferRequest, transferBody } from './control-body.ts';
import { cursorAfter, parseListQuery } from './list-query.ts';
import { type ResolveVoice, toNewCall } from './new-call.ts';

export interface CallRoutesOptions {
  readonly store: Store;
  readonly calls: CallGateway;
  readonly apiKeys: ApiKeys;
  readonly recordingLinks: RecordingLinks;
  readonly resolveVoice: ResolveVoice;
  readonly isDraining: () => boolean;
  readonly maxCalls: number;
  readonly ringTimeoutMs: number;
  readonly rtpTimeoutMs: number;
  readonly fromNumber: string | undefined;
}

interface WithCallId {
  readonly Params: { readonly call_id: string };
}

/** `/v1/calls` and what is below it. */
export class CallRoutes {
  readonly #options: CallRoutesOptions;

  constructor(options: CallRoutesOptions) {
    this.#options = options;
  }

  register(server: FastifyInstance): void {
    const { create, list, show, stop, cancel } = CALL_OPERATIONS;
    server.post('/v1/calls', { config: { operation: create } }, (request, reply) =>
      this.#once(request, reply, (caller) => (settle) => this.#create(caller, request, settle)),
    );
    server.get('/v1/calls', { config: { operation: list } }, (request) => this.#list(request));
    server.get<WithCallId>('/v1/calls/:call_id', { config: { operation: show } }, (request) =>
      this.#show(request),
    );
    server.post<WithCallId>(
      '/v1/calls/:call_id/stop',
      { config: { operation: stop } },
      (request, reply) =>
        this.#once(request, reply, (caller) => () => this.#stop(caller, request.params.call_id)),
    );
    server.post<WithCallId>(
      '/v1/calls/:call_id/cancel',
      { config: { operation: cancel } },
      (request, reply) =>
        this.#once(request, reply, (caller) => () => this.#cancel(caller, request.params.call_id)),
    );
    this.#registerControls(server);
  }

  /** What is done with a call that is up. */
  #registerControls(server: FastifyInstance): void {
    const { calls } = this.#options;
    const { transfer, hold, resume, dtmf } = CALL_OPERATIONS;
    const controls = [
      [
        'transfer',
        transfer,
        (id: string, body: unknown) =>
          calls.transfer(id, toTransferRequest(parseControlBody(transferBody, body))),
      ],
      ['hold', hold, (id: string) => calls.hold(id)],
      ['resume', resume, (id: string) => calls.resume(id)],
      [
        'dtmf',
        dtmf,
        (id: string, body: unknown) =>
          calls.press(id, parseControlBody(dtmfBody, body).digits.toUpperCase()),
      ],
    ] as const;
    for (const [name, operation, command] of controls) {
      server.post<WithCallId>(
        `/v1/calls/:call_id/${name}`,
        { config: { operation } },
        (request, reply) =>
          this.#once(request, reply, (caller) => () => this.#control(caller, request, command)),
      );
    }
  }

  async #control(
    caller: Caller,
    request: FastifyRequest<WithCallId>,
    command: (callId: string, body: unknown) => void,
  ): Promise<Answer> {
    const call = await this.#find(caller, request.params.call_id);
    if (call.endedAt !== undefined) throw conflict('the call is over');
    this.#command(() => command(call.id, request.body));
    return jsonAnswer(202, { ok: true });
  }

  async #once(
    request: FastifyRequest,
    reply: FastifyReply,
    effectOf: (caller: Caller) => Effect,
  ): Promise<FastifyReply> {
    const caller = authenticate(this.#options.apiKeys, request);
    const { idempotency } = this.#options.store;
    const answer = await runOnce(idempotency, caller, { request, reply }, effectOf(caller));
    return sendAnswer(reply, answer);
  }

  /** The answer 201 means: stored for good. Only then is the call begun, so a crash leaves no call without a record. */
  async #create(caller: Caller, request: FastifyRequest, settle: Settle): Promise<Answer> {
    const { store, calls } = this.#options;
    const parsed = parseCallBody(request.body, this.#options.fromNumber);
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    this.#admit();
    const callId = randomUUID();
    const call = toNewCall(parsed.body, {
      ...this.#options,
      callId,
      accountId: caller.accountId,
    });
    const answer = jsonAnswer(201, { call_id: callId, provider_call_id: callId, status: 'queued' });
    await settle(answer, (statements) => store.calls.create(call, statements));
    try {
      calls.create(call.spec);
    } catch (error) {
      const problem = toProblem(error);
      const refusal = problemAnswer(problem, request.id);
      await settle(refusal, (statements) => store.calls.discard(callId, statements));
      throw problem;
    }
    return answer;
  }

  /** The cheap part of admission; the gateway has the last word. */
  #admit(): void {
    const { calls, isDraining, maxCalls } = this.#options;
    if (isDraining()) throw new TrunklineError('shutting-down', 'the server is shutting down');
    if (calls.activeCalls() < maxCalls) return;
    throw new TrunklineError('calls-at-limit', `${maxCalls} calls are up, which is the limit`);
  }

  async #list(request: FastifyRequest): Promise<CallPageView> {
    const { apiKeys, store } = this.#options;
    const { accountId } = authenticate(apiKeys, request);
    const page = await store.calls.list(parseListQuery(request.query, accountId));
    const last = page.calls.at(-1);
    return {
      data: page.calls.map((call) => toCallView(call, this.#recordingUrl)),
      next_cursor: page.hasMore && last !== undefined ? cursorAfter(last) : null,
      has_more: page.hasMore,
    };
  }

  async #show(request: FastifyRequest<WithCallId>): Promise<CallDetailView> {
    const caller = authenticate(this.#options.apiKeys, request);
    return toDetailView(await this.#find(caller, request.params.call_id), this.#recordingUrl);
  }

  async #stop(caller: Caller, callId: string): Promise<Answer> {
    const call = await this.#find(caller, callId);
    if (call.endedAt !== undefined) throw conflict('the call is over');
    this.#command(() => this.#options.calls.stop(callId));
    return jsonAnswer(200, { ok: true, status: 'cancelled' });
  }

  async #cancel(caller: Caller, callId: string): Promise<Answer> {
    const call = await this.#find(caller, callId);
    if (call.endedAt !== undefined) throw conflict('the call is over');
    if (call.startedAt !== undefined) throw conflict('the call is answered: stop it instead');
    this.#command(() => this.#options.calls.cancel(callId));
    return jsonAnswer(200, { ok: true });
  }

  /** The call ended, or was answered, after the store was asked. */
  #command(command: () => void): void {
    try {
      command();
    } catch (error) {
      if (error instanceof TrunklineError && error.code === 'call-not-found') {
        throw conflict('the call is over');
      }
      throw error;
    }
  }

  async #find(caller: Caller, callId: string): Promise<CallDetail> {
    const call = await this.#options.store.calls.find(caller.accountId, callId);
    if (call === undefined) throw notFound('there is no call with this id');
    return call;
  }

  readonly #recordingUrl = (callId: string, extension: string) =>
    this.#options.recordingLinks.urlOf(callId, extension, Date.now());
}
