import { z } from 'zod';
import type { Operation } from '../openapi/operation.ts';
import { callBody } from './call-body.ts';
import {
  callDetailSchema,
  callPageSchema,
  cancelledSchema,
  createdSchema,
  stoppedSchema,
} from './call-schema.ts';
import { listQuery } from './list-query.ts';

const params = z.object({ call_id: z.string().meta({ format: 'uuid' }) });

const headers = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,255}$/)
    .optional()
    .describe('The first answer is kept for 24 hours and given again.'),
});

/** The routes of calls as the OpenAPI document has them. */
export const CALL_OPERATIONS = {
  create: {
    id: 'createCall',
    tag: 'Calls',
    summary: 'Places a call.',
    access: 'key',
    headers,
    body: callBody,
    answers: { 201: { description: 'Stored, and about to be dialled.', schema: createdSchema } },
    problems: [400, 409, 413, 415, 503],
  },
  list: {
    id: 'listCalls',
    tag: 'Calls',
    summary: 'Lists calls, newest first.',
    access: 'key',
    query: listQuery,
    answers: { 200: { description: 'A page of calls.', schema: callPageSchema } },
    problems: [400],
  },
  show: {
    id: 'showCall',
    tag: 'Calls',
    summary: 'Shows one call with its transcript and turns.',
    access: 'key',
    params,
    answers: { 200: { description: 'The call.', schema: callDetailSchema } },
    problems: [404],
  },
  stop: {
    id: 'stopCall',
    tag: 'Calls',
    summary: 'Ends a call that is queued or in progress.',
    access: 'key',
    params,
    headers,
    answers: { 200: { description: 'The call is being ended.', schema: stoppedSchema } },
    problems: [400, 404, 409],
  },
  cancel: {
    id: 'cancelCall',
    tag: 'Calls',
    summary: 'Ends a call that is not answered yet.',
    access: 'key',
    params,
    headers,
    answers: { 200: { description: 'The call is being ended.', schema: cancelledSchema } },
    problems: [400, 404, 409],
  },
} as const satisfies Readonly<Record<string, Operation>>;
