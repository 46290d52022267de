import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../accounts/api-keys.ts';
import type { IdempotencyStore, IdempotentRequest } from '../store/idempotency-store.ts';
import type { Statement } from '../store/sql-database.ts';
import { type Answer, problemAnswer } from './answer.ts';
import { invalidRequest, Problem, toProblem } from './problem.ts';

/** Runs `write` with the statements that keep the answer, to be committed together with the effect itself. */
export type Settle = (
  answer: Answer,
  write: (statements: readonly Statement[]) => Promise<void>,
) => Promise<void>;

export type Effect = (settle: Settle) => Promise<Answer>;

const WITHOUT_KEY: Settle = (_answer, write) => write([]);

/** A refusal that says nothing about the request itself is not kept. */
const NEVER_KEPT = new Set([401, 403, 429]);

/** Runs the effect of a POST once per `Idempotency-Key` and account, and gives the same answer again for 24 hours. */
export async function runOnce(
  store: IdempotencyStore,
  caller: Caller,
  http: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  effect: Effect,
): Promise<Answer> {
  const key = keyOf(http.request);
  if (key === undefined) return effect(WITHOUT_KEY);
  const once = { accountId: caller.accountId, key, fingerprint: fingerprintOf(http.request) };
  const reservation = await store.reserve(once);
  switch (reservation.type) {
    case 'reserved':
      return runReserved(store, once, http.request.id, effect);
    case 'replay':
      http.reply.header('idempotent-replayed', 'true');
      return reservation.reply;
    case 'running':
      throw new Problem(409, 'idempotency_conflict', 'a request with this key is still running', {
        retryAfterSeconds: 1,
      });
    case 'different-request':
      throw new Problem(
        409,
        'idempotency_conflict',
        'this Idempotency-Key was used for a different request',
      );
  }
}

async function runReserved(
  store: IdempotencyStore,
  once: IdempotentRequest,
  instance: string,
  effect: Effect,
): Promise<Answer> {
  let isSettled = false;
  const statementFor = (answer: Answer) =>
    isKept(answer.status) ? store.completion(once, answer) : store.release(once);
  const settle: Settle = async (answer, write) => {
    await write([statementFor(answer)]);
    isSettled = true;
  };
  try {
    const answer = await effect(settle);
    if (!isSettled) await store.run(statementFor(answer));
    return answer;
  } catch (error) {
    const problem = toProblem(error);
    if (!isSettled) await store.run(statementFor(problemAnswer(problem, instance)));
    throw problem;
  }
}

function isKept(status: number): boolean {
  return status < 500 && !NEVER_KEPT.has(status);
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[A-Za-z0-9_-]{8,255}$/.test(key)) return key;
  throw invalidRequest([
    {
      path: 'Idempotency-Key',
      message: 'Idempotency-Key must be 8 to 255 letters, digits, dashes or underscores',
      code: 'invalid_format',
    },
  ]);
}

function fingerprintOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0];
  const text = JSON.stringify([request.method, path, request.body ?? null]);
  return createHash('sha256').update(text).digest('hex');
}
