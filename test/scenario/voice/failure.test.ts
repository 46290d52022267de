import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { providerError, says, VirtualCall } from '../../support/voice/virtual-call.ts';

const lost = providerError('provider-unreachable');
const rejected = providerError('provider-rejected');

describe('language model', () => {
  test('a first failure that is healed behind the port is only a late answer', () => {
    const call = new VirtualCall({ llm: () => says('Fine.', 4_990) }).speech(0, 1_000, 'Hi.');

    expect(call.run(8_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      6200 tts-start 1.1 "Fine."
      6300 write 1 125ms
      6300 caller: "Hi."
      6310 write 1 125ms
      6310 mark 1.1
      6310 finish 1
      6550 agent: "Fine."
      6550 turn 1 reply"
    `);
    expect(call.requests.map((request) => request.firstAnswerWithinMs)).toEqual([5_000]);
  });

  test('an error is final and not asked again: the failure sentence is said and the call goes on', () => {
    const llm = (_: unknown, nth: number) =>
      nth === 1 ? [{ afterMs: 50, error: lost }] : says('Fine.');
    const call = new VirtualCall({ llm })
      .speech(0, 1_000, 'Hi.')
      .speech(4_000, 5_000, 'Still there?');

    expect(call.run(6_600)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1250 provider-error llm provider-unreachable
      1250 turn 1 reply provider-unreachable
      1250 caller: "Hi."
      1250 tts-start 2.1 "Sorry, something broke."
      1350 write 2 575ms
      1360 write 2 575ms
      1360 mark 2.1
      1360 finish 2
      2500 agent: "Sorry, something broke."
      2500 turn 2 failure provider-unreachable
      5200 llm-start 3 "Still there?"
      5410 tts-start 3.1 "Fine."
      5510 write 3 125ms
      5510 caller: "Still there?"
      5520 write 3 125ms
      5520 mark 3.1
      5520 finish 3
      5760 agent: "Fine."
      5760 turn 3 reply"
    `);
    expect(call.requests.at(-1)?.messages.slice(1)).toEqual([
      { role: 'user', content: 'Hi.' },
      { role: 'assistant', content: 'Sorry, something broke.' },
      { role: 'user', content: 'Still there?' },
    ]);
  });

  test('or ends the call, as the agent says', () => {
    const agent = { onProviderFailure: 'end-call' } as const;
    const call = new VirtualCall({ agent, llm: () => [{ afterMs: 50, error: rejected }] });

    expect(call.speech(0, 1_000, 'Hi.').run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1250 provider-error llm provider-rejected
      1250 turn 1 reply provider-rejected
      1250 caller: "Hi."
      1250 tts-start 2.1 "Sorry, something broke."
      1350 write 2 575ms
      1360 write 2 575ms
      1360 mark 2.1
      1360 finish 2
      2500 agent: "Sorry, something broke."
      2500 turn 2 failure provider-rejected
      2500 hang-up provider-failed"
    `);
  });

  test('no token a little after llmFirstTokenMs is an error too, for a provider that does not keep its time', () => {
    const call = new VirtualCall({ llm: () => [] }).speech(0, 1_000, 'Hi.');

    expect(call.run(9_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      6450 llm-cancel 1
      6450 provider-error llm provider-timeout
      6450 turn 1 reply provider-timeout
      6450 caller: "Hi."
      6450 tts-start 2.1 "Sorry, something broke."
      6550 write 2 575ms
      6560 write 2 575ms
      6560 mark 2.1
      6560 finish 2
      7700 agent: "Sorry, something broke."
      7700 turn 2 failure provider-timeout"
    `);
  });

  test('an error after speech began: what is complete is said first', () => {
    const llm = () => [
      ...says('All of this is said. And this', 100).slice(0, -1),
      { afterMs: 400, error: lost },
    ];
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Hi.');

    expect(call.run(6_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1350 tts-start 1.1 "All of this is said."
      1450 write 1 500ms
      1450 caller: "Hi."
      1460 write 1 500ms
      1460 mark 1.1
      1600 provider-error llm provider-unreachable
      1600 finish 1
      2450 agent: "All of this is said."
      2450 turn 1 reply provider-unreachable
      2450 tts-start 2.1 "Sorry, something broke."
      2550 write 2 575ms
      2560 write 2 575ms
      2560 mark 2.1
      2560 finish 2
      3700 agent: "Sorry, something broke."
      3700 turn 2 failure provider-unreachable"
    `);
  });

  test('empty answers earn no more time', () => {
    const empty = { type: 'text', delta: '' } as const;
    const llm = () => Array.from({ length: 40 }, (_, at) => ({ afterMs: at * 500, event: empty }));
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Hi.');

    expect(call.run(6_500)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      6450 llm-cancel 1
      6450 provider-error llm provider-timeout
      6450 turn 1 reply provider-timeout
      6450 caller: "Hi."
      6450 tts-start 2.1 "Sorry, something broke.""
    `);
    expect(call.traces[0]?.llmFirstTokenMs).toBeUndefined();
  });

  test('a stream that stalls half way is given up', () => {
    const llm = () => says('All of this is said. And this', 100).slice(0, -1);
    const call = new VirtualCall({ llm }).speech(0, 1_000, 'Hi.');

    expect(call.run(9_000, 4_000)).toMatchInlineSnapshot(`
      "6610 llm-cancel 1
      6610 provider-error llm provider-timeout
      6610 finish 1
      6610 agent: "All of this is said."
      6610 turn 1 reply provider-timeout
      6610 tts-start 2.1 "Sorry, something broke."
      6710 write 2 575ms
      6720 write 2 575ms
      6720 mark 2.1
      6720 finish 2
      7860 agent: "Sorry, something broke."
      7860 turn 2 failure provider-timeout"
    `);
  });
});

describe('speech synthesis', () => {
  test('a first failure that is healed behind the port is only a late sound', () => {
    const call = new VirtualCall({ ttsFirstByteMs: 2_990 }).speech(0, 1_000, 'Hi.');

    expect(call.run(7_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1420 tts-start 1.1 "Fine, thanks."
      4410 write 1 325ms
      4410 caller: "Hi."
      4420 write 1 325ms
      4420 mark 1.1
      4420 finish 1
      5060 agent: "Fine, thanks."
      5060 turn 1 reply"
    `);
  });

  test('an error is final and not asked again: the failure sentence is tried', () => {
    const call = new VirtualCall({ tts: (_, nth) => (nth === 1 ? 'error' : 'ok') });

    expect(call.speech(0, 1_000, 'Hi.').run(4_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1420 tts-start 1.1 "Fine, thanks."
      1520 provider-error tts provider-unreachable
      1520 tts-cancel 1
      1520 turn 1 reply provider-unreachable
      1520 caller: "Hi."
      1520 tts-start 2.1 "Sorry, something broke."
      1620 write 2 575ms
      1630 write 2 575ms
      1630 mark 2.1
      1630 finish 2
      2770 agent: "Sorry, something broke."
      2770 turn 2 failure provider-unreachable"
    `);
  });

  test('no byte a little after ttsFirstByteMs is an error too, for a provider that does not keep its time', () => {
    const call = new VirtualCall({ tts: (_, nth) => (nth === 1 ? 'stall' : 'ok') });

    expect(call.speech(0, 1_000, 'Hi.').run(7_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1420 tts-start 1.1 "Fine, thanks."
      4670 provider-error tts provider-timeout
      4670 tts-cancel 1
      4670 turn 1 reply provider-timeout
      4670 caller: "Hi."
      4670 tts-start 2.1 "Sorry, something broke."
      4770 write 2 575ms
      4780 write 2 575ms
      4780 mark 2.1
      4780 finish 2
      5920 agent: "Sorry, something broke."
      5920 turn 2 failure provider-timeout"
    `);
  });

  test('empty audio earns no more time', () => {
    const audio = { samples: new Int16Array(0), sampleRateHz: 8_000 };
    const call = new VirtualCall({ tts: () => 'stall' }).speech(0, 1_000, 'Hi.');
    for (let atMs = 1_500; atMs < 4_600; atMs += 500) {
      call.at(atMs, () => ({ type: 'tts-audio', turnId: 1, sentenceId: 1, audio }));
    }

    expect(call.run(4_700)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1420 tts-start 1.1 "Fine, thanks."
      4670 provider-error tts provider-timeout
      4670 tts-cancel 1
      4670 turn 1 reply provider-timeout
      4670 caller: "Hi."
      4670 tts-start 2.1 "Sorry, something broke.""
    `);
  });

  test('an error of the failure sentence too: nothing can be said and the call goes on', () => {
    const call = new VirtualCall({ tts: () => 'error' }).speech(0, 1_000, 'Hi.');

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1420 tts-start 1.1 "Fine, thanks."
      1520 provider-error tts provider-unreachable
      1520 tts-cancel 1
      1520 turn 1 reply provider-unreachable
      1520 caller: "Hi."
      1520 tts-start 2.1 "Sorry, something broke."
      1620 provider-error tts provider-unreachable
      1620 tts-cancel 2
      1620 turn 2 failure provider-unreachable
      31620 hang-up silence"
    `);
  });

  test('or ends the call, as the agent says', () => {
    const agent = { onProviderFailure: 'end-call', firstSentence: 'Hello.' } as const;
    const call = new VirtualCall({ agent, tts: () => 'rejected' });

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Hello."
      100 provider-error tts provider-rejected
      100 tts-cancel 1
      100 turn 1 greeting provider-rejected
      100 tts-start 2.1 "Sorry, something broke."
      200 provider-error tts provider-rejected
      200 tts-cancel 2
      200 turn 2 failure provider-rejected
      200 hang-up provider-failed"
    `);
  });

  test('an error within a sentence ends the turn with what was heard, then the failure is told', () => {
    const llm = () => says('One is done. Two is half done. Three is not.');
    const call = new VirtualCall({ llm, tts: (_, nth) => (nth === 2 ? 'cut' : 'ok') });

    expect(call.speech(0, 1_000, 'Go.').run(5_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Go."
      1430 tts-start 1.1 "One is done."
      1470 tts-start 1.2 "Two is half done."
      1530 write 1 300ms
      1530 caller: "Go."
      1540 write 1 300ms
      1540 mark 1.1
      1540 tts-start 1.3 "Three is not."
      1570 write 1 425ms
      1580 provider-error tts provider-unreachable
      1580 tts-cancel 1
      1580 finish 1
      2555 agent: "One is done. Two is"
      2555 turn 1 reply provider-unreachable
      2555 tts-start 2.1 "Sorry, something broke."
      2655 write 2 575ms
      2665 write 2 575ms
      2665 mark 2.1
      2665 finish 2
      3805 agent: "Sorry, something broke."
      3805 turn 2 failure provider-unreachable"
    `);
  });

  test('an error of the failure sentence ends by policy and does not loop', () => {
    const agent = { onProviderFailure: 'end-call' } as const;
    const call = new VirtualCall({
      agent,
      llm: () => [{ afterMs: 50, error: rejected }],
      tts: () => 'rejected',
    });

    expect(call.speech(0, 1_000, 'Hi.').run(60_000)).toMatchInlineSnapshot(`
      "1200 llm-start 1 "Hi."
      1250 provider-error llm provider-rejected
      1250 turn 1 reply provider-rejected
      1250 caller: "Hi."
      1250 tts-start 2.1 "Sorry, something broke."
      1350 provider-error tts provider-rejected
      1350 tts-cancel 2
      1350 turn 2 failure provider-rejected
      1350 hang-up provider-failed"
    `);
  });
});

describe('speech recognition', () => {
  const error = new TrunklineError('provider-unreachable', 'scripted');

  test('lost for good: said once, and the call goes on', () => {
    const call = new VirtualCall();
    call
      .at(500, () => ({ type: 'stt-error', error }))
      .at(600, () => ({ type: 'stt-error', error }));

    expect(call.run(5_000)).toMatchInlineSnapshot(`
      "500 provider-error stt provider-unreachable
      500 tts-start 1.1 "Sorry, something broke."
      600 write 1 575ms
      610 write 1 575ms
      610 mark 1.1
      610 finish 1
      1750 agent: "Sorry, something broke."
      1750 turn 1 failure provider-unreachable"
    `);
    expect(call.traces[0]?.error).toBe('provider-unreachable');
  });

  test('while the agent speaks it is said afterwards', () => {
    const agent = { onProviderFailure: 'end-call', firstSentence: 'Hello there.' } as const;
    const call = new VirtualCall({ agent }).at(300, () => ({ type: 'stt-error', error }));

    expect(call.run(60_000)).toMatchInlineSnapshot(`
      "0 tts-start 1.1 "Hello there."
      100 write 1 300ms
      110 write 1 300ms
      110 mark 1.1
      110 finish 1
      300 provider-error stt provider-unreachable
      700 agent: "Hello there."
      700 turn 1 greeting
      700 tts-start 2.1 "Sorry, something broke."
      800 write 2 575ms
      810 write 2 575ms
      810 mark 2.1
      810 finish 2
      1950 agent: "Sorry, something broke."
      1950 turn 2 failure provider-unreachable
      1950 hang-up provider-failed"
    `);
  });

  test('a caller who interrupts the failure sentence does not save a call that must end', () => {
    const agent = { onProviderFailure: 'end-call' } as const;
    const call = new VirtualCall({ agent }).at(0, () => ({ type: 'stt-error', error }));

    expect(call.speech(300, 1_500).run(60_000)).toMatchInlineSnapshot(`
      "0 provider-error stt provider-unreachable
      0 tts-start 1.1 "Sorry, something broke."
      100 write 1 575ms
      110 write 1 575ms
      110 mark 1.1
      110 finish 1
      364 pause
      700 flush
      700 agent: "Sorry," interrupted
      700 turn 1 failure flushed provider-unreachable
      700 hang-up provider-failed"
    `);
  });

  test('without a failure sentence the policy alone decides', () => {
    const agent = { onProviderFailure: 'end-call', failureSentence: '' } as const;
    const call = new VirtualCall({ agent }).at(500, () => ({ type: 'stt-error', error }));

    expect(call.run(1_000)).toMatchInlineSnapshot(`
      "500 provider-error stt provider-unreachable
      500 hang-up provider-failed"
    `);
  });
});
