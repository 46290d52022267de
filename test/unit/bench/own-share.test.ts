import { expect, test } from 'vitest';
import { ownShare } from '../../bench/latency/own-share.ts';
import { spread } from '../../bench/percentiles.ts';

const trace = {
  caller_speech_end_ms: 1_000,
  endpoint_ms: 1_250,
  llm_request_ms: 1_251,
  llm_first_token_ms: 1_454,
  tts_request_ms: 1_455,
  tts_first_byte_ms: 1_557,
  first_packet_out_ms: 1_567,
};
const shares = { utterance: 1, sttMs: 100, llmMs: 200, ttsMs: 100 };

test('the own share is the gap without the wait and the vendors, and its parts add up', () => {
  const share = ownShare({ gapMs: 568, trace, shares, waitMs: 250 });

  expect(share.ownMs).toBe(18);
  expect(share).toMatchObject({ frameMs: 1, slotMs: 10, processingMs: 7 });
  expect(share).toMatchObject({ timerMs: 1, llmWayMs: 3, sentenceMs: 1, ttsWayMs: 2 });
});

test('a transcript that comes after the wait counts in place of it', () => {
  const late = { ...shares, sttMs: 300 };

  expect(ownShare({ gapMs: 618, trace, shares: late, waitMs: 250 }).ownMs).toBe(18);
});

test('no more than a frame and a slot are called unavoidable', () => {
  const slow = { ...trace, endpoint_ms: 1_330, first_packet_out_ms: 1_607 };
  const share = ownShare({ gapMs: 607, trace: slow, shares, waitMs: 250 });

  expect(share).toMatchObject({ ownMs: 57, frameMs: 32, slotMs: 20, processingMs: 5 });
});

test('a percentile is one of the values, by the nearest rank', () => {
  expect(spread([5, 1, 4, 2, 3])).toEqual({ n: 5, p50: 3, p95: 5, p99: 5 });
  expect(spread([]).p50).toBeNaN();
});
