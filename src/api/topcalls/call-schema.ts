import { z } from 'zod';

/** The answers about calls: what the views must give, and what the OpenAPI document promises. */

const time = () => z.string().meta({ format: 'date-time' });
const uuid = () => z.string().meta({ format: 'uuid' });
/** Milliseconds since the answer, unless said otherwise; absent = did not happen. */
const stamp = () => z.number().optional();

const transcriptEntry = z.object({
  id: z.int(),
  user: z.enum(['assistant', 'user']).describe('The role of the speaker.'),
  text: z.string().describe('Of the assistant: what was heard, not what was generated.'),
  created_at: time(),
  interrupted: z.boolean().describe('The other side spoke over the rest.'),
});

const bargeIn = z.object({
  onset_ms: stamp(),
  ducked_ms: stamp(),
  stopped_ms: stamp(),
  outcome: z.enum(['flushed', 'resumed']),
  heard_ms: z.number().optional().describe('How much of the turn was heard.'),
  duck_delay_ms: stamp().describe('Since the first packet of the interruption.'),
  stop_delay_ms: stamp().describe('Since the first packet of the interruption.'),
});

const turn = z
  .object({
    turn_id: z.int(),
    kind: z.enum(['greeting', 'reply', 'failure']),
    caller_speech_start_ms: stamp(),
    caller_speech_end_ms: stamp(),
    endpoint_ms: stamp(),
    endpoint_reason: z.enum(['transcript', 'silence', 'dtmf']).optional(),
    transcript_final_ms: stamp(),
    llm_request_ms: stamp(),
    llm_first_token_ms: stamp(),
    first_sentence_ms: stamp(),
    tts_request_ms: stamp(),
    tts_first_byte_ms: stamp(),
    first_packet_out_ms: stamp(),
    playout_end_ms: stamp(),
    gap_ms: stamp().describe("From the caller's last speech packet to the agent's first one."),
    barge_in: bargeIn.optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'Turn', description: 'Stamps are milliseconds since the call was answered.' });

const directionQuality = z
  .object({
    loss_percent: z.number(),
    jitter_ms: z.number(),
    mos: z.number().describe('Mean opinion score, 1 to 4.5, by the E-model (ITU-T G.107).'),
    lowest_mos: z.number().describe('Of the worst five seconds.'),
  })
  .meta({ id: 'DirectionQuality' });

const quality = z
  .object({
    received: directionQuality.nullable().describe('What was heard of the far end.'),
    sent: directionQuality
      .nullable()
      .describe('What the far end reports to have heard; null when it sends no RTCP.'),
    round_trip_ms: z.number().nullable(),
  })
  .meta({ id: 'CallQuality' });

export const callSchema = z
  .object({
    id: uuid(),
    account_id: z.string(),
    phone_number: z.string(),
    from_phone_number: z.string(),
    status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'cancelled']),
    call_status: z
      .enum(['in-progress', 'completed', 'failed', 'no-answer', 'busy', 'rejected', 'cancelled'])
      .nullable(),
    external_call_id: z.string(),
    duration: z.number().describe('Minutes since the answer; 0 until the call is over.'),
    actual_duration_billed: z.number().describe('Minutes.'),
    transcript: z.array(transcriptEntry),
    recording_url: z.string().nullable().describe('Works without a key for 24 hours.'),
    call_summary: z.null(),
    error_message: z.string().nullable(),
    answered_by: z.enum(['unknown']),
    disposition: z.null(),
    campaign_id: z.string().nullable(),
    lead_id: z.string().nullable(),
    completed: z.boolean().describe('Everything about the call is stored, its recording too.'),
    created_at: time(),
    started_at: time().nullable(),
    end_at: time().nullable(),
    metadata: z.record(z.string(), z.unknown()).describe('The settings and your own metadata.'),
    direction: z.enum(['inbound', 'outbound']),
    mode: z.enum(['legacy']),
    mode_requested: z.string(),
    voice_requested: z.string(),
    voice_used: z.string(),
    provider_notes: z.array(z.string()).readonly(),
    carrier: z.string().nullable(),
    sip_call_id: z.string().nullable(),
    quality: quality.nullable().describe('How the call sounded, once its audio has ended.'),
    end_reason: z.string().nullable(),
    ended_by: z.enum(['caller', 'agent', 'api', 'system', 'network']).nullable(),
    sip_status: z.int().nullable(),
    sip_reason: z.string().nullable(),
    recording_format: z.enum(['mp3', 'wav']).nullable(),
    recording_duration: z.number().nullable().describe('Minutes.'),
    recording_error: z
      .string()
      .nullable()
      .describe('Why there is no recording, or why it is shorter than the call.'),
    end_detail: z.string().nullable().describe('The words of the far end, such as its Reason.'),
    sip_headers: z
      .record(z.string(), z.string())
      .describe('Of the INVITE of an incoming call: X- headers, Identity, Diversion and such.'),
  })
  .meta({ id: 'Call' });

const signalingEvent = z
  .looseObject({
    type: z.enum([
      'attempt',
      'held',
      'resumed',
      'hold-refused',
      'transfer',
      'peer-replaced',
      'tone',
    ]),
    at: z.string(),
  })
  .meta({ id: 'SignalingEvent' });

export const callDetailSchema = callSchema
  .extend({
    turns: z.array(turn),
    signaling: z
      .array(signalingEvent)
      .describe('Failed attempts, tones of the network, holds, transfers, in their order.'),
  })
  .meta({ id: 'CallDetail' });

export const callPageSchema = z
  .object({
    data: z.array(callSchema),
    next_cursor: z.string().nullable(),
    has_more: z.boolean(),
  })
  .meta({ id: 'CallPage' });

export const createdSchema = z.object({
  call_id: uuid(),
  provider_call_id: uuid(),
  status: z.enum(['queued']),
});

export const stoppedSchema = z.object({ ok: z.literal(true), status: z.enum(['cancelled']) });
export const cancelledSchema = z.object({ ok: z.literal(true) });

export type CallView = z.input<typeof callSchema>;
export type CallPageView = z.input<typeof callPageSchema>;
export type CallDetailView = z.input<typeof callDetailSchema>;
export type TurnView = z.input<typeof turn>;
export type TranscriptEntryView = z.input<typeof transcriptEntry>;
export type BargeInView = z.input<typeof bargeIn>;
