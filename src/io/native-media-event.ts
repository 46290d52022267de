import { SocketAddress } from 'node:net';

import { invariant } from '../core/invariant.ts';
import { type MonotonicMs, monotonicMs } from '../core/time.ts';
import type {
  DirectionQuality,
  MediaEvent,
  MediaQuality,
  ToneKind,
} from '../media/media-engine.ts';

/** An event as a row of numbers, laid out as `native/engine/event.h` says: type, session, time in ms, sixteen values. */
export const EVENT_ROW_NUMBERS = 19;

/** In the order of `ToneKind` in `native/dsp/tone_cadence.h`, which begins with 1. */
const TONES: readonly ToneKind[] = [
  'dial',
  'ringback',
  'busy',
  'congestion',
  'special-information',
  'beep',
  'fax-calling',
  'fax-answer',
];

type Row = Float64Array;
type Decoder = (row: Row, atMs: MonotonicMs) => MediaEvent;

function value(row: Row, index: number): number {
  return row[3 + index] ?? 0;
}

/** The numbers are those of `EventType` in `native/engine/event.h`. */
const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [1, (row, atMs) => ({ type: 'rtp-started', atMs, address: address(row), port: value(row, 0) })],
  [2, (row, atMs) => ({ type: 'rtp-timeout', atMs, silentMs: value(row, 0) })],
  [3, (row, atMs) => ({ type: 'speech-started', atMs, onsetMs: monotonicMs(value(row, 0)) })],
  [4, (row, atMs) => ({ type: 'speech-confirmed', atMs, onsetMs: monotonicMs(value(row, 0)) })],
  [
    5,
    (row, atMs) => ({
      type: 'speech-ended',
      atMs,
      onsetMs: monotonicMs(value(row, 0)),
      endMs: monotonicMs(value(row, 1)),
    }),
  ],
  [
    6,
    (row, atMs) => ({
      type: 'dtmf',
      atMs,
      digit: String.fromCharCode(value(row, 0)),
      durationMs: value(row, 1),
      onsetMs: monotonicMs(value(row, 2)),
      source: value(row, 3) === 2 ? 'inband' : 'rfc4733',
    }),
  ],
  [7, (row, atMs) => ({ type: 'playout-started', atMs, playoutId: value(row, 0) })],
  [
    8,
    (row, atMs) => ({
      type: 'mark-reached',
      atMs,
      playoutId: value(row, 0),
      markId: value(row, 1),
    }),
  ],
  [9, (row, atMs) => playoutEnded(row, atMs, 'completed')],
  [10, (row, atMs) => playoutEnded(row, atMs, 'flushed')],
  [11, (row, atMs) => ({ type: 'underrun', atMs, playoutId: value(row, 0) })],
  [12, (_row, atMs) => ({ type: 'ducked', atMs })],
  [13, (_row, atMs) => ({ type: 'silenced', atMs })],
  [14, closed],
  [16, (row, atMs) => ({ type: 'quality', atMs, quality: quality(row, 0) })],
  [17, recordingEnded],
  [15, tone],
  [18, (row, atMs) => ({ type: 'digits-sent', atMs, count: value(row, 0) })],
]);

export function decodeMediaEvent(row: Row): MediaEvent {
  const decode = DECODERS.get(row[0] ?? 0);
  invariant(decode !== undefined, `the native engine sent an event of type ${row[0]}`);
  return decode(row, monotonicMs(row[2] ?? 0));
}

function tone(row: Row, atMs: MonotonicMs): MediaEvent {
  const kind = TONES[value(row, 0) - 1];
  invariant(kind !== undefined, `the native engine heard a tone of kind ${value(row, 0)}`);
  return {
    type: 'tone',
    atMs,
    kind,
    onsetMs: monotonicMs(value(row, 1)),
    durationMs: value(row, 2),
    frequencyHz: Math.round(value(row, 3)),
  };
}

function playoutEnded(row: Row, atMs: MonotonicMs, reason: 'completed' | 'flushed'): MediaEvent {
  return { type: 'playout-ended', atMs, playoutId: value(row, 0), reason, playedMs: value(row, 1) };
}

/** The numbers are those of `RecordingEnd` in `native/engine/recording_writer.h`. */
const RECORDING_ENDS = ['stopped', 'not-opened', 'write-failed', 'too-long'] as const;

function recordingEnded(row: Row, atMs: MonotonicMs): MediaEvent {
  const reason = RECORDING_ENDS[value(row, 0)];
  invariant(reason !== undefined, `a recording ended in way ${value(row, 0)}`);
  return {
    type: 'recording-ended',
    atMs,
    reason,
    errno: value(row, 1),
    durationMs: value(row, 2),
    lostMs: value(row, 3),
  };
}

function closed(row: Row, atMs: MonotonicMs): MediaEvent {
  const whole = quality(row, 7);
  return {
    type: 'closed',
    atMs,
    stats: {
      packetsReceived: value(row, 0),
      packetsSent: value(row, 1),
      packetsLost: value(row, 2),
      packetsLate: value(row, 3),
      packetsDiscarded: value(row, 4),
      concealedMs: value(row, 5),
      jitterMs: value(row, 6),
      ...(Object.keys(whole).length > 0 && { quality: whole }),
    },
  };
}

/** Four figures of each direction and the round trip; NaN is not known. */
function quality(row: Row, first: number): MediaQuality {
  const received = directionQuality(row, first);
  const sent = directionQuality(row, first + 4);
  const roundTripMs = value(row, first + 8);
  return {
    ...(received !== undefined && { received }),
    ...(sent !== undefined && { sent }),
    ...(!Number.isNaN(roundTripMs) && { roundTripMs }),
  };
}

function directionQuality(row: Row, first: number): DirectionQuality | undefined {
  const mos = value(row, first + 2);
  if (Number.isNaN(mos)) return undefined;
  return {
    lossPercent: value(row, first),
    jitterMs: value(row, first + 1),
    mos,
    lowestMos: value(row, first + 3),
  };
}

/** Words of 32 bits, highest first. */
function address(row: Row): string {
  const words = [2, 3, 4, 5].map((index) => value(row, index));
  if (value(row, 1) === 6) {
    const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
    const literal = groups.map((group) => group.toString(16)).join(':');
    return new SocketAddress({ address: literal, family: 'ipv6' }).address;
  }
  const [word = 0] = words;
  return [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff].join('.');
}
