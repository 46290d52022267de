import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { CallProgress } from './call-record.ts';
import type { Tables } from './tables.ts';

interface CallFilters {
  readonly status?: CallProgress;
  readonly direction?: 'inbound' | 'outbound';
  /** The number that was called. */
  readonly phoneNumber?: string;
  readonly campaignId?: string;
  /** ISO 8601 in UTC with milliseconds, both exclusive. */
  readonly createdAfter?: string;
  readonly createdBefore?: string;
}

/** The last call of the page before. Without an id, only what is older than its time. */
export interface CallCursor {
  readonly createdAt: string;
  readonly id?: string;
}

export interface CallQuery {
  readonly accountId: string;
  readonly limit: number;
  readonly cursor?: CallCursor;
  readonly filters?: CallFilters;
}

type CallsBuilder = ExpressionBuilder<Tables, 'calls'>;
type Condition = ExpressionWrapper<Tables, 'calls', SqlBool>;

export function conditionsOf(eb: CallsBuilder, query: CallQuery): Condition {
  const { filters = {}, cursor } = query;
  const conditions: Condition[] = [eb('account_id', '=', query.accountId)];
  if (filters.status !== undefined) conditions.push(eb('status', '=', filters.status));
  if (filters.direction !== undefined) conditions.push(eb('direction', '=', filters.direction));
  if (filters.phoneNumber !== undefined) conditions.push(eb('to_number', '=', filters.phoneNumber));
  if (filters.campaignId !== undefined) conditions.push(eb('campaign_id', '=', filters.campaignId));
  if (filters.createdAfter !== undefined) {
    conditions.push(eb('created_at', '>', filters.createdAfter));
  }
  if (filters.createdBefore !== undefined) {
    conditions.push(eb('created_at', '<', filters.createdBefore));
  }
  if (cursor !== undefined) conditions.push(afterCursor(eb, cursor));
  return eb.and(conditions);
}

function afterCursor(eb: CallsBuilder, cursor: CallCursor): Condition {
  const older = eb('created_at', '<', cursor.createdAt);
  if (cursor.id === undefined) return older;
  return eb.or([
    older,
    eb.and([eb('created_at', '=', cursor.createdAt), eb('id', '<', cursor.id)]),
  ]);
}
