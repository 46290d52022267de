import { z } from 'zod';
import { idempotencyHeaders as headers } from '../openapi/idempotency-headers.ts';
import type { Operation } from '../openapi/operation.ts';
import { sipUserBody } from './sip-user-body.ts';
import { sipUserPageSchema, sipUserSchema } from './sip-user-view.ts';

const params = z.object({ sip_user_id: z.string() });

/** The routes of softphones as the OpenAPI document has them. */
export const SIP_USER_OPERATIONS = {
  create: {
    id: 'createSipUser',
    tag: 'SIP users',
    summary: 'Adds a softphone, which can register at once.',
    access: 'key',
    headers,
    body: sipUserBody,
    answers: { 201: { description: 'The softphone.', schema: sipUserSchema } },
    problems: [400, 409, 413, 415],
  },
  list: {
    id: 'listSipUsers',
    tag: 'SIP users',
    summary: 'Lists the softphones of the configuration and of the account.',
    access: 'key',
    answers: { 200: { description: 'All of them.', schema: sipUserPageSchema } },
    problems: [],
  },
  show: {
    id: 'showSipUser',
    tag: 'SIP users',
    summary: 'Shows one softphone.',
    access: 'key',
    params,
    answers: { 200: { description: 'The softphone.', schema: sipUserSchema } },
    problems: [404],
  },
  remove: {
    id: 'deleteSipUser',
    tag: 'SIP users',
    summary: 'Removes a softphone and its registrations; running calls go on.',
    access: 'key',
    params,
    answers: { 204: { description: 'It is gone.', isEmpty: true } },
    problems: [403, 404],
  },
} as const satisfies Readonly<Record<string, Operation>>;
