import { describe, expect, test } from 'vitest';
import { VirtualCall } from '../../support/voice/virtual-call.ts';

describe('silence', () => {
  test('nobody ever speaks: the call ends after timeouts.silenceMs', () => {
    expect(new VirtualCall().run(100_000)).toBe('30000 hang-up silence');
  });

  test('counts from the end of the last playout', () => {
    const call = new VirtualCall({ agent: { firstSentence: 'Hello there.' } });

    expect(call.run(100_000, 1_000)).toBe('30700 hang-up silence');
  });

  test('counts from the end of the last speech, even when it had no words', () => {
    expect(new VirtualCall().speech(20_000, 21_000).run(100_000)).toBe('51000 hang-up silence');
  });

  test('does not end a call while the caller speaks', () => {
    expect(new VirtualCall().speech(29_000, 33_000).run(60_000)).toBe('');
  });

  test('does not end a call while digits are coming', () => {
    expect(new VirtualCall().digit(29_500, '1').run(31_050)).toBe(
      '31000 llm-start 1 "[pressed 1]"',
    );
  });
});
