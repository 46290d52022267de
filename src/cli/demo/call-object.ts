import { z } from 'zod';

const ms = z.number().optional();

const turnSchema = z.looseObject({
  turn_id: z.number(),
  kind: z.enum(['greeting', 'reply', 'failure']),
  caller_speech_start_ms: ms,
  caller_speech_end_ms: ms,
  endpoint_ms: ms,
  endpoint_reason: z.enum(['transcript', 'silence', 'dtmf']).optional(),
  transcript_final_ms: ms,
  llm_first_token_ms: ms,
  first_sentence_ms: ms,
  tts_first_byte_ms: ms,
  first_packet_out_ms: ms,
  gap_ms: ms,
  barge_in: z
    .looseObject({
      onset_ms: z.number(),
      outcome: z.enum(['flushed', 'resumed']),
      duck_delay_ms: ms,
      stop_delay_ms: ms,
    })
    .optional(),
  error: z.string().optional(),
});

const transcriptSchema = z.looseObject({
  id: z.number(),
  user: z.enum(['assistant', 'user']),
  text: z.string(),
  created_at: z.string(),
  interrupted: z.boolean(),
});

/** What the demo reads of the call object of the REST API; the rest is kept as it came. Times in ms since the answer. */
export const callSchema = z.looseObject({
  id: z.string(),
  sip_call_id: z.string().nullable(),
  completed: z.boolean(),
  /** Minutes. */
  duration: z.number(),
  started_at: z.string().nullable(),
  end_reason: z.string().nullable(),
  ended_by: z.string().nullable(),
  transcript: z.array(transcriptSchema),
  turns: z.array(turnSchema),
});

/** A page of `GET /v1/calls`, which leaves the turns out. */
export const callPageSchema = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), sip_call_id: z.string().nullable() })),
});

export const healthSchema = z.looseObject({
  version: z.string(),
  providers: z.looseObject({
    stt: z.string(),
    llm: z.string(),
    tts: z.string(),
    notes: z.array(z.string()),
  }),
});

export type CallObject = z.infer<typeof callSchema>;
export type TurnView = z.infer<typeof turnSchema>;
export type TranscriptEntry = z.infer<typeof transcriptSchema>;
export type Health = z.infer<typeof healthSchema>;
