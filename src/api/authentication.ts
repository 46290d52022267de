import type { FastifyRequest } from 'fastify';
import type { ApiKeys, Caller } from '../accounts/api-keys.ts';
import { Problem } from './problem.ts';

const MAX_KEY_LENGTH = 512;

/** The bearer of a valid key. @throws Problem 401 */
export function authenticate(apiKeys: ApiKeys, request: FastifyRequest): Caller {
  const [, key] = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) throw unauthorized('an API key is missing: Authorization: Bearer <key>');
  const caller = key.length > MAX_KEY_LENGTH ? undefined : apiKeys.authenticate(key);
  if (caller === undefined) throw unauthorized('the API key is not valid');
  return caller;
}

function unauthorized(detail: string): Problem {
  return new Problem(401, 'unauthorized', detail);
}
