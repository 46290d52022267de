import type { CompiledQuery, Kysely, Updateable } from 'kysely';
import type { CallEvent } from '../call/call-event.ts';
import { outcomeOf } from './call-outcome.ts';
import type { CallsTable, Tables } from './tables.ts';

/** One event of one call, with its wall time. */
export interface StampedEvent {
  readonly callId: string;
  readonly event: CallEvent;
  readonly at: string;
}

/** What one event changes: its row in the outbox, and all that is derived from it. To be run in one transaction. */
export function eventStatements(
  query: Kysely<Tables>,
  stamped: StampedEvent,
): readonly CompiledQuery[] {
  const { event, callId } = stamped;
  const columns = changedColumns(event, stamped.at);
  const statements = [insertEvent(query, stamped)];
  if (event.type === 'transcript') statements.push(insertTranscript(query, stamped, event));
  if (event.type === 'turn') statements.push(insertTrace(query, callId, event));
  if (columns !== undefined) {
    statements.push(query.updateTable('calls').set(columns).where('id', '=', callId).compile());
  }
  return statements;
}

function changedColumns(event: CallEvent, at: string): Updateable<CallsTable> | undefined {
  switch (event.type) {
    case 'dialing':
      return { carrier: event.carrier };
    case 'answered':
      return {
        status: 'in_progress',
        call_status: 'in-progress',
        started_at: at,
        answered_monotonic_ms: event.atMs,
        sip_call_id: event.sipCallId,
        ...(event.carrier !== undefined && { carrier: event.carrier }),
      };
    case 'ended':
      return endedColumns(event, at);
    case 'quality':
      return { quality: JSON.stringify(event.quality) };
    case 'finished':
      return {
        completed: 1,
        duration_ms: event.durationMs,
        recording_path: event.recordingPath ?? null,
        recording_ms: event.recordingMs ?? null,
        recording_error: event.recordingError ?? null,
      };
    default:
      return undefined;
  }
}

function endedColumns(
  { termination }: Extract<CallEvent, { type: 'ended' }>,
  at: string,
): Updateable<CallsTable> {
  const outcome = outcomeOf(termination.reason);
  return {
    status: outcome.status,
    call_status: outcome.callStatus,
    ended_at: at,
    end_reason: termination.reason,
    ended_by: termination.by,
    sip_status: termination.sipStatus ?? null,
    sip_reason: termination.sipReason ?? null,
    end_detail: termination.detail ?? null,
  };
}

function insertEvent(query: Kysely<Tables>, { callId, event, at }: StampedEvent): CompiledQuery {
  return query
    .insertInto('call_events')
    .values({
      call_id: callId,
      sequence: query
        .selectFrom('call_events')
        .where('call_id', '=', callId)
        .select(({ eb, fn, lit }) =>
          eb(fn.coalesce(fn.max('sequence'), lit(0)), '+', lit(1)).as('next'),
        ),
      type: event.type,
      payload: JSON.stringify(event),
      at,
      delivered_at: null,
    })
    .compile();
}

function insertTranscript(
  query: Kysely<Tables>,
  { callId, at }: StampedEvent,
  event: Extract<CallEvent, { type: 'transcript' }>,
): CompiledQuery {
  return query
    .insertInto('transcript_turns')
    .values({
      call_id: callId,
      position: query
        .selectFrom('transcript_turns')
        .where('call_id', '=', callId)
        .select(({ eb, fn, lit }) =>
          eb(fn.coalesce(fn.max('position'), lit(0)), '+', lit(1)).as('next'),
        ),
      speaker: event.speaker,
      text: event.text,
      interrupted: event.interrupted ? 1 : 0,
      at,
    })
    .compile();
}

function insertTrace(
  query: Kysely<Tables>,
  callId: string,
  event: Extract<CallEvent, { type: 'turn' }>,
): CompiledQuery {
  return query
    .insertInto('turn_traces')
    .values({
      call_id: callId,
      position: query
        .selectFrom('turn_traces')
        .where('call_id', '=', callId)
        .select(({ eb, fn, lit }) =>
          eb(fn.coalesce(fn.max('position'), lit(0)), '+', lit(1)).as('next'),
        ),
      trace: JSON.stringify(event.trace),
    })
    .compile();
}
