import { describe, expect, test } from 'vitest';
import { says, VirtualCall } from '../../support/voice/virtual-call.ts';

describe('stop', () => {
  test('while speaking: everything is cancelled, what the marks say was heard is reported', () => {
    const llm = () => [...says('One is done. Two is done. Three', 100).slice(0, -1)];
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Count.').stop(2_200);

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Count."
      1330 tts-start 1.1 "One is done."
      1360 tts-start 1.2 "Two is done."
      1430 write 1 300ms
      1430 caller: "Count."
      1440 write 1 300ms
      1440 mark 1.1
      1460 write 1 300ms
      1470 write 1 300ms
      1470 mark 1.2
      2200 llm-cancel 1
      2200 flush
      2200 agent: "One is done." interrupted
      2200 turn 1 reply"
    `);
    expect(call.engine.pollTimeout()).toBeUndefined();
    expect(call.engine.state).toBe('stopped');
  });

  test('while thinking: the caller’s words and the open trace are reported', () => {
    const call = new VirtualCall().speech(0, 1_000, 'Hi.').stop(1_300);

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1300 llm-cancel 1
      1300 turn 1 reply
      1300 caller: "Hi.""
    `);
    expect(call.traces[0]).toMatchObject({ kind: 'reply', llmRequestMs: 1_200 });
  });

  test('while listening: words that were not answered yet are reported', () => {
    const call = new VirtualCall().speech(0, 1_000).interim(800, 'I was ab').stop(1_100);

    expect(call.run(60_000)).toBe('1100 caller: "I was ab"');
  });

  test('while flushing: the flushed turn is reported once', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Press one or two.' } });
    call.digit(500, '1').stop(500);

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Press one or two."
      100 write 1 425ms
      110 write 1 425ms
      110 mark 1.1
      110 finish 1
      500 flush
      500 agent: "Press one" interrupted
      500 turn 1 greeting flushed"
    `);
  });

  test('before the start and after the stop nothing happens', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Hello.' } });
    call.stop(-1).speech(0, 500, 'Hi.').stop(700);

    expect(call.run(60_000)).toBe('');
  });
});
