import { z } from 'zod';
import { idempotencyHeaders as headers } from '../openapi/idempotency-headers.ts';
import type { Operation } from '../openapi/operation.ts';
import { callBody } from './call-body.ts';
import {
  callDetailSchema,
  callPageSchema,
  cancelledSchema,
  createdSchema,
  stoppedSchema,
} from './call-schema.ts';
import { acceptedSchema, dtmfBody, transferBody } from './control-body.ts';
import { listQuery } from './list-query.ts';

const params = z.object({ call_id: z.string().meta({ format: 'uuid' }) });

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
    problems: [400, 402, 403, 409, 413, 415, 429, 503],
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
  transfer: {
    id: 'transferCall',
    tag: 'Calls',
    summary: 'Sends the far end of an answered call to another number.',
    access: 'key',
    params,
    headers,
    body: transferBody,
    answers: {
      202: {
        description: 'Begun; the call’s `transfers` say how it goes.',
        schema: acceptedSchema,
      },
    },
    problems: [400, 404, 409, 413, 415],
  },
  hold: {
    id: 'holdCall',
    tag: 'Calls',
    summary: 'Puts an answered call on hold.',
    access: 'key',
    params,
    headers,
    answers: { 202: { description: 'The far end is being asked.', schema: acceptedSchema } },
    problems: [400, 404, 409],
  },
  resume: {
    id: 'resumeCall',
    tag: 'Calls',
    summary: 'Takes a call off hold.',
    access: 'key',
    params,
    headers,
    answers: { 202: { description: 'The far end is being asked.', schema: acceptedSchema } },
    problems: [400, 404, 409],
  },
  dtmf: {
    id: 'pressKeys',
    tag: 'Calls',
    summary: 'Presses keys on an answered call.',
    access: 'key',
    params,
    headers,
    body: dtmfBody,
    answers: { 202: { description: 'The keys are being sent.', schema: acceptedSchema } },
    problems: [400, 404, 409, 413, 415],
  },
} as const satisfies Readonly<Record<string, Operation>>;
