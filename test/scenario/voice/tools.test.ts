import { describe, expect, test } from 'vitest';
import type { LlmEvent } from '../../../src/voice/ports.ts';
import { type LlmStep, says, VirtualCall } from '../../support/voice/virtual-call.ts';

function calls(name: string, args: Readonly<Record<string, unknown>> = {}): readonly LlmStep[] {
  const call: LlmEvent = { type: 'tool-call', call: { id: 'call_1', name, arguments: args } };
  return [
    { afterMs: 150, event: call },
    { afterMs: 160, event: { type: 'done' } },
  ];
}

describe('tools', () => {
  test('end_call hangs up when the reply has been heard', () => {
    const llm = () => [...says('Goodbye now.', 100).slice(0, -1), ...calls('end_call')];
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Bye.');

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Bye."
      1360 tts-start 1.1 "Goodbye now."
      1460 write 1 300ms
      1460 caller: "Bye."
      1470 write 1 300ms
      1470 mark 1.1
      1470 finish 1
      2060 agent: "Goodbye now."
      2060 turn 1 reply
      2060 hang-up agent-ended"
    `);
    expect(call.requests[0]?.tools.map(({ name }) => name)).toEqual(['end_call']);
    expect(call.engine.pollTimeout()).toBeUndefined();
  });

  test('end_call without words hangs up at once', () => {
    const call = new VirtualCall({ llm: () => calls('end_call') }).speech(0, 1_000, 'Bye.');

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Bye."
      1360 turn 1 reply
      1360 caller: "Bye."
      1360 hang-up agent-ended"
    `);
  });

  test('the farewell of end_call is said first', () => {
    const llm = () => calls('end_call', { farewell: 'Take care.' });
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Bye.');

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Bye."
      1360 tts-start 1.1 "Take care."
      1460 write 1 250ms
      1460 caller: "Bye."
      1470 write 1 250ms
      1470 mark 1.1
      1470 finish 1
      1960 agent: "Take care."
      1960 turn 1 reply
      1960 hang-up agent-ended"
    `);
  });

  test('a farewell that was written already is not said twice', () => {
    const llm = () => [
      ...says('Take care.', 100).slice(0, -1),
      ...calls('end_call', { farewell: 'Take care.' }),
    ];
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Bye.');

    expect(call.run(60_000).match(/tts-start/g)).toHaveLength(1);
  });

  test('a caller who interrupts the farewell keeps the call', () => {
    const llm = (_: unknown, nth: number) =>
      nth === 1 ? calls('end_call', { farewell: 'Take care and goodbye.' }) : says('Yes?');
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Bye.').speech(1_600, 2_300, 'Wait!');

    expect(call.run(6_000, 1_600)).toMatchInlineSnapshot(`
      "1664 pause
      2000 flush
      2000 agent: "Take" interrupted
      2000 turn 1 reply flushed
      2500 llm-start 3 "Wait!"
      2710 tts-start 3.1 "Yes?"
      2810 write 3 100ms
      2810 caller: "Wait!"
      2820 write 3 100ms
      2820 mark 3.1
      2820 finish 3
      3010 agent: "Yes?"
      3010 turn 3 reply"
    `);
  });

  test('an unknown tool is answered so and the model asked again', () => {
    const llm = (_: unknown, nth: number) => (nth === 1 ? calls('fly') : says('I cannot.'));
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Fly.');

    expect(call.run(4_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Fly."
      1360 llm-start 1 "unknown tool"
      1580 tts-start 1.1 "I cannot."
      1680 write 1 225ms
      1680 caller: "Fly."
      1690 write 1 225ms
      1690 mark 1.1
      1690 finish 1
      2130 agent: "I cannot."
      2130 turn 1 reply"
    `);
    expect(call.requests[1]?.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'call_1', name: 'fly', arguments: {} }],
      },
      { role: 'tool', toolCallId: 'call_1', content: 'unknown tool' },
    ]);
  });

  test('a model that only asks for unknown tools is asked three times', () => {
    const call = new VirtualCall({ llm: () => calls('fly') }).speech(0, 1_000, 'Fly.');

    expect(call.run(5_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Fly."
      1360 llm-start 1 "unknown tool"
      1520 llm-start 1 "unknown tool"
      1680 provider-error llm provider-protocol
      1680 turn 1 reply provider-protocol
      1680 caller: "Fly."
      1680 tts-start 2.1 "Sorry, something broke."
      1780 write 2 575ms
      1790 write 2 575ms
      1790 mark 2.1
      1790 finish 2
      2930 agent: "Sorry, something broke."
      2930 turn 2 failure provider-protocol"
    `);
    expect(call.requests).toHaveLength(3);
  });
});
