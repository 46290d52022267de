import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { type LlmStep, says, VirtualCall } from '../../support/voice/virtual-call.ts';

const REPLY = 'First of all. I can tell you a very long story about this. It never ends.';

/** An agent that speaks from 1,500 ms on, and is flushed 400 ms into a noise at 3,000 ms. */
function interrupted(
  llm: (nth: number) => readonly LlmStep[] = () => says(REPLY, 100),
  ttsFirstByteMs = 100,
) {
  const call = new VirtualCall({ llm: (_, nth) => llm(nth), ttsFirstByteMs });
  return call.speech(0, 1_000, 'Tell me.').speech(3_000, 4_000);
}

describe('a noise without words that flushed the agent', () => {
  test('is over: the agent goes on with the sentence that was cut', () => {
    const call = interrupted();

    expect(call.run(12_000, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3400 flush
      3400 agent: "First of all. I can tell you a very" interrupted
      3400 turn 1 reply flushed
      6500 tts-start 3.1 "I can tell you a very long story about this."
      6500 tts-start 3.2 "It never ends."
      6600 write 3 1100ms
      6610 write 3 1100ms
      6610 mark 3.1
      6610 write 3 350ms
      6610 write 3 350ms
      6610 mark 3.2
      6610 finish 3
      9500 agent: "I can tell you a very long story about this. It never ends."
      9500 turn 3 reply"
    `);
    expect(call.requests).toHaveLength(1);
  });

  test('is found empty by the recogniser: the agent goes on at once', () => {
    const call = interrupted().final(4_300, '');

    expect(call.run(4_500, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3400 flush
      3400 agent: "First of all. I can tell you a very" interrupted
      3400 turn 1 reply flushed
      4300 tts-start 3.1 "I can tell you a very long story about this."
      4300 tts-start 3.2 "It never ends."
      4400 write 3 1100ms
      4410 write 3 1100ms
      4410 mark 3.1
      4410 write 3 350ms
      4410 write 3 350ms
      4410 mark 3.2
      4410 finish 3"
    `);
  });

  test('comes again: the agent goes on once per reply', () => {
    const call = interrupted().final(4_300, '').speech(5_500, 6_500).final(6_700, '');

    expect(call.run(60_000, 5_000)).toMatchInlineSnapshot(`
      "5564 pause
      5900 flush
      5900 agent: "I can tell you a very" interrupted
      5900 turn 3 reply flushed
      36500 hang-up silence"
    `);
  });

  test('is followed by words before it is over: those are answered, nothing is said again', () => {
    const call = interrupted().speech(4_800, 5_500, 'What was that?');

    expect(call.run(5_750, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3400 flush
      3400 agent: "First of all. I can tell you a very" interrupted
      3400 turn 1 reply flushed
      5700 llm-start 3 "What was that?""
    `);
  });

  test('had words that come too late: they interrupt the agent again and are answered', () => {
    const call = interrupted().final(6_900, 'Stop it.');

    expect(call.run(7_150, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3400 flush
      3400 agent: "First of all. I can tell you a very" interrupted
      3400 turn 1 reply flushed
      6500 tts-start 3.1 "I can tell you a very long story about this."
      6500 tts-start 3.2 "It never ends."
      6600 write 3 1100ms
      6610 write 3 1100ms
      6610 mark 3.1
      6610 write 3 350ms
      6610 write 3 350ms
      6610 mark 3.2
      6610 finish 3
      6900 flush
      6900 agent: "I can" interrupted
      6920 turn 3 reply flushed
      7100 llm-start 5 "Stop it.""
    `);
    expect(call.traces[1]?.bargeIn).toMatchObject({ onsetMs: 6_900, outcome: 'flushed' });
  });

  test('the caller speaks before the rest is heard: it is held back, then flushed', () => {
    const call = interrupted(undefined, 400).final(4_300, '').speech(4_520, 5_200, 'Stop it.');

    expect(call.run(5_450, 4_000)).toMatchInlineSnapshot(`
      "4300 tts-start 3.1 "I can tell you a very long story about this."
      4300 tts-start 3.2 "It never ends."
      4584 pause
      4700 write 3 1100ms
      4710 write 3 1100ms
      4710 mark 3.1
      4710 write 3 350ms
      4710 write 3 350ms
      4710 mark 3.2
      4710 finish 3
      4920 flush
      4920 turn 3 reply flushed
      5400 llm-start 5 "Stop it.""
    `);
  });

  test('a greeting goes on too', () => {
    const agent = { firstSentence: 'Hello, this is the office. How can I help you?' };
    const call = new VirtualCall({ agent }).speech(500, 1_300).final(1_500, '');

    expect(call.run(6_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Hello, this is the office. How can I help you?"
      100 write 1 1150ms
      110 write 1 1150ms
      110 mark 1.1
      110 finish 1
      564 pause
      900 flush
      900 agent: "Hello, this" interrupted
      900 turn 1 greeting flushed
      1500 tts-start 3.1 "Hello, this is the office. How can I help you?"
      1600 write 3 1150ms
      1610 write 3 1150ms
      1610 mark 3.1
      1610 finish 3
      3900 agent: "Hello, this is the office. How can I help you?"
      3900 turn 3 greeting"
    `);
  });

  test('audio that the model gave is played again, not synthesised', () => {
    const audio = { samples: new Int16Array(8_000 * 3), sampleRateHz: 8_000 };
    const call = interrupted(() => [
      { afterMs: 100, event: { type: 'audio', audio, text: '[tune]' } },
      { afterMs: 110, event: { type: 'done' } },
    ]).final(4_300, '');

    expect(call.run(9_000, 4_000)).toMatchInlineSnapshot(`
      "4300 write 3 3000ms
      4300 mark 3.1
      4300 finish 3
      7300 agent: "[tune]"
      7300 turn 3 reply"
    `);
  });

  test('the model was still writing: it is asked to go on, also when all it had written was heard', () => {
    const writing = [
      ...says('Let me look that up. ', 100).slice(0, -1),
      { afterMs: 200, event: { type: 'text', delta: 'It' } } as const,
      ...says(' never came.', 4_000),
    ];
    const call = new VirtualCall({
      llm: (_, nth) => (nth === 1 ? writing : says('It is open until six.')),
    });
    call.speech(0, 1_000, 'When?').speech(3_000, 4_000).final(4_300, '');

    expect(call.run(12_000, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3400 llm-cancel 1
      3400 flush
      3400 agent: "Let me look that up." interrupted
      3400 turn 1 reply flushed
      4300 llm-start 3 "[a noise, no words: go on where you were interrupted]"
      4550 tts-start 3.1 "It is open until six."
      4650 write 3 525ms
      4660 write 3 525ms
      4660 mark 3.1
      4660 finish 3
      5700 agent: "It is open until six."
      5700 turn 3 reply"
    `);
    expect(call.requests[1]?.messages.slice(-2)).toEqual([
      { role: 'assistant', content: 'Let me look that up.' },
      { role: 'user', content: expect.stringContaining('noise') },
    ]);
  });

  test('the model is asked to go on: what the caller says meanwhile is answered instead', () => {
    const call = interrupted((nth) =>
      nth === 1 ? says(REPLY, 100).slice(0, -1) : says('Yes.', 2_000),
    );
    call.final(4_300, '').speech(4_500, 5_000, 'Hello?');

    expect(call.run(9_000, 4_000)).toMatchInlineSnapshot(`
      "4300 llm-start 3 "[a noise, no words: go on where you were interrupted]"
      4564 pause
      4900 llm-cancel 3
      4900 flush
      4900 turn 3 reply flushed
      5200 llm-start 5 "Hello?"
      7210 tts-start 5.1 "Yes."
      7310 write 5 100ms
      7310 caller: "Hello?"
      7320 write 5 100ms
      7320 mark 5.1
      7320 finish 5
      7510 agent: "Yes."
      7510 turn 5 reply"
    `);
  });

  test('a farewell that was cut is said, and the call ends', () => {
    const end = { id: 'x', name: 'end_call', arguments: { farewell: 'Goodbye and thank you.' } };
    const call = interrupted(() => [
      ...says(REPLY, 100).slice(0, -1),
      { afterMs: 300, event: { type: 'tool-call', call: end } },
      { afterMs: 310, event: { type: 'done' } },
    ]).final(4_300, '');

    expect(call.run(60_000, 4_000)).toMatchInlineSnapshot(`
      "4300 tts-start 3.1 "I can tell you a very long story about this."
      4300 tts-start 3.2 "It never ends."
      4400 write 3 1100ms
      4410 write 3 1100ms
      4410 mark 3.1
      4410 write 3 350ms
      4410 tts-start 3.3 "Goodbye and thank you."
      4410 write 3 350ms
      4410 mark 3.2
      4510 write 3 550ms
      4520 write 3 550ms
      4520 mark 3.3
      4520 finish 3
      8400 agent: "I can tell you a very long story about this. It never ends. Goodbye and thank you."
      8400 turn 3 reply
      8400 hang-up agent-ended"
    `);
  });

  test('a farewell that was cut twice is not said again: the call ends all the same', () => {
    const end = { id: 'x', name: 'end_call', arguments: {} };
    const call = interrupted(() => [
      ...says(REPLY, 100).slice(0, -1),
      { afterMs: 300, event: { type: 'tool-call', call: end } },
      { afterMs: 310, event: { type: 'done' } },
    ]);
    call.final(4_300, '').speech(5_500, 6_500).final(6_700, '');

    expect(call.run(60_000, 5_000)).toMatchInlineSnapshot(`
      "5564 pause
      5900 flush
      5900 agent: "I can tell you a very" interrupted
      5900 turn 3 reply flushed
      6700 hang-up agent-ended"
    `);
  });

  test('the rest of a reply that had failed is said, then the failure', () => {
    const error = new TrunklineError('provider-unreachable', 'scripted');
    const call = interrupted(() => [
      ...says(REPLY, 100).slice(0, -1),
      { afterMs: 300, error },
    ]).final(4_300, '');

    expect(call.run(60_000, 4_000)).toMatchInlineSnapshot(`
      "4300 tts-start 3.1 "I can tell you a very long story about this."
      4400 write 3 1100ms
      4410 write 3 1100ms
      4410 mark 3.1
      4410 finish 3
      6600 agent: "I can tell you a very long story about this."
      6600 turn 3 reply
      6600 tts-start 4.1 "Sorry, something broke."
      6700 write 4 575ms
      6710 write 4 575ms
      6710 mark 4.1
      6710 finish 4
      7850 agent: "Sorry, something broke."
      7850 turn 4 failure provider-unreachable
      37850 hang-up silence"
    `);
  });

  test('a failure sentence is not said again', () => {
    const error = new TrunklineError('provider-unreachable', 'scripted');
    const call = interrupted(() => [{ afterMs: 1_500, error }]).final(4_300, '');

    expect(call.run(40_000, 2_000)).toMatchInlineSnapshot(`
      "2700 provider-error llm provider-unreachable
      2700 turn 1 reply provider-unreachable
      2700 caller: "Tell me."
      2700 tts-start 2.1 "Sorry, something broke."
      2800 write 2 575ms
      2810 write 2 575ms
      2810 mark 2.1
      2810 finish 2
      3064 pause
      3400 flush
      3400 agent: "Sorry," interrupted
      3400 turn 2 failure flushed provider-unreachable
      34000 hang-up silence"
    `);
  });
});

describe('one noise, whenever it comes and however long it is', () => {
  test('loses no sentence of a reply: the caller hears each to its end', () => {
    const noise = fc.record({
      fromMs: fc.integer({ min: 1_100, max: 7_000 }),
      lastsMs: fc.integer({ min: 20, max: 3_000 }),
      emptyFinalAfterMs: fc.option(fc.integer({ min: 50, max: 2_400 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(noise, ({ fromMs, lastsMs, emptyFinalAfterMs }) => {
        const call = new VirtualCall({ llm: () => says(REPLY, 100) });
        const words = emptyFinalAfterMs === undefined ? undefined : '';
        call.speech(0, 1_000, 'Tell me.');
        call.speech(fromMs, fromMs + lastsMs, words, emptyFinalAfterMs);
        call.run(60_000);
        const heard = call.timeline.filter((line) => line.includes(' agent: ')).join(' ');

        for (const sentence of REPLY.split(/(?<=[.]) /)) expect(heard).toContain(sentence);
        expect(call.timeline.at(-1)).toMatch(/hang-up silence/);
      }),
      { numRuns: 300 },
    );
  });
});
