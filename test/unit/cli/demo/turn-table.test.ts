import { describe, expect, test } from 'vitest';
import type { TurnView } from '../../../../src/cli/demo/call-object.ts';
import { turnTable } from '../../../../src/cli/demo/turn-table.ts';

const GREETING: TurnView = {
  turn_id: 1,
  kind: 'greeting',
  first_sentence_ms: 0,
  tts_first_byte_ms: 150.4,
  first_packet_out_ms: 160.2,
};

const INTERRUPTED: TurnView = {
  turn_id: 2,
  kind: 'reply',
  caller_speech_end_ms: 23_440,
  endpoint_ms: 23_640.2,
  endpoint_reason: 'transcript',
  transcript_final_ms: 23_602,
  llm_first_token_ms: 23_641,
  first_sentence_ms: 23_641.6,
  tts_first_byte_ms: 23_685,
  first_packet_out_ms: 23_703,
  gap_ms: 263,
  barge_in: { onset_ms: 25_460, outcome: 'flushed', duck_delay_ms: 23.4, stop_delay_ms: 83.1 },
};

const KEYS: TurnView = {
  turn_id: 4,
  kind: 'reply',
  endpoint_ms: 33_960,
  endpoint_reason: 'dtmf',
  llm_first_token_ms: 33_961,
  first_packet_out_ms: 34_016,
};

function cellsOf(line: string | undefined): readonly string[] {
  return (line ?? '').trim().split(/ {2,}|(?<=[\d-]) (?=[\d-])/);
}

describe('turnTable', () => {
  const lines = turnTable([GREETING, INTERRUPTED, KEYS]);

  test('has three lines of heading with the units, a rule and a line for each turn', () => {
    expect(lines).toHaveLength(7);
    expect(lines[2]).toMatch(/^\s+s( +ms)+ +s +ms +ms$/);
    expect(lines[3]).toMatch(/^[- ]+$/);
  });

  test('fits into a terminal of 100 columns', () => {
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(98);
  });

  test('counts a greeting from the answer', () => {
    expect(cellsOf(lines[4])).toEqual('1 greeting|0.00|-|-|-|0|150|160|-|-|-|-'.split('|'));
  });

  test("counts a reply from the end of the caller's last word, a barge-in from its onset", () => {
    expect(cellsOf(lines[5])).toEqual(
      '2 reply, interrupted|23.44|200|162|201|202|245|263|263|25.46|23|83'.split('|'),
    );
  });

  test('counts an answer to keys from the last key', () => {
    expect(cellsOf(lines[6])).toEqual('3 keys|33.96|0|-|1|-|-|56|-|-|-|-'.split('|'));
  });

  test('does not call a turn that went on after a noise interrupted', () => {
    const resumed = { onset_ms: 1_000, outcome: 'resumed' } as const;
    const [line] = turnTable([{ ...GREETING, barge_in: resumed }]).slice(-1);
    expect(line).toMatch(/^1 greeting +0\.00/);
  });
});
