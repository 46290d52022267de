import type { VoiceInfo } from '../../voice/ports.ts';

const LANGUAGE = 'en-US';

/** The built-in voices of the speech endpoint; each of them speaks every language the model knows. */
export const OPENAI_VOICES: readonly VoiceInfo[] = Object.freeze([
  { id: 'alloy', name: 'Alloy', language: LANGUAGE, gender: 'neutral' },
  { id: 'ash', name: 'Ash', language: LANGUAGE, gender: 'male' },
  { id: 'ballad', name: 'Ballad', language: LANGUAGE, gender: 'male' },
  { id: 'coral', name: 'Coral', language: LANGUAGE, gender: 'female' },
  { id: 'echo', name: 'Echo', language: LANGUAGE, gender: 'male' },
  { id: 'fable', name: 'Fable', language: 'en-GB', gender: 'male' },
  { id: 'nova', name: 'Nova', language: LANGUAGE, gender: 'female' },
  { id: 'onyx', name: 'Onyx', language: LANGUAGE, gender: 'male' },
  { id: 'sage', name: 'Sage', language: LANGUAGE, gender: 'female' },
  { id: 'shimmer', name: 'Shimmer', language: LANGUAGE, gender: 'female' },
  { id: 'verse', name: 'Verse', language: LANGUAGE, gender: 'male' },
]);
