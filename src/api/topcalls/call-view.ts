import { extname } from 'node:path';
import type {
  CallDetail,
  CallQuality,
  CallRecord,
  TranscriptTurn,
} from '../../store/call-record.ts';
import type { CallDetailView, CallView, TranscriptEntryView } from './call-schema.ts';
import { toTurnView } from './turn-view.ts';

/** The link to the recording of a call; the extension of its file with the dot. */
export type RecordingUrl = (callId: string, extension: string) => string;

const MS_PER_MINUTE = 60_000;

/** A call with everything that is known of it, the turn traces included. */
export function toDetailView(call: CallDetail, recordingUrl: RecordingUrl): CallDetailView {
  const { answeredMonotonicMs } = call;
  const turns =
    answeredMonotonicMs === undefined
      ? []
      : call.turns.map((trace) => toTurnView(trace, answeredMonotonicMs));
  const signaling = call.signaling.map(({ event: { atMs: _, ...said }, at }) => ({ ...said, at }));
  return { ...toCallView(call, recordingUrl), turns, signaling };
}

/** A call as the list shows it: the documented fields, then ours. */
export function toCallView(call: CallRecord, recordingUrl: RecordingUrl): CallView {
  return {
    id: call.id,
    account_id: call.accountId,
    phone_number: call.spec.to,
    from_phone_number: call.spec.from,
    status: call.status,
    call_status: call.callStatus ?? null,
    external_call_id: call.id,
    duration: durationOf(call),
    actual_duration_billed: durationOf(call),
    transcript: call.transcript.map(toTranscriptView),
    recording_url:
      call.recordingPath === undefined ? null : recordingUrl(call.id, extname(call.recordingPath)),
    call_summary: null,
    error_message: errorMessageOf(call),
    answered_by: 'unknown',
    disposition: null,
    campaign_id: call.campaignId ?? null,
    lead_id: call.leadId ?? null,
    completed: call.completed,
    created_at: call.createdAt,
    started_at: call.startedAt ?? null,
    end_at: call.endedAt ?? null,
    metadata: metadataOf(call),
    ...extensionsOf(call),
  };
}

function extensionsOf(call: CallRecord) {
  const { termination } = call;
  return {
    direction: call.spec.direction,
    mode: 'legacy' as const,
    mode_requested: call.modeRequested,
    voice_requested: call.voiceRequested,
    voice_used: call.voiceUsed,
    provider_notes: call.providerNotes,
    carrier: call.carrier ?? null,
    sip_call_id: call.sipCallId ?? null,
    quality: call.quality === undefined ? null : toQualityView(call.quality),
    end_reason: termination?.reason ?? null,
    ended_by: termination?.by ?? null,
    sip_status: termination?.sipStatus ?? null,
    sip_reason: termination?.sipReason ?? null,
    end_detail: termination?.detail ?? null,
    recording_format: formatOf(call.recordingPath),
    recording_duration: call.recordingMs === undefined ? null : toMinutes(call.recordingMs),
    recording_error: call.recordingError ?? null,
    sip_headers: { ...call.spec.sipHeaders },
  };
}

function toQualityView({ received, sent, roundTripMs }: CallQuality) {
  return {
    received: received === undefined ? null : toDirectionView(received),
    sent: sent === undefined ? null : toDirectionView(sent),
    round_trip_ms: roundTripMs === undefined ? null : rounded(roundTripMs),
  };
}

function toDirectionView({
  lossPercent,
  jitterMs,
  mos,
  lowestMos,
}: NonNullable<CallQuality['sent']>) {
  return {
    loss_percent: rounded(lossPercent),
    jitter_ms: rounded(jitterMs),
    mos: rounded(mos),
    lowest_mos: rounded(lowestMos),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The speaker's role is in `user`. `interrupted` is ours: the caller spoke over the rest. */
function toTranscriptView(turn: TranscriptTurn, index: number): TranscriptEntryView {
  return {
    id: index + 1,
    user: turn.speaker === 'agent' ? 'assistant' : 'user',
    text: turn.text,
    created_at: turn.at,
    interrupted: turn.interrupted,
  };
}

/** In minutes. Between its end and its last write a call has no measured duration yet, but its times. */
function durationOf({ completed, durationMs, startedAt, endedAt }: CallRecord): number {
  const isEnding = !completed && startedAt !== undefined && endedAt !== undefined;
  const ms = isEnding ? Date.parse(endedAt) - Date.parse(startedAt) : durationMs;
  return toMinutes(ms);
}

function toMinutes(ms: number): number {
  return Math.round((ms / MS_PER_MINUTE) * 10_000) / 10_000;
}

function formatOf(recordingPath: string | undefined): CallView['recording_format'] {
  if (recordingPath === undefined) return null;
  return extname(recordingPath) === '.wav' ? 'wav' : 'mp3';
}

function errorMessageOf(call: CallRecord): string | null {
  const { termination } = call;
  if (call.status !== 'failed' || termination === undefined) return null;
  const sip = [termination.sipStatus, termination.sipReason].filter((each) => each !== undefined);
  const parts = [termination.reason, sip.join(' '), termination.detail ?? ''];
  return parts.filter((part) => part !== '').join(': ');
}

/** The settings of the call, and what the client gave it along. */
function metadataOf(call: CallRecord): CallView['metadata'] {
  const { metadata, phone_number, from_number, ...settings } = call.request;
  return { ...settings, ...(typeof metadata === 'object' ? metadata : {}) };
}
