import type { Insertable, Selectable } from 'kysely';
import type { Termination } from '../call/termination.ts';
import type { CallRecord, NewCall, TranscriptTurn } from './call-record.ts';
import type { CallsTable, TranscriptTurnsTable } from './tables.ts';

/** Between rows and records. JSON columns hold what this program wrote, so they are trusted. */

export function toRow(call: NewCall, createdAt: string): Insertable<CallsTable> {
  const { spec } = call;
  return {
    id: spec.callId,
    account_id: call.accountId,
    direction: spec.direction,
    from_number: spec.from,
    to_number: spec.to,
    status: 'queued',
    call_status: null,
    spec: JSON.stringify(spec),
    request: JSON.stringify(call.request),
    mode_requested: call.modeRequested,
    voice_requested: call.voiceRequested,
    voice_used: call.voiceUsed,
    provider_notes: JSON.stringify(call.providerNotes),
    campaign_id: null,
    lead_id: null,
    created_at: createdAt,
    started_at: null,
    ended_at: null,
    answered_monotonic_ms: null,
    duration_ms: 0,
    end_reason: null,
    ended_by: null,
    sip_status: null,
    sip_reason: null,
    end_detail: null,
    recording_path: null,
    recording_ms: null,
    recording_error: null,
    sip_call_id: null,
    carrier: call.carrier ?? null,
    quality: null,
    completed: 0,
  };
}

export function toRecord(
  row: Selectable<CallsTable>,
  transcript: readonly TranscriptTurn[],
): CallRecord {
  const termination = toTermination(row);
  return {
    id: row.id,
    accountId: row.account_id,
    spec: JSON.parse(row.spec),
    request: JSON.parse(row.request),
    modeRequested: row.mode_requested,
    voiceRequested: row.voice_requested,
    voiceUsed: row.voice_used,
    providerNotes: JSON.parse(row.provider_notes),
    status: row.status as CallRecord['status'],
    createdAt: row.created_at,
    durationMs: row.duration_ms,
    completed: row.completed === 1,
    transcript,
    ...withoutNulls({
      callStatus: row.call_status as NonNullable<CallRecord['callStatus']> | null,
      campaignId: row.campaign_id,
      leadId: row.lead_id,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      answeredMonotonicMs: row.answered_monotonic_ms,
      recordingPath: row.recording_path,
      recordingMs: row.recording_ms,
      recordingError: row.recording_error,
      sipCallId: row.sip_call_id,
      carrier: row.carrier,
    }),
    ...(termination === undefined ? {} : { termination }),
    ...(row.quality !== null && { quality: JSON.parse(row.quality) }),
  };
}

export function toTranscriptTurn(row: Selectable<TranscriptTurnsTable>): TranscriptTurn {
  return {
    speaker: row.speaker,
    text: row.text,
    interrupted: row.interrupted === 1,
    at: row.at,
  };
}

function toTermination(row: Selectable<CallsTable>): Termination | undefined {
  if (row.end_reason === null || row.ended_by === null) return undefined;
  return {
    reason: row.end_reason as Termination['reason'],
    by: row.ended_by as Termination['by'],
    ...withoutNulls({
      sipStatus: row.sip_status,
      sipReason: row.sip_reason,
      detail: row.end_detail,
    }),
  };
}

type WithoutNulls<T> = { [Key in keyof T]?: NonNullable<T[Key]> };

function withoutNulls<T extends object>(value: T): WithoutNulls<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== null),
  ) as WithoutNulls<T>;
}
