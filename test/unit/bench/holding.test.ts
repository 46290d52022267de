import { describe, expect, test } from 'vitest';
import { FIGURE_NAMES, type Holding, isIdle, leftovers } from '../../bench/soak/holding.ts';
import { countSockets } from '../../bench/soak/process-status.ts';

const EMPTY = Object.fromEntries(FIGURE_NAMES.map((name) => [name, 0])) as Holding;
const BEFORE: Holding = {
  ...EMPTY,
  open_files: 50,
  threads: 17,
  rtp_ports_free: 200,
  heap_main: 30e6,
};

function left(after: Holding): readonly string[] {
  return leftovers({ before: BEFORE, halfWay: BEFORE, after }, 1_000);
}

describe('what calls have left', () => {
  test('is nothing when all is as before', () => {
    expect(left(BEFORE)).toEqual([]);
  });

  test.each([
    ['a call', { active_calls: 1 }],
    ['a media session', { media_sessions: 1 }],
    ['an RTP port', { rtp_ports_free: 199 }],
    ['a SIP transaction', { sip_transactions: 1 }],
    ['a timer', { sip_timers: 1 }],
    ['a file descriptor', { open_files: 51 }],
    ['a thread', { threads: 18 }],
    ['a kilobyte for each call', { heap_main: 31e6 + 1_000_000 }],
  ])('is %s more or a port less than before', (_, change) => {
    expect(left({ ...BEFORE, ...change })).toHaveLength(1);
  });

  test('is not what a compiler keeps, nor the resident memory', () => {
    expect(left({ ...BEFORE, heap_main: 30.2e6, rss: 9e9 })).toEqual([]);
  });
});

test('an engine is idle when nothing of its calls is left, whatever else it holds', () => {
  expect(isIdle(BEFORE)).toBe(true);
  expect(isIdle({ ...BEFORE, sip_transactions: 1 })).toBe(false);
});

test('sockets are counted by their inodes, those of other processes are not', () => {
  const table = [
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
    '  101: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000000000000000 0',
    '  102: 0100007F:13C5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4343 2 0000000000000000 0',
  ].join('\n');

  expect(countSockets(['socket:[4242]', 'socket:[1]', '/dev/null', 'pipe:[4343]'], table)).toBe(1);
});
