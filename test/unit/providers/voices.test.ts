import { describe, expect, test } from 'vitest';
import { FLITE_VOICES } from '../../../src/providers/flite/flite-voices.ts';
import { OPENAI_VOICES } from '../../../src/providers/openai/openai-voices.ts';
import { resolveVoice } from '../../../src/providers/voices.ts';
import type { TextToSpeech, VoiceInfo } from '../../../src/voice/ports.ts';

function speaker(name: string, voices: readonly VoiceInfo[]): TextToSpeech {
  return { name, voices, synthesize: () => expect.fail('not asked to speak') };
}

const flite = speaker('flite', FLITE_VOICES);
const openai = speaker('openai', OPENAI_VOICES);

describe('the voice of a call', () => {
  test('is the requested one where the provider has it', () => {
    expect(resolveVoice(openai, 'alloy')).toEqual({ voice: 'alloy' });
    expect(resolveVoice(flite, ' KAL ')).toEqual({ voice: 'kal' });
  });

  test.each([
    ['alloy', 'slt'],
    ['nova', 'slt'],
    ['onyx', 'rms'],
    ['fable', 'awb'],
  ])('%s without OpenAI is the built-in %s, and says so', (requested, voice) => {
    expect(resolveVoice(flite, requested)).toEqual({
      voice,
      note: `flite does not have the voice "${requested}"; "${voice}" speaks instead.`,
    });
  });

  test.each([
    ['slt', 'coral'],
    ['rms', 'ash'],
    ['awb', 'fable'],
  ])('the built-in %s at OpenAI is %s', (requested, voice) => {
    expect(resolveVoice(openai, requested).voice).toBe(voice);
  });

  test('is the first one when none is asked for', () => {
    expect(resolveVoice(flite, undefined)).toEqual({ voice: 'slt' });
    expect(resolveVoice(flite, '')).toEqual({ voice: 'slt' });
  });

  test('is the first one for a name nobody knows, which is not repeated', () => {
    const { voice, note } = resolveVoice(flite, '<script>');
    expect(voice).toBe('slt');
    expect(note).toBe('flite does not have the requested voice; "slt" speaks instead.');
  });

  test('a provider without a list gets what was asked for', () => {
    expect(resolveVoice(speaker('x', []), 'custom')).toEqual({ voice: 'custom' });
  });
});
