import { describe, expect, test } from 'vitest';
import { says, VirtualCall } from '../../support/voice/virtual-call.ts';

describe('caller goes on while the agent thinks', () => {
  test('before the first token: the request is cancelled and the turn joined', () => {
    const call = new VirtualCall().speech(0, 1_000, 'A table').speech(1_300, 2_000, 'for two.');

    expect(call.run(2_300)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1364 llm-cancel 1
      2200 llm-start 2 "A table for two.""
    `);
    expect(call.requests[1]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'A table for two.' },
    ]);
  });

  test('while the first sentence is synthesised: speech is cancelled too', () => {
    const call = new VirtualCall({ ttsFirstByteMs: 500 });
    call.speech(0, 1_000, 'A table').speech(1_500, 2_000, 'for two.');

    expect(call.run(2_300)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1420 tts-start 1.1 "Fine, thanks."
      1564 tts-cancel 1
      2200 llm-start 2 "A table for two.""
    `);
  });

  test('with audio written but not out: the playout is flushed and nothing of it is kept', () => {
    const call = new VirtualCall().speech(0, 1_000, 'A table');
    call.run(1_500);
    const audio = { samples: new Int16Array(800), sampleRateHz: 8_000 };
    call.engine.handleInput({ type: 'tts-audio', turnId: 1, sentenceId: 1, audio }, 1_500 as never);
    const input = { atMs: 1_501 as never, onsetMs: 1_437 as never };
    call.engine.handleInput({ type: 'speech-confirmed', ...input }, 1_501 as never);

    const seen: string[] = [];
    for (let out = call.engine.pollOutput(); out; out = call.engine.pollOutput())
      seen.push(out.type);
    expect(seen).toEqual(['playout-write', 'tts-cancel', 'playout-flush']);
    expect(call.engine.state).toBe('listening');
  });

  test('a click does not cancel anything', () => {
    const call = new VirtualCall().speech(0, 1_000, 'A table').speech(1_250, 1_290);

    expect(call.run(1_550)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1420 tts-start 1.1 "Fine, thanks."
      1520 write 1 325ms
      1520 caller: "A table"
      1530 write 1 325ms
      1530 mark 1.1
      1530 finish 1"
    `);
  });

  test('a noise that the recogniser finds empty costs no wait: the same words are asked again at once', () => {
    const call = new VirtualCall().speech(0, 1_000, 'A table').speech(1_300, 1_500, '', 300);

    expect(call.run(4_050)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1364 llm-cancel 1
      1800 llm-start 2 "A table"
      2020 tts-start 2.1 "Fine, thanks."
      2120 write 2 325ms
      2120 caller: "A table"
      2130 write 2 325ms
      2130 mark 2.1
      2130 finish 2
      2770 agent: "Fine, thanks."
      2770 turn 2 reply"
    `);
    expect(call.requests[1]).toEqual(call.requests[0]);
  });

  test('nor does one that is found empty before minSilenceMs are over, but those', () => {
    const call = new VirtualCall().speech(0, 1_000, 'A table').speech(1_300, 1_500, '', 100);

    expect(call.run(1_750)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1364 llm-cancel 1
      1700 llm-start 2 "A table""
    `);
  });

  test('a noise that the recogniser never answers costs the wait but not the turn', () => {
    const call = new VirtualCall().speech(0, 1_000, 'A table').speech(1_300, 1_500);

    expect(call.run(4_050)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1364 llm-cancel 1
      4000 llm-start 2 "A table""
    `);
  });

  test('a late final with more words asks again with all of them', () => {
    const call = new VirtualCall({ llm: () => says('Yes.', 500) });
    call.speech(0, 1_000, 'A table').final(1_350, 'for two.');

    expect(call.run(1_400)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "A table"
      1350 llm-cancel 1
      1350 llm-start 2 "A table for two.""
    `);
  });
});
