import { z } from 'zod';
import type { CallCursor, CallQuery } from '../../store/call-query.ts';
import type { CallRecord } from '../../store/call-record.ts';
import { invalidRequest } from '../problem.ts';
import { toFieldErrors } from './field-errors.ts';

const isoTime = z
  .string('must be given once')
  .refine(isIsoTime, 'must be an ISO 8601 time such as 2026-01-31T12:00:00Z')
  .transform((value) => new Date(value).toISOString())
  .meta({ format: 'date-time' });

export const listQuery = z.object({
  limit: z
    .string('must be given once')
    .regex(/^([1-9]\d?|1\d\d|200)$/, 'must be a whole number from 1 to 200')
    .transform(Number)
    .default(50)
    .meta({ type: 'integer', minimum: 1, maximum: 200, description: '50 when left out.' }),
  cursor: z
    .string('must be given once')
    .refine((value) => parseCursor(value) !== undefined, 'must be the next_cursor of a page')
    .transform(parseCursor)
    .optional()
    .describe('The `next_cursor` of the page before, or a time.'),
  status: z
    .enum(
      ['queued', 'in_progress', 'completed', 'failed', 'cancelled'],
      'must be queued, in_progress, completed, failed or cancelled',
    )
    .optional(),
  direction: z.enum(['inbound', 'outbound'], 'must be inbound or outbound').optional(),
  phone_number: z.string('must be given once').max(64, 'is too long').optional(),
  campaign_id: z.string('must be given once').max(64, 'is too long').optional(),
  created_after: isoTime.optional(),
  created_before: isoTime.optional(),
});

/** Query of `GET /v1/calls`. @throws Problem 400 with every wrong parameter */
export function parseListQuery(input: unknown, accountId: string): CallQuery {
  const parsed = listQuery.safeParse(input);
  if (!parsed.success) throw invalidRequest(toFieldErrors(parsed.error, input));
  const { limit, cursor, status, direction, ...rest } = parsed.data;
  return {
    accountId,
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    filters: {
      ...(status === undefined ? {} : { status }),
      ...(direction === undefined ? {} : { direction }),
      ...(rest.phone_number === undefined ? {} : { phoneNumber: rest.phone_number }),
      ...(rest.campaign_id === undefined ? {} : { campaignId: rest.campaign_id }),
      ...(rest.created_after === undefined ? {} : { createdAfter: rest.created_after }),
      ...(rest.created_before === undefined ? {} : { createdBefore: rest.created_before }),
    },
  };
}

export function cursorAfter(call: CallRecord): string {
  return `${call.createdAt}_${call.id}`;
}

/** A time alone is accepted, too. */
function parseCursor(value: string): CallCursor | undefined {
  const [time = '', id, ...rest] = value.split('_');
  if (!isIsoTime(time) || rest.length > 0) return undefined;
  const createdAt = new Date(time).toISOString();
  return id === undefined ? { createdAt } : { createdAt, id };
}

function isIsoTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(value) && !Number.isNaN(Date.parse(value))
  );
}
