import { z } from 'zod';
import { idempotencyHeaders as headers } from '../openapi/idempotency-headers.ts';
import type { Operation } from '../openapi/operation.ts';
import { carrierBody, carrierChange } from './carrier-body.ts';
import { carrierPageSchema, carrierSchema } from './carrier-schema.ts';

const params = z.object({ carrier_id: z.string().meta({ format: 'uuid' }) });

/** The routes of carriers as the OpenAPI document has them. */
export const CARRIER_OPERATIONS = {
  create: {
    id: 'createCarrier',
    tag: 'Carriers',
    summary: 'Adds a carrier, which is used at once.',
    access: 'key',
    headers,
    body: carrierBody,
    answers: { 201: { description: 'The carrier.', schema: carrierSchema } },
    problems: [400, 409, 413, 415],
  },
  list: {
    id: 'listCarriers',
    tag: 'Carriers',
    summary: 'Lists the carriers of the configuration and of the account, with their state.',
    access: 'key',
    answers: { 200: { description: 'All of them.', schema: carrierPageSchema } },
    problems: [],
  },
  show: {
    id: 'showCarrier',
    tag: 'Carriers',
    summary: 'Shows one carrier with its state.',
    access: 'key',
    params,
    answers: { 200: { description: 'The carrier.', schema: carrierSchema } },
    problems: [404],
  },
  change: {
    id: 'changeCarrier',
    tag: 'Carriers',
    summary: 'Changes a carrier; running calls go on as they are.',
    access: 'key',
    params,
    body: carrierChange,
    answers: { 200: { description: 'The carrier.', schema: carrierSchema } },
    problems: [400, 403, 404, 409, 413, 415],
  },
  remove: {
    id: 'deleteCarrier',
    tag: 'Carriers',
    summary: 'Removes a carrier; running calls go on.',
    access: 'key',
    params,
    answers: { 204: { description: 'It is gone.', isEmpty: true } },
    problems: [403, 404],
  },
} as const satisfies Readonly<Record<string, Operation>>;
