import { describe, expect, test } from 'vitest';
import { VirtualCall } from '../../support/voice/virtual-call.ts';

describe('greeting', () => {
  test('is spoken first and is in the conversation as heard', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Hello there.' } });
    call.speech(1_000, 2_000, 'Hi.');

    expect(call.run(3_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Hello there."
      100 write 1 300ms
      110 write 1 300ms
      110 mark 1.1
      110 finish 1
      700 agent: "Hello there."
      700 turn 1 greeting
      2200 llm-start 2 "Hi."
      2420 tts-start 2.1 "Fine, thanks."
      2520 write 2 325ms
      2520 caller: "Hi."
      2530 write 2 325ms
      2530 mark 2.1
      2530 finish 2"
    `);
    expect(call.requests[0]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'Hi.' },
    ]);
    expect(call.traces[0]).toEqual({
      turnId: 1,
      kind: 'greeting',
      firstSentenceMs: 0,
      ttsRequestMs: 0,
      ttsFirstByteMs: 100,
      firstPacketOutMs: 100,
      playoutEndMs: 700,
    });
  });

  test('without one the agent listens', () => {
    const call = new VirtualCall();

    expect(call.run(1_000)).toBe('');
    expect(call.engine.state).toBe('listening');
  });

  test('a noise before its first packet pauses it, and it is said after all', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Hello there.' }, ttsFirstByteMs: 300 });
    call.speech(50, 200);

    expect(call.run(5_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Hello there."
      114 pause
      300 write 1 300ms
      310 write 1 300ms
      310 mark 1.1
      310 finish 1
      1000 resume
      1600 agent: "Hello there."
      1600 turn 1 greeting resumed"
    `);
  });

  test('words before its first packet take its place', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Hello there.' }, ttsFirstByteMs: 900 });
    call.speech(50, 300, 'Hello?');

    expect(call.run(1_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Hello there."
      114 pause
      400 tts-cancel 1
      400 flush
      400 turn 1 greeting flushed
      500 llm-start 3 "Hello?"
      720 tts-start 3.1 "Fine, thanks.""
    `);
    expect(call.requests[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });
});
