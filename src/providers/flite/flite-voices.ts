import type { VoiceInfo } from '../../voice/ports.ts';

/** The voices compiled into the module; they speak English only. */
export const FLITE_VOICES: readonly VoiceInfo[] = Object.freeze([
  { id: 'slt', name: 'SLT', language: 'en-US', gender: 'female' },
  { id: 'rms', name: 'RMS', language: 'en-US', gender: 'male' },
  { id: 'awb', name: 'AWB', language: 'en-GB', gender: 'male' },
  { id: 'kal', name: 'KAL', language: 'en-US', gender: 'male' },
]);
