import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys, Caller } from '../../accounts/api-keys.ts';
import type { Store } from '../../store/store.ts';
import { type Answer, jsonAnswer, sendAnswer } from '../answer.ts';
import { authenticate } from '../authentication.ts';
import { runOnce, type Settle } from '../idempotency.ts';
import { invalidRequest } from '../problem.ts';
import type { SoftphoneDirectory } from '../softphone-directory.ts';
import { parseSipUserBody } from './sip-user-body.ts';
import { SIP_USER_OPERATIONS } from './sip-user-operations.ts';
import { type SipUserPageView, type SipUserView, toSipUserView } from './sip-user-view.ts';

export interface SipUserRoutesOptions {
  readonly store: Store;
  readonly apiKeys: ApiKeys;
  readonly softphones: SoftphoneDirectory;
}

interface WithSipUserId {
  readonly Params: { readonly sip_user_id: string };
}

const COLLECTION = '/v1/sip-users';
const ONE = `${COLLECTION}/:sip_user_id`;

/** `/v1/sip-users` and what is below it. */
export class SipUserRoutes {
  readonly #options: SipUserRoutesOptions;

  constructor(options: SipUserRoutesOptions) {
    this.#options = options;
  }

  register(server: FastifyInstance): void {
    const { create, list, show, remove } = SIP_USER_OPERATIONS;
    server.post(COLLECTION, { config: { operation: create } }, (request, reply) =>
      this.#createOnce(request, reply),
    );
    server.get(COLLECTION, { config: { operation: list } }, (request) => this.#list(request));
    server.get<WithSipUserId>(ONE, { config: { operation: show } }, (request) =>
      this.#show(request),
    );
    server.delete<WithSipUserId>(ONE, { config: { operation: remove } }, (request, reply) =>
      this.#remove(request, reply),
    );
  }

  async #createOnce(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = this.#caller(request);
    const { idempotency } = this.#options.store;
    const answer = await runOnce(idempotency, caller, { request, reply }, (settle) =>
      this.#create(caller, request, settle),
    );
    return sendAnswer(reply, answer);
  }

  async #create(caller: Caller, request: FastifyRequest, settle: Settle): Promise<Answer> {
    const { softphones } = this.#options;
    const parsed = parseSipUserBody(request.body);
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const draft = softphones.users.draft(caller.accountId, parsed.settings);
    const answer = jsonAnswer(201, toSipUserView(draft, softphones));
    await settle(answer, (statements) => softphones.users.add(draft, statements));
    return answer;
  }

  #list(request: FastifyRequest): SipUserPageView {
    const { accountId } = this.#caller(request);
    const { softphones } = this.#options;
    const data = softphones.users
      .list(accountId)
      .map((record) => toSipUserView(record, softphones));
    return { data, next_cursor: null, has_more: false };
  }

  #show(request: FastifyRequest<WithSipUserId>): SipUserView {
    const { accountId } = this.#caller(request);
    const { softphones } = this.#options;
    const record = softphones.users.find(accountId, request.params.sip_user_id);
    return toSipUserView(record, softphones);
  }

  async #remove(
    request: FastifyRequest<WithSipUserId>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { accountId } = this.#caller(request);
    await this.#options.softphones.remove(accountId, request.params.sip_user_id);
    return reply.code(204).send();
  }

  #caller(request: FastifyRequest): Caller {
    return authenticate(this.#options.apiKeys, request);
  }
}
