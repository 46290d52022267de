import { describe, expect, test } from 'vitest';
import { says, VirtualCall } from '../../support/voice/virtual-call.ts';

describe('reply', () => {
  test('is spoken sentence by sentence while it is still being written', () => {
    const llm = () => says('One is done. Two is done. Three is done.');
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Count.');

    expect(call.run(10_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Count."
      1430 tts-start 1.1 "One is done."
      1460 tts-start 1.2 "Two is done."
      1530 write 1 300ms
      1530 caller: "Count."
      1540 write 1 300ms
      1540 mark 1.1
      1540 tts-start 1.3 "Three is done."
      1560 write 1 300ms
      1570 write 1 300ms
      1570 mark 1.2
      1640 write 1 350ms
      1650 write 1 350ms
      1650 mark 1.3
      1650 finish 1
      3430 agent: "One is done. Two is done. Three is done."
      3430 turn 1 reply"
    `);
    expect(call.traces).toEqual([
      {
        turnId: 1,
        kind: 'reply',
        callerSpeechStartMs: 0,
        callerSpeechEndMs: 1_000,
        transcriptFinalMs: 1_100,
        endpointMs: 1_200,
        endpointReason: 'transcript',
        llmRequestMs: 1_200,
        llmFirstTokenMs: 1_400,
        firstSentenceMs: 1_430,
        ttsRequestMs: 1_430,
        ttsFirstByteMs: 1_530,
        firstPacketOutMs: 1_530,
        playoutEndMs: 3_430,
      },
    ]);
  });

  test('audio of a later sentence waits for the earlier one', () => {
    const call = new VirtualCall({ llm: () => says('First one. Second one.'), tts: () => 'stall' });
    call.speech(0, 1_000, 'Go.').run(1_500);
    const tts = { turnId: 1, audio: { samples: new Int16Array(800), sampleRateHz: 8_000 } };
    call.at(1_600, () => ({ type: 'tts-audio', sentenceId: 2, ...tts }));
    call.at(1_610, () => ({ type: 'tts-done', sentenceId: 2, turnId: 1 }));
    call.at(1_700, () => ({ type: 'tts-audio', sentenceId: 1, ...tts }));
    call.at(1_710, () => ({ type: 'tts-done', sentenceId: 1, turnId: 1 }));

    expect(call.run(5_000, 1_600)).toMatchInlineSnapshot(`
      "1700 write 1 100ms
      1700 caller: "Go."
      1710 mark 1.1
      1710 write 1 100ms
      1710 mark 1.2
      1710 finish 1
      1900 agent: "First one. Second one."
      1900 turn 1 reply"
    `);
    expect(call.traces[0]?.ttsFirstByteMs).toBe(1_700);
  });

  test('ready-made audio is a sentence of its own', () => {
    const audio = { samples: new Int16Array(8_000), sampleRateHz: 8_000 };
    const call = new VirtualCall({
      llm: () => [
        { afterMs: 100, event: { type: 'text', delta: 'You said: ' } },
        { afterMs: 110, event: { type: 'audio', audio, text: '[speech]' } },
        { afterMs: 120, event: { type: 'done' } },
      ],
    }).speech(0, 1_000, '[speech]');

    expect(call.run(5_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "[speech]"
      1310 tts-start 1.1 "You said:"
      1410 write 1 225ms
      1410 caller: "[speech]"
      1420 write 1 225ms
      1420 mark 1.1
      1420 write 1 1000ms
      1420 mark 1.2
      1420 finish 1
      2860 agent: "You said: [speech]"
      2860 turn 1 reply"
    `);
  });

  test('an empty one ends the turn and the line is the caller’s again', () => {
    const call = new VirtualCall({ llm: () => says('') }).speech(0, 1_000, 'Hm.');

    expect(call.run(5_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hm."
      1400 turn 1 reply
      1400 caller: "Hm.""
    `);
    expect(call.engine.state).toBe('listening');
  });

  test('Markdown and emoji are not spoken', () => {
    const call = new VirtualCall({ llm: () => says('**Sure!** 😀 See `this`.') });

    expect(call.speech(0, 1_000, 'Go.').run(1_600)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Go."
      1400 tts-start 1.1 "Sure!"
      1440 tts-start 1.2 "See this."
      1500 write 1 125ms
      1500 caller: "Go."
      1510 write 1 125ms
      1510 mark 1.1
      1540 write 1 225ms
      1550 write 1 225ms
      1550 mark 1.2
      1550 finish 1"
    `);
  });

  test('answers to a turn that is over are dropped', () => {
    const call = new VirtualCall().speech(0, 1_000, 'Go.');
    call.run(10_000);
    const before = call.timeline.length;
    const audio = { samples: new Int16Array(80), sampleRateHz: 8_000 };
    call.at(10_001, () => ({ type: 'tts-audio', turnId: 1, sentenceId: 1, audio }));
    call.at(10_001, () => ({
      type: 'llm-event',
      turnId: 1,
      event: { type: 'text', delta: 'Late. ' },
    }));
    call.run(10_100);

    expect(call.timeline.slice(before)).toEqual([]);
  });
});
