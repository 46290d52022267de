import type { TextToSpeech, VoiceInfo } from '../voice/ports.ts';
import { FLITE_VOICES } from './flite/flite-voices.ts';
import { OPENAI_VOICES } from './openai/openai-voices.ts';

export interface ResolvedVoice {
  readonly voice: string;
  /** One sentence for the call object, when it is not the voice that was asked for. */
  readonly note?: string;
}

/** The voices whose names an API client may send, whatever provider speaks. */
const KNOWN_VOICES: readonly VoiceInfo[] = [...OPENAI_VOICES, ...FLITE_VOICES];

/**
 * The voice of `tts` to speak with: the requested one, or the one most like it with a note, or the first when none was asked for.
 */
export function resolveVoice(tts: TextToSpeech, requested: string | undefined): ResolvedVoice {
  const first = tts.voices[0];
  if (!first) return { voice: requested ?? '' };
  if (requested === undefined || requested.trim() === '') return { voice: first.id };
  const wanted = requested.trim().toLowerCase();
  const own = tts.voices.find((voice) => voice.id.toLowerCase() === wanted);
  if (own) return { voice: own.id };
  const known = KNOWN_VOICES.find((voice) => voice.id === wanted);
  const voice = known ? mostLike(known, tts.voices, first) : first;
  const asked = known ? `the voice "${known.id}"` : 'the requested voice';
  return {
    voice: voice.id,
    note: `${tts.name} does not have ${asked}; "${voice.id}" speaks instead.`,
  };
}

function mostLike(known: VoiceInfo, voices: readonly VoiceInfo[], first: VoiceInfo): VoiceInfo {
  const likeness = (voice: VoiceInfo) =>
    (voice.gender === known.gender ? 2 : 0) + (voice.language === known.language ? 1 : 0);
  return voices.reduce((best, voice) => (likeness(voice) > likeness(best) ? voice : best), first);
}
