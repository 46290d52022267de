import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { AgentSpec } from '../voice/agent-spec.ts';
import type { TextToSpeech } from '../voice/ports.ts';

export interface AnnouncementOptions {
  readonly tts: TextToSpeech;
  readonly agent: AgentSpec;
  readonly write: (audio: PcmFrame) => void;
}

/** Speaks a text that is no turn of the conversation, in the agent's voice. Resolves with whether all of it was. Never rejects. */
export async function announce(
  text: string,
  { tts, agent, write }: AnnouncementOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { voice, language, timeouts } = agent;
  const request = { text, voice, language, firstAnswerWithinMs: timeouts.ttsFirstByteMs };
  try {
    for await (const audio of tts.synthesize(request, signal)) {
      if (signal.aborted) return false;
      write(audio);
    }
    return !signal.aborted;
  } catch {
    // The transfer goes on without these words.
    return false;
  }
}
