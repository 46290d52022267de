import { buildAgentSpec } from '../../agents/build-agent-spec.ts';
import { callPrompt } from '../../agents/call-prompt.ts';
import type { CallSpec } from '../../call/call-spec.ts';
import type { NewCall } from '../../store/call-record.ts';
import type { CallBody } from './call-body.ts';

/** What the chosen synthesiser speaks with when `requested` is asked for. */
export type ResolveVoice = (requested: string) => {
  readonly voice: string;
  /** Why it is another one than was asked for. */
  readonly note?: string;
};

export interface NewCallContext {
  readonly callId: string;
  readonly accountId: string;
  readonly resolveVoice: ResolveVoice;
  readonly ringTimeoutMs: number;
  readonly rtpTimeoutMs: number;
}

const MS_PER_MINUTE = 60_000;

/** The call that a checked body asks for. */
export function toNewCall(body: CallBody, context: NewCallContext): NewCall {
  const voice = context.resolveVoice(body.voice);
  return {
    accountId: context.accountId,
    spec: toSpec(body, voice.voice, context),
    modeRequested: body.mode,
    voiceRequested: body.voice,
    voiceUsed: voice.voice,
    providerNotes: [...(voice.note === undefined ? [] : [voice.note]), ...notesOn(body)],
    request: body,
  };
}

function toSpec(body: CallBody, voice: string, context: NewCallContext): CallSpec {
  return {
    callId: context.callId,
    direction: 'outbound',
    from: body.from_number,
    to: body.phone_number,
    agent: buildAgentSpec({
      instructions: callPrompt({
        ...(body.task === undefined ? {} : { task: body.task }),
        ...(body.instructions === undefined ? {} : { instructions: body.instructions }),
        ...(body.request_data === undefined ? {} : { requestData: body.request_data }),
      }),
      voice,
      timeouts: { maxDurationMs: body.max_duration * MS_PER_MINUTE },
      ...(body.first_sentence === undefined ? {} : { firstSentence: body.first_sentence }),
      ...(body.language === undefined ? {} : { language: body.language }),
      ...(body.model === undefined ? {} : { model: body.model }),
      ...(body.temperature === undefined ? {} : { temperature: body.temperature }),
      ...(body.background_audio !== 'none' && {
        background: { sound: body.background_audio, level: body.background_audio_gain },
      }),
    }),
    record: body.record,
    earlyMedia: body.record_early_media ?? false,
    ringTimeoutMs: context.ringTimeoutMs,
    rtpTimeoutMs: context.rtpTimeoutMs,
  };
}

/** What is accepted and kept for later versions is said, not passed over. */
function notesOn(body: CallBody): readonly string[] {
  const notes: string[] = [];
  if (body.mode === 'realtime') {
    notes.push('mode realtime runs as speech recognition, language model and synthesis (legacy)');
  }
  if (body.knowledge_base_ids !== undefined) {
    notes.push('knowledge_base_ids are kept but not searched yet');
  }
  if (body.tools !== undefined || body.functions !== undefined) {
    notes.push('tools are kept but not offered to the model yet');
  }
  if (body.webhook_url !== undefined) notes.push('webhook_url is kept but not notified yet');
  return notes;
}
