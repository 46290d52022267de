import type { FastifyReply } from 'fastify';
import type { Problem } from './problem.ts';

/** A whole answer, so that it can be kept and given again. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function jsonAnswer(status: number, body: object): Answer {
  return { status, body: JSON.stringify(body) };
}

export function problemAnswer(problem: Problem, instance: string): Answer {
  return jsonAnswer(problem.status, problem.toBody(instance));
}

export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  const type = answer.status >= 400 ? 'application/problem+json' : 'application/json';
  return reply
    .code(answer.status)
    .header('content-type', `${type}; charset=utf-8`)
    .send(answer.body);
}
