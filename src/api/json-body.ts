import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/** Checks and `JSON.stringify` go down by recursion; no request has a use for more. */
const MAX_DEPTH = 64;

/** Takes JSON only, and a POST without a body that says it is JSON. */
export function acceptJsonBodies(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request, body: string, done) => {
      if (body === '') return done(null, undefined);
      void parseJson(request, body, (error, value) => {
        if (error === null && isDeeperThan(MAX_DEPTH, value)) done(tooDeep(), undefined);
        else done(error, value);
      });
    },
  );
}

function isDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((each) => isDeeperThan(limit - 1, each));
}

function tooDeep(): Problem {
  return new Problem(400, 'invalid_request', `the body is nested deeper than ${MAX_DEPTH} levels`);
}
