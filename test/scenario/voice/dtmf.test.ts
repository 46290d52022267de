import { describe, expect, test } from 'vitest';
import { says, VirtualCall } from '../../support/voice/virtual-call.ts';

describe('DTMF', () => {
  test('digits become a message 1,500 ms after the last one', () => {
    const call = new VirtualCall().digit(100, '1').digit(600, '2');

    expect(call.run(2_200)).toBe('2100 llm-start 1 "[pressed 12]"');
    call.stop(2_300).run(2_300);
    expect(call.traces[0]).toMatchObject({ endpointReason: 'dtmf', endpointMs: 2_100 });
  });

  test('# ends an entry at once', () => {
    const call = new VirtualCall().digit(100, '1').digit(600, '#');

    expect(call.run(700)).toBe('600 llm-start 1 "[pressed 1#]"');
  });

  test('a digit interrupts the agent like words', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Press one or two, please.' } });
    call.digit(500, '1');

    expect(call.run(2_050)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Press one or two, please."
      100 write 1 625ms
      110 write 1 625ms
      110 mark 1.1
      110 finish 1
      500 flush
      500 agent: "Press one" interrupted
      520 turn 1 greeting flushed
      2000 llm-start 3 "[pressed 1]""
    `);
    expect(call.traces[0]?.bargeIn).toEqual({
      onsetMs: 500,
      stoppedMs: 520,
      outcome: 'flushed',
      heardMs: 400,
    });
  });

  test('without barge-in it is answered when the agent has finished', () => {
    const bargeIn = { enabled: false, flushAfterMs: 400, resumeAfterMs: 800 };
    const call = new VirtualCall({
      agent: { firstSentence: 'Press one or two, please.', bargeIn },
    });
    call.digit(500, '1');

    expect(call.run(2_200, 500)).toMatchInlineSnapshot(`
      "1350 agent: "Press one or two, please."
      1350 turn 1 greeting
      2000 llm-start 2 "[pressed 1]""
    `);
  });

  test('a digit while the agent thinks belongs to the same turn', () => {
    const call = new VirtualCall({ llm: () => says('Done.', 500) }).speech(0, 1_000, 'My code is');
    call.digit(1_400, '7').digit(1_600, '#');

    expect(call.run(1_700)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "My code is"
      1400 llm-cancel 1
      1600 llm-start 2 "My code is [pressed 7#]""
    `);
  });

  test('digits pressed while speaking wait for the end of the speech', () => {
    const call = new VirtualCall()
      .speech(0, 2_000, 'and that is all.')
      .digit(300, '7')
      .digit(500, '#');

    expect(call.run(2_300)).toBe('2200 llm-start 1 "[pressed 7#] and that is all."');
  });

  test('speech that is over waits for the entry to be complete', () => {
    const call = new VirtualCall().speech(0, 1_000, 'My code is').digit(900, '7').digit(1_800, '8');

    expect(call.run(3_400)).toBe('3300 llm-start 1 "My code is [pressed 78]"');
  });
});
