import { describe, expect, test } from 'vitest';
import { says, VirtualCall } from '../../support/voice/virtual-call.ts';

const LONG = 'I can tell you a very long story about this. It never ends.';

/** An agent that speaks from 1,500 ms on. */
function talkingAgent(bargeIn = {}): VirtualCall {
  const options = { enabled: true, flushAfterMs: 400, resumeAfterMs: 800, ...bargeIn };
  const llm = () => says(LONG, 100);
  return new VirtualCall({ llm, agent: { bargeIn: options } }).speech(0, 1_000, 'Tell me.');
}

describe('barge-in', () => {
  test('pauses on confirmed speech, flushes at flushAfterMs from the onset, keeps what was heard', () => {
    const call = talkingAgent().speech(3_000, 4_000, 'Stop it.');

    expect(call.run(4_300, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3400 flush
      3400 agent: "I can tell you a very long story" interrupted
      3400 turn 1 reply flushed
      4200 llm-start 3 "Stop it.""
    `);
    expect(call.requests[1]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Tell me.' },
      { role: 'assistant', content: 'I can tell you a very long story' },
      { role: 'user', content: 'Stop it.' },
    ]);
    expect(call.traces[0]?.bargeIn).toEqual({
      onsetMs: 3_000,
      duckedMs: 3_032,
      stoppedMs: 3_084,
      outcome: 'flushed',
      heardMs: 1_564,
    });
  });

  test('a word while paused flushes at once', () => {
    const call = talkingAgent().speech(3_000, 3_700).interim(3_150, 'Stop');

    expect(call.run(3_300, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3150 flush
      3150 agent: "I can tell you a very long story" interrupted
      3150 turn 1 reply flushed"
    `);
  });

  test('the final of a short word flushes while the agent is paused', () => {
    const call = talkingAgent().speech(3_000, 3_200, 'No.', 250);

    expect(call.run(3_500, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      3450 flush
      3450 agent: "I can tell you a very long story" interrupted
      3450 turn 1 reply flushed
      3450 llm-start 3 "No.""
    `);
  });

  test('speech that ends without words lets the agent go on from the same place', () => {
    const call = talkingAgent().speech(3_000, 3_200);

    expect(call.run(10_000, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      4000 resume
      5336 agent: "I can tell you a very long story about this. It never ends."
      5336 turn 1 reply resumed"
    `);
    expect(call.traces[0]?.bargeIn).toEqual({
      onsetMs: 3_000,
      duckedMs: 3_032,
      stoppedMs: 3_084,
      outcome: 'resumed',
    });
  });

  test('speech that starts again while paused holds the agent back', () => {
    const call = talkingAgent().speech(3_000, 3_200).speech(3_900, 4_100);

    expect(call.run(4_950, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      4900 resume"
    `);
  });

  test('a click while paused does not delay the agent', () => {
    const call = talkingAgent().speech(3_000, 3_200).speech(3_500, 3_540);

    expect(call.run(4_050, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      4000 resume"
    `);
  });

  test('words that come after the agent went on stop it still', () => {
    const call = talkingAgent().speech(3_000, 3_200, 'Wait.', 1_000);

    expect(call.run(4_300, 3_000)).toMatchInlineSnapshot(`
      "3064 pause
      4000 resume
      4200 flush
      4200 agent: "I can tell you a very long story" interrupted
      4200 turn 1 reply flushed
      4200 llm-start 3 "Wait.""
    `);
  });

  test('a click only ducks: the level comes back and nothing is in the trace', () => {
    const call = talkingAgent().speech(3_000, 3_040);

    expect(call.run(10_000, 3_000)).toMatchInlineSnapshot(`
      "3136 release
      4400 agent: "I can tell you a very long story about this. It never ends."
      4400 turn 1 reply"
    `);
    expect(call.traces[0]?.bargeIn).toBeUndefined();
  });

  test('a flush before the first mark of a later sentence keeps that sentence out', () => {
    const call = talkingAgent().speech(1_600, 2_400, 'No!');

    expect(call.run(2_650, 1_600)).toMatchInlineSnapshot(`
      "1664 pause
      2000 flush
      2000 agent: "I" interrupted
      2000 turn 1 reply flushed
      2600 llm-start 3 "No!""
    `);
  });

  test('without barge-in the caller is transcribed and answered afterwards', () => {
    const call = talkingAgent({ enabled: false }).speech(3_000, 4_000, 'Stop it.');

    expect(call.run(5_300)).toMatchInlineSnapshot(`
      "0 duck-on-speech false
      1200 llm-start 1 "Tell me."
      1400 tts-start 1.1 "I can tell you a very long story about this."
      1430 tts-start 1.2 "It never ends."
      1500 write 1 1100ms
      1500 caller: "Tell me."
      1510 write 1 1100ms
      1510 mark 1.1
      1530 write 1 350ms
      1540 write 1 350ms
      1540 mark 1.2
      1540 finish 1
      4400 agent: "I can tell you a very long story about this. It never ends."
      4400 turn 1 reply
      4400 llm-start 2 "Stop it."
      4600 tts-start 2.1 "I can tell you a very long story about this."
      4630 tts-start 2.2 "It never ends."
      4700 write 2 1100ms
      4700 caller: "Stop it."
      4710 write 2 1100ms
      4710 mark 2.1
      4730 write 2 350ms
      4740 write 2 350ms
      4740 mark 2.2
      4740 finish 2"
    `);
  });

  test('a reply that ends while it is ducked leaves no duck behind', () => {
    const call = new VirtualCall({ llm: () => says('Yes.') }).speech(0, 1_000, 'Really?');
    call.speech(1_660, 1_900);

    expect(call.run(5_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Really?"
      1410 tts-start 1.1 "Yes."
      1510 write 1 100ms
      1510 caller: "Really?"
      1520 write 1 100ms
      1520 mark 1.1
      1520 finish 1
      1710 release
      1710 agent: "Yes."
      1710 turn 1 reply"
    `);
  });
});
