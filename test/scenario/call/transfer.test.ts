import { describe, expect, test } from 'vitest';
import type { IncomingRefer } from '../../../src/signaling/signaling.ts';
import {
  FakeEstablishedCall,
  FakeIncomingCall,
  remoteSdp,
} from '../../support/call/fake-signaling.ts';
import { NOTHING_HELD, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

const SLOT = new Int16Array(160);

async function answered(
  board = new Switchboard(),
): Promise<{ board: Switchboard; incoming: FakeIncomingCall }> {
  const incoming = new FakeIncomingCall();
  board.supervisor.onIncoming(incoming);
  await settled();
  return { board, incoming };
}

const transfersOf = (board: Switchboard) =>
  board.events.flatMap((event) =>
    event.type === 'transfer' ? [`${event.state} ${event.sipStatus ?? ''}`.trim()] : [],
  );

describe('a blind transfer (RFC 3515)', () => {
  test('ends the call when the peer has reached the target', async () => {
    const { board, incoming } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'blind' });
    const [refer] = incoming.established.refers;
    expect(refer?.target).toEqual({ user: '+4930999' });
    refer?.settle.progress(202, 'Accepted');
    refer?.settle.progress(180, 'Ringing');
    refer?.settle.resolve({ status: 200, reason: 'OK' });
    await settled();

    expect(transfersOf(board)).toEqual([
      'started',
      'progress 202',
      'progress 180',
      'completed 200',
    ]);
    expect(board.terminations).toEqual([{ reason: 'transferred', by: 'api' }]);
    expect(incoming.established.byeReasons).toEqual(['Q.850;cause=16;text="Call transferred"']);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('is done as well when the peer accepts and hangs up', async () => {
    const { board, incoming } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'blind' });
    incoming.established.refers[0]?.settle.progress(202, 'Accepted');
    incoming.established.onEnded?.('peer', 'BYE');
    await settled();

    expect(board.terminations[0]?.reason).toBe('transferred');
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('that is refused, or fails, leaves the call with the agent', async () => {
    const { board, incoming } = await answered();
    for (const status of [603, 486]) {
      board.supervisor.transfer('in-1', { to: '+4930999', mode: 'blind' });
      incoming.established.refers.at(-1)?.settle.resolve({ status, reason: 'no' });
      await settled();
    }

    expect(transfersOf(board)).toEqual(['started', 'failed 603', 'started', 'failed 486']);
    expect(board.terminations).toEqual([]);
  });

  test('is one at a time', async () => {
    const { board } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'blind' });

    expect(() => board.supervisor.transfer('in-1', { to: '+4930999', mode: 'bridge' })).toThrow(
      'being transferred',
    );
  });
});

describe('an attended transfer (RFC 3891)', () => {
  test('calls the target, then sends the peer into our place', async () => {
    const { board, incoming } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'attended' });
    const second = board.outgoing;
    second.ring();
    second.answer();
    await settled();
    const [refer] = incoming.established.refers;
    expect(refer?.target).toMatchObject({ call: { dialogId: second.established.dialogId } });
    refer?.settle.progress(202, 'Accepted');
    // The target takes the peer's INVITE and leaves ours.
    second.established.onEnded?.('peer', 'replaced');
    refer?.settle.resolve({ status: 200, reason: 'OK' });
    await settled();

    expect(board.terminations).toEqual([{ reason: 'transferred', by: 'api' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('to a target that is busy leaves the call with the agent', async () => {
    const { board } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'attended' });
    board.outgoing.fail(486, 'Busy Here');
    await settled();

    expect(transfersOf(board)).toEqual(['started', 'failed 486']);
    expect(board.media.sessionsOpen).toBe(1);
    expect(board.terminations).toEqual([]);
  });
});

describe('a bridge to a second leg', () => {
  async function bridged() {
    const parts = await answered();
    const first = parts.board.session;
    parts.board.supervisor.transfer('in-1', { to: '+4930999', mode: 'bridge' });
    const second = parts.board.outgoing;
    second.answer();
    await settled();
    return { ...parts, second, first, secondSession: parts.board.session };
  }

  test('lets each hear the other, and the agent neither', async () => {
    const { board, first, secondSession } = await bridged();
    const before = [...first.played.keys()];
    first.hear(SLOT, SLOT);
    secondSession.hear(SLOT, SLOT);

    expect(transfersOf(board)).toEqual(['started', 'bridged 200']);
    expect(secondSession.played.size).toBe(1);
    expect([...first.played.keys()]).toHaveLength(before.length + 1);
    await board.clock.advance(120_000);
    expect(board.terminations).toEqual([]);
  });

  test('gives the call back to the agent when the second leg hangs up', async () => {
    const { board, second } = await bridged();
    second.established.onEnded?.('peer', 'BYE');
    await settled();
    expect(transfersOf(board).at(-1)).toBe('ended 200');
    expect(board.media.sessionsOpen).toBe(1);
    await board.clock.advance(31_000);

    expect(board.terminations).toMatchObject([{ reason: 'silence' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('ends with the first leg, and passes the reason on (RFC 3326)', async () => {
    const { board, incoming, second } = await bridged();
    incoming.established.onEnded?.('peer', 'Q.850;cause=27');
    await settled();

    expect(second.established.byeReasons).toEqual(['Q.850;cause=27']);
    expect(board.terminations).toMatchObject([{ reason: 'hangup', detail: 'Q.850;cause=27' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('that is stopped while the target rings cancels that call', async () => {
    const { board } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'bridge' });
    board.supervisor.stop('in-1');
    await settled();

    expect(board.outgoing.cancels).toBe(1);
    expect(board.held).toEqual(NOTHING_HELD);
  });
});

describe('another caller takes the place of the peer (Replaces)', () => {
  test('and the conversation goes on', async () => {
    const { board, incoming } = await answered();
    const other = new FakeIncomingCall({ remoteSdp: remoteSdp(42_000) });
    other.replaces = incoming.established;
    board.supervisor.onIncoming(other);
    await settled();

    expect(other.sent).toEqual(['200']);
    expect(incoming.established.byesSent).toBe(1);
    expect(board.session.remotes.at(-1)?.port).toBe(42_000);
    expect(board.eventTypes).toContain('peer-replaced');
    expect(board.media.sessions).toHaveLength(1);

    other.established.onEnded?.('peer', 'BYE');
    await settled();
    expect(board.terminations).toMatchObject([{ reason: 'hangup' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('of a call that nobody has gets 481', async () => {
    const { board } = await answered();
    const other = new FakeIncomingCall();
    other.replaces = new FakeEstablishedCall('gone', '');
    board.supervisor.onIncoming(other);

    expect(other.sent).toEqual(['481']);
  });
});

describe('a REFER of the peer', () => {
  class FakeRefer implements IncomingRefer {
    readonly referTo = 'sip:+4930999@carrier.example';
    readonly referToUser = '+4930999';
    readonly replaces = undefined;
    readonly referredBy = '<sip:a@b>';
    readonly said: string[] = [];

    accept(): void {
      this.said.push('202');
    }

    notify(status: number): void {
      this.said.push(`NOTIFY ${status}`);
    }

    refuse(status: number): void {
      this.said.push(String(status));
    }
  }

  test('is declined unless the agent may be sent away', async () => {
    const { incoming } = await answered();
    const refer = new FakeRefer();
    incoming.established.onRefer?.(refer);

    expect(refer.said).toEqual(['603']);
  });

  test('leads the agent to the target, and ends the first dialog', async () => {
    const { board, incoming } = await answered(new Switchboard({}, { acceptsRefer: true }));
    const refer = new FakeRefer();
    incoming.established.onRefer?.(refer);
    expect(board.outgoing.request.headers).toMatchObject({ 'Referred-By': '<sip:a@b>' });
    board.outgoing.ring();
    board.outgoing.answer();
    await settled();

    expect(refer.said).toEqual(['202', 'NOTIFY 180', 'NOTIFY 200']);
    expect(incoming.established.byesSent).toBe(1);
    expect(board.events.at(-1)).toMatchObject({ type: 'peer-replaced', by: 'refer' });
    expect(board.terminations).toEqual([]);
  });

  test('to a target that does not answer leaves the call as it was', async () => {
    const { board, incoming } = await answered(new Switchboard({}, { acceptsRefer: true }));
    const refer = new FakeRefer();
    incoming.established.onRefer?.(refer);
    board.outgoing.fail(486, 'Busy Here');
    await settled();

    expect(refer.said).toEqual(['202', 'NOTIFY 486']);
    expect(incoming.established.byesSent).toBe(0);
  });
});
