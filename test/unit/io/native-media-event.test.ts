import { describe, expect, it } from 'vitest';

import { decodeMediaEvent, EVENT_ROW_NUMBERS } from '../../../src/io/native-media-event.ts';

/** Type, session, time, values. */
function row(type: number, ...values: readonly number[]): Float64Array {
  const numbers = new Float64Array(EVENT_ROW_NUMBERS);
  numbers.set([type, 1, 1_000.5, ...values]);
  return numbers;
}

/** Figures of quality that there are none of. */
const UNKNOWN: readonly number[] = Array(9).fill(Number.NaN);

describe('events of the native engine', () => {
  it.each([
    [row(1, 4_000, 4, 0xc0_00_02_ff), { type: 'rtp-started', address: '192.0.2.255', port: 4_000 }],
    [
      row(1, 4_000, 6, 0x2001_0db8, 0, 0, 1),
      { type: 'rtp-started', address: '2001:db8::1', port: 4_000 },
    ],
    [row(2, 500), { type: 'rtp-timeout', silentMs: 500 }],
    [row(3, 900), { type: 'speech-started', onsetMs: 900 }],
    [row(4, 900), { type: 'speech-confirmed', onsetMs: 900 }],
    [row(5, 900, 950), { type: 'speech-ended', onsetMs: 900, endMs: 950 }],
    [
      row(6, 35, 100, 900, 1),
      { type: 'dtmf', digit: '#', durationMs: 100, onsetMs: 900, source: 'rfc4733' },
    ],
    [
      row(6, 65, 80, 900, 2),
      { type: 'dtmf', digit: 'A', durationMs: 80, onsetMs: 900, source: 'inband' },
    ],
    [
      row(15, 6, 900, 500, 1000.4),
      { type: 'tone', kind: 'beep', onsetMs: 900, durationMs: 500, frequencyHz: 1000 },
    ],
    [row(18, 3), { type: 'digits-sent', count: 3 }],
    [row(7, 3), { type: 'playout-started', playoutId: 3 }],
    [row(8, 3, 9), { type: 'mark-reached', playoutId: 3, markId: 9 }],
    [row(9, 3, 20), { type: 'playout-ended', playoutId: 3, reason: 'completed', playedMs: 20 }],
    [row(10, 3, 20), { type: 'playout-ended', playoutId: 3, reason: 'flushed', playedMs: 20 }],
    [row(11, 3), { type: 'underrun', playoutId: 3 }],
    [row(12), { type: 'ducked' }],
    [row(13), { type: 'silenced' }],
    [
      row(16, 1, 8, 4.2, 4.1, ...UNKNOWN.slice(0, 4), 60),
      {
        type: 'quality',
        quality: {
          received: { lossPercent: 1, jitterMs: 8, mos: 4.2, lowestMos: 4.1 },
          roundTripMs: 60,
        },
      },
    ],
    [
      row(14, 1, 2, 3, 4, 5, 6, 7, ...UNKNOWN),
      {
        type: 'closed',
        stats: {
          packetsReceived: 1,
          packetsSent: 2,
          packetsLost: 3,
          packetsLate: 4,
          packetsDiscarded: 5,
          concealedMs: 6,
          jitterMs: 7,
        },
      },
    ],
  ])('row %# reads as the event it is', (numbers, event) => {
    expect(decodeMediaEvent(numbers)).toEqual({ ...event, atMs: 1_000.5 });
  });

  it('a type that is not in the table is our own mistake', () => {
    expect(() => decodeMediaEvent(row(99))).toThrow(/type 99/);
  });
});
