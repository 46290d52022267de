import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys, Caller } from '../../accounts/api-keys.ts';
import type { Store } from '../../store/store.ts';
import { type Answer, jsonAnswer, sendAnswer } from '../answer.ts';
import { authenticate } from '../authentication.ts';
import type { CarrierDirectory } from '../carrier-directory.ts';
import { runOnce, type Settle } from '../idempotency.ts';
import { invalidRequest } from '../problem.ts';
import { carrierBody, carrierChange, parseCarrierBody } from './carrier-body.ts';
import { CARRIER_OPERATIONS } from './carrier-operations.ts';
import { carrierProblems } from './carrier-rules.ts';
import type { CarrierPageView, CarrierView } from './carrier-schema.ts';
import { toCarrierSettings } from './carrier-settings.ts';
import { toCarrierView } from './carrier-view.ts';

export interface CarrierRoutesOptions {
  readonly store: Store;
  readonly apiKeys: ApiKeys;
  readonly carriers: CarrierDirectory;
}

interface WithCarrierId {
  readonly Params: { readonly carrier_id: string };
}

const COLLECTION = '/v1/phone-numbers/carriers';
const ONE = `${COLLECTION}/:carrier_id`;

/** `/v1/phone-numbers/carriers` and what is below it. */
export class CarrierRoutes {
  readonly #options: CarrierRoutesOptions;

  constructor(options: CarrierRoutesOptions) {
    this.#options = options;
  }

  register(server: FastifyInstance): void {
    const { create, list, show, change, remove } = CARRIER_OPERATIONS;
    server.post(COLLECTION, { config: { operation: create } }, (request, reply) =>
      this.#createOnce(request, reply),
    );
    server.get(COLLECTION, { config: { operation: list } }, (request) => this.#list(request));
    server.get<WithCarrierId>(ONE, { config: { operation: show } }, (request) =>
      this.#show(request),
    );
    server.patch<WithCarrierId>(ONE, { config: { operation: change } }, (request) =>
      this.#change(request),
    );
    server.delete<WithCarrierId>(ONE, { config: { operation: remove } }, (request, reply) =>
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
    const { carriers } = this.#options.carriers;
    const parsed = parseCarrierBody(carrierBody, request.body);
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const settings = toCarrierSettings(parsed.body);
    this.#refuseWrong(settings);
    const draft = carriers.draft(caller.accountId, settings);
    const answer = jsonAnswer(201, toCarrierView(draft, this.#options.carriers));
    await settle(answer, (statements) => carriers.add(draft, statements));
    return answer;
  }

  #list(request: FastifyRequest): CarrierPageView {
    const { accountId } = this.#caller(request);
    const { carriers: directory } = this.#options;
    const records = directory.carriers.list(accountId);
    const data = records.map((record) => toCarrierView(record, directory));
    return { data, next_cursor: null, has_more: false };
  }

  #show(request: FastifyRequest<WithCarrierId>): CarrierView {
    const { accountId } = this.#caller(request);
    const { carriers: directory } = this.#options;
    const record = directory.carriers.find(accountId, request.params.carrier_id);
    return toCarrierView(record, directory);
  }

  async #change(request: FastifyRequest<WithCarrierId>): Promise<CarrierView> {
    const { accountId } = this.#caller(request);
    const { carriers: directory } = this.#options;
    const { carrier } = directory.carriers.find(accountId, request.params.carrier_id);
    const parsed = parseCarrierBody(carrierChange, request.body);
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const changed = { ...toCarrierSettings(parsed.body, carrier), id: carrier.id };
    this.#refuseWrong(changed);
    return toCarrierView(await directory.carriers.update(accountId, changed), directory);
  }

  async #remove(
    request: FastifyRequest<WithCarrierId>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { accountId } = this.#caller(request);
    await this.#options.carriers.carriers.remove(accountId, request.params.carrier_id);
    return reply.code(204).send();
  }

  #caller(request: FastifyRequest): Caller {
    return authenticate(this.#options.apiKeys, request);
  }

  #refuseWrong(settings: Parameters<typeof carrierProblems>[0]): void {
    const { carriers } = this.#options;
    const errors = carrierProblems(settings, (host, port) => carriers.isOwnAddress(host, port));
    if (errors.length > 0) throw invalidRequest(errors);
  }
}
