import { describe, expect, test } from 'vitest';
import { FakeIncomingCall } from '../../support/call/fake-signaling.ts';
import { FakeTurns } from '../../support/call/fake-turns.ts';
import { callSpec } from '../../support/call/specs.ts';
import { NOTHING_HELD, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

describe('one call’s fault never touches another call', () => {
  async function twoCalls(board: Switchboard): Promise<[FakeIncomingCall, FakeIncomingCall]> {
    const calls = [new FakeIncomingCall(), new FakeIncomingCall()] as const;
    for (const incoming of calls) board.supervisor.onIncoming(incoming);
    await settled();
    return [...calls];
  }

  function endingsOf(board: Switchboard): string[] {
    return board.terminations.map((ending) => ending.reason);
  }

  test('when its event listener throws', async () => {
    const board = new Switchboard();
    board.onEvent = (callId, event) => {
      if (callId === 'in-1' && event.type === 'answered') throw new Error('listener broke');
    };

    const [first, second] = await twoCalls(board);

    expect(endingsOf(board)).toEqual(['internal-error']);
    expect(first.established.byesSent).toBe(1);
    expect(second.established.byesSent).toBe(0);
    expect(board.faults).toEqual([expect.objectContaining({ callId: 'in-1' })]);
    expect(board.held).toMatchObject({ calls: 1, sessions: 1, streams: 1 });
  });

  test('when its event listener throws on every event, its end included', async () => {
    const board = new Switchboard();
    board.onEvent = (callId) => {
      if (callId === 'in-1') throw new Error('listener broke');
    };

    const [first, second] = await twoCalls(board);

    expect(first.sent).toContain('500');
    expect(second.established.byesSent).toBe(0);
    expect(board.held).toMatchObject({ calls: 1, sessions: 1, streams: 1 });
  });

  test.each(['start', 'dtmf', 'stop'] as const)(
    'when its turn engine throws on %s',
    async (throwsOn) => {
      const turns = [new FakeTurns(), new FakeTurns()];
      const [faulty] = turns;
      if (faulty) faulty.throwsOn = throwsOn;
      const board = new Switchboard({ turnsFor: () => turns.shift() ?? new FakeTurns() });
      const [first, second] = await twoCalls(board);

      for (const session of board.media.sessions) {
        session.press('1');
      }
      first.established.onEnded?.('peer', 'BYE');
      await settled();

      expect(board.supervisor.activeCalls).toBe(1);
      expect(second.established.byesSent).toBe(0);
      expect(board.faults).toHaveLength(1);
      await board.supervisor.close();
      expect(board.held).toEqual(NOTHING_HELD);
    },
  );

  test('when its recogniser throws in the middle of a batch of frames', async () => {
    const board = new Switchboard();
    const [first, second] = await twoCalls(board);
    const [stream] = board.providers.streams;
    if (stream) {
      stream.write = () => {
        throw new Error('socket gone');
      };
    }

    const frame = new Int16Array(160);
    for (const session of board.media.sessions) session.hear(frame, frame);
    await settled();

    expect(endingsOf(board)).toEqual(['internal-error']);
    expect(first.established.byesSent).toBe(1);
    expect(second.established.byesSent).toBe(0);
    expect(board.providers.streams[1]?.samplesWritten).toBe(160);
  });

  test('when its session description cannot be read without an exception', async () => {
    const board = new Switchboard();
    const [first] = await twoCalls(board);
    const broken = Object.create(null) as string;

    expect(first.established.onReinvite?.(broken)).toBeUndefined();
    await settled();

    expect(endingsOf(board)).toEqual(['internal-error']);
    expect(first.established.byesSent).toBe(1);
    expect(board.supervisor.activeCalls).toBe(1);
  });

  test('when its providers cannot even be chosen', async () => {
    const board = new Switchboard({
      providersFor: () => {
        throw new Error('no such vendor');
      },
    });

    const [first] = await twoCalls(board);

    expect(first.sent).toEqual(['500']);
    expect(() =>
      board.supervisor.create(callSpec({ callId: 'out-1', direction: 'outbound' })),
    ).toThrow('no such vendor');
    expect(board.held).toEqual(NOTHING_HELD);
  });
});

describe('1,000 short calls', () => {
  const reasons = [
    (board: Switchboard, call: FakeIncomingCall) => {
      call.established.onEnded?.('peer', 'BYE');
      return board;
    },
    (board: Switchboard, _call: FakeIncomingCall, callId: string) => board.supervisor.stop(callId),
    (board: Switchboard) =>
      board.session.tell({ type: 'rtp-timeout', atMs: board.clock.now(), silentMs: 1 }),
  ];

  test('inbound leave no timer, session, stream or request', async () => {
    const board = new Switchboard();
    board.providers.hangs = true;
    for (let n = 0; n < 500; n += 1) {
      const incoming = new FakeIncomingCall();
      board.supervisor.onIncoming(incoming);
      await settled();
      expect(board.held).toMatchObject({ calls: 1, timers: 1, sessions: 1, streams: 1 });
      reasons[n % reasons.length]?.(board, incoming, `in-${n + 1}`);
      await settled();
    }

    expect(board.held).toEqual(NOTHING_HELD);
    expect(board.media.sessions.map((session) => session.closings)).toEqual(
      Array.from({ length: 500 }, () => 1),
    );
    expect(board.eventTypes.filter((type) => type === 'ended')).toHaveLength(500);
    expect(board.eventTypes.filter((type) => type === 'finished')).toHaveLength(500);
  });

  test('outbound leave no timer, session, stream or request', async () => {
    const board = new Switchboard();
    for (let n = 0; n < 500; n += 1) {
      const callId = `out-${n}`;
      board.supervisor.create(callSpec({ callId, direction: 'outbound' }));
      if (n % 3 === 0) board.outgoing.fail(486, 'Busy Here');
      else if (n % 3 === 1) board.supervisor.cancel(callId);
      else {
        board.outgoing.answer();
        board.supervisor.stop(callId);
      }
      await settled();
    }

    expect(board.held).toEqual(NOTHING_HELD);
    expect(board.eventTypes.filter((type) => type === 'finished')).toHaveLength(500);
  });
});
