import { describe, expect, test } from 'vitest';
import { VirtualCall } from '../../support/voice/virtual-call.ts';

const UNTIL_FIRST_SENTENCE_MS = 3_000;

describe('end of the caller turn', () => {
  test('comes minSilenceMs after the last speech packet when the final is there', () => {
    const call = new VirtualCall().speech(0, 1_000, 'Yes.', 100);

    expect(call.run(1_300)).toBe('1200 llm-start 1 "Yes."');
  });

  test('comes with a final that arrives between minSilenceMs and silenceMs', () => {
    const call = new VirtualCall().speech(0, 1_000, 'Yes.', 333);

    expect(call.run(1_400)).toBe('1333 llm-start 1 "Yes."');
  });

  test('is decided at silenceMs and answered when the late final is there', () => {
    const call = new VirtualCall().speech(0, 1_000, 'Yes.', 900);

    expect(call.run(UNTIL_FIRST_SENTENCE_MS)).toContain('1900 llm-start 1 "Yes."');
    call.stop(3_100).run(3_100);
    expect(call.traces[0]).toMatchObject({
      callerSpeechEndMs: 1_000,
      endpointMs: 1_500,
      endpointReason: 'silence',
      transcriptFinalMs: 1_900,
      llmRequestMs: 1_900,
    });
  });

  test('falls back to the interim when no final comes within transcriptWaitMs', () => {
    const call = new VirtualCall().speech(0, 1_000).interim(700, 'Yes plea');

    expect(call.run(3_600)).toBe('3500 llm-start 1 "Yes plea"');
  });

  test('the final of a turn answered on its interim is not a turn of its own', () => {
    const call = new VirtualCall()
      .speech(0, 1_000)
      .interim(700, 'Yes plea')
      .final(4_500, 'Yes, please.');

    expect(call.run(20_000)).toMatchInlineSnapshot(`
      "3500 llm-start 1 "Yes plea"
      3720 tts-start 1.1 "Fine, thanks."
      3820 write 1 325ms
      3820 caller: "Yes plea"
      3830 write 1 325ms
      3830 mark 1.1
      3830 finish 1
      4470 agent: "Fine, thanks."
      4470 turn 1 reply"
    `);
  });

  test('speech without any words is dropped as noise', () => {
    const call = new VirtualCall().speech(0, 1_000);

    expect(call.run(20_000)).toBe('');
    expect(call.engine.state).toBe('listening');
  });

  test('an empty final drops it without waiting', () => {
    const call = new VirtualCall().speech(0, 1_000, '').speech(1_400, 2_000, 'Hi.');

    expect(call.run(2_250)).toBe('2200 llm-start 1 "Hi."');
    expect(call.requests[0]?.messages.at(-1)).toEqual({ role: 'user', content: 'Hi.' });
  });

  test('speech that starts again before it continues the turn', () => {
    const call = new VirtualCall().speech(0, 1_000, 'I want', 150).speech(1_150, 2_000, 'a table.');

    expect(call.run(2_300)).toBe('2200 llm-start 1 "I want a table."');
  });

  test('a click does not move it', () => {
    const call = new VirtualCall().speech(0, 1_000, 'Yes.', 100).speech(1_110, 1_150);

    // Decided as soon as the click turns out to be one.
    expect(call.run(1_400)).toBe('1246 llm-start 1 "Yes."');
  });

  test('words that the VAD missed are answered too', () => {
    const call = new VirtualCall().final(1_000, 'Whispered.');

    expect(call.run(1_300)).toBe('1200 llm-start 1 "Whispered."');
  });

  test('the audio of a recogniser without words reaches the model joined', () => {
    const audio = { samples: Int16Array.of(1, 2), sampleRateHz: 8_000 };
    const call = new VirtualCall().speech(0, 1_000).speech(1_150, 2_000);
    for (const atMs of [1_096, 2_096]) {
      call.at(atMs, () => ({ type: 'stt-final', transcript: { text: '[speech]', audio } }));
    }
    call.run(2_300);

    expect(call.requests[0]?.messages.at(-1)).toEqual({
      role: 'user',
      content: '[speech] [speech]',
      audio: { samples: Int16Array.of(1, 2, 1, 2), sampleRateHz: 8_000 },
    });
  });
});
