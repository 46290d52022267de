import { describe, expect, test } from 'vitest';
import { chooseProviders, type ProvidersConfig } from '../../../src/providers/registry.ts';

const AUTO = { stt: 'auto', llm: 'auto', tts: 'auto' } as const;
const openai = { apiKey: 'sk-very-secret' };
const deepgram = { apiKey: 'dg-very-secret' };

function names(config: ProvidersConfig): string {
  const { stt, llm, tts } = chooseProviders(config);
  return [stt.name, llm.name, tts.name].join(' ');
}

describe('the choice of providers', () => {
  test.each([
    ['no key', AUTO, 'sandbox sandbox flite'],
    ['an OpenAI key', { ...AUTO, openai }, 'openai openai openai'],
    ['a Deepgram key', { ...AUTO, deepgram }, 'deepgram sandbox flite'],
    ['both keys', { ...AUTO, openai, deepgram }, 'deepgram openai openai'],
    ['a demand', { stt: 'sandbox', llm: 'openai', tts: 'flite', openai }, 'sandbox openai flite'],
    [
      'another',
      { stt: 'openai', llm: 'sandbox', tts: 'openai', openai, deepgram },
      'openai sandbox openai',
    ],
  ] satisfies [string, ProvidersConfig, string][])('with %s', (_, config, chosen) => {
    expect(names(config)).toBe(chosen);
  });

  test.each([
    ['stt', 'deepgram', 'providers.stt: needs DEEPGRAM_API_KEY'],
    ['stt', 'openai', 'providers.stt: needs OPENAI_API_KEY'],
    ['llm', 'openai', 'providers.llm: needs OPENAI_API_KEY'],
    ['tts', 'openai', 'providers.tts: needs OPENAI_API_KEY'],
  ])('%s: %s without its key is a configuration error', (key, value, message) => {
    const config = { ...AUTO, [key]: value };
    expect(() => chooseProviders(config)).toThrow(
      expect.objectContaining({ code: 'config-invalid', message }),
    );
  });

  test.each(['not a url', 'file:///etc/passwd'])('the address %s is one too', (baseUrl) => {
    const config = { ...AUTO, openai: { ...openai, baseUrl } };
    expect(() => chooseProviders(config)).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
  });

  test('the notes say what was chosen and why, and no secret', () => {
    const { notes } = chooseProviders({ ...AUTO, llm: 'sandbox', openai, deepgram });
    expect(notes).toHaveLength(3);
    expect(notes[0]).toBe('Deepgram recognizes speech, OpenAI if it is lost (both keys are set).');
    expect(notes[1]).toMatch(/^No language model: .*[(]as configured[)][.]$/);
    expect(notes.join()).not.toContain('secret');
  });

  test('the notes say which voice speaks when OpenAI is lost', () => {
    const { notes } = chooseProviders({ ...AUTO, openai });
    expect(notes[2]).toBe(
      'OpenAI speaks; in English the built-in Flite voices if it is lost (an OpenAI key is set).',
    );
  });

  test('a model that would get no words is noted', () => {
    const { notes } = chooseProviders({ ...AUTO, stt: 'sandbox', openai });
    expect(notes).toHaveLength(4);
    expect(notes[3]).toContain('no words');
  });

  test('closing what was never used is nothing', async () => {
    await chooseProviders({ ...AUTO, openai }).close();
    await chooseProviders(AUTO).close();
  });
});
