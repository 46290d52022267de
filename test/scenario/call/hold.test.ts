import { describe, expect, test } from 'vitest';
import { SipFailure } from '../../../src/signaling/sip-failure.ts';
import { FakeIncomingCall, remoteSdp } from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { NOTHING_HELD, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

async function answered(): Promise<{ board: Switchboard; incoming: FakeIncomingCall }> {
  const board = new Switchboard();
  const incoming = new FakeIncomingCall();
  board.supervisor.onIncoming(incoming);
  await settled();
  return { board, incoming };
}

const HOLDS = [
  ['sendonly', `${remoteSdp()}a=sendonly\r\n`, 'a=recvonly'],
  ['inactive', `${remoteSdp()}a=inactive\r\n`, 'a=inactive'],
  ['c=0.0.0.0', remoteSdp(40_000, '0', '0.0.0.0'), 'a=recvonly'],
] as const;

describe('a hold by the peer (RFC 3264 section 8.4)', () => {
  test.each(HOLDS)('by %s pauses the agent and ends with sendrecv', async (_how, offer, answer) => {
    const { board, incoming } = await answered();

    expect(incoming.established.onReinvite?.(offer)).toContain(answer);
    expect(board.eventTypes.at(-1)).toBe('held');
    expect(board.session.isPaused).toBe(true);
    expect(board.session.isMuted).toBe(true);

    expect(incoming.established.onReinvite?.(remoteSdp())).toContain('a=sendrecv');
    expect(board.eventTypes.at(-1)).toBe('resumed');
    expect(board.session.isPaused).toBe(false);
    expect(board.session.isMuted).toBe(false);
  });

  test('is no silence of the caller and no loss of media', async () => {
    const { board, incoming } = await answered();
    incoming.established.onReinvite?.(HOLDS[0][1]);

    board.session.tell({ type: 'rtp-timeout', atMs: board.clock.now(), silentMs: 10_000 });
    await board.clock.advance(300_000);
    expect(board.terminations).toEqual([]);

    incoming.established.onReinvite?.(remoteSdp());
    await board.clock.advance(31_000);
    expect(board.terminations).toMatchObject([{ reason: 'silence' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('that a refresh repeats changes nothing', async () => {
    const { board, incoming } = await answered();
    const { onReinvite } = incoming.established;
    const remotes = board.session.remotes.length;

    const first = onReinvite?.(remoteSdp());
    const second = onReinvite?.(remoteSdp());

    expect(second).toBe(first);
    expect(board.session.remotes).toHaveLength(remotes);
  });

  test('leaves the session as it was when the offer cannot be answered', async () => {
    const { board, incoming } = await answered();

    expect(incoming.established.onReinvite?.(remoteSdp(40_000, '18'))).toBeUndefined();
    expect(board.eventTypes).not.toContain('held');
  });
});

describe('a re-INVITE', () => {
  test('moves the media and changes the codec', async () => {
    const { board, incoming } = await answered();
    incoming.established.onReinvite?.(remoteSdp(50_000, '8', '127.0.0.7'));

    expect(board.session.remotes.at(-1)).toMatchObject({
      address: '127.0.0.7',
      port: 50_000,
      codec: 'PCMA',
    });
  });
});

describe('a hold by the API', () => {
  test('is a re-INVITE with sendonly; its end one with sendrecv', async () => {
    const { board, incoming } = await answered();
    const { reinvites } = incoming.established;
    board.supervisor.hold('in-1');
    expect(reinvites[0]?.sdp).toContain('a=sendonly');
    reinvites[0]?.settle.resolve(`${remoteSdp()}a=recvonly\r\n`);
    await settled();
    expect(board.eventTypes.at(-1)).toBe('held');
    expect(() => board.supervisor.hold('in-1')).toThrow('held');

    board.supervisor.resume('in-1');
    expect(reinvites[1]?.sdp).toContain('a=sendrecv');
    reinvites[1]?.settle.resolve(remoteSdp());
    await settled();
    expect(board.eventTypes.at(-1)).toBe('resumed');
    expect(() => board.supervisor.resume('in-1')).toThrow('not held');
  });

  test('that the peer refuses changes nothing', async () => {
    const { board, incoming } = await answered();
    board.supervisor.hold('in-1');
    incoming.established.reinvites[0]?.settle.reject(new SipFailure(488, 'Not Acceptable Here'));
    await settled();

    expect(board.events.at(-1)).toMatchObject({ type: 'hold-refused', sipStatus: 488 });
    expect(board.session.isPaused).toBe(false);
    expect(incoming.established.onReinvite?.(remoteSdp())).toContain('a=sendrecv');
  });

  test('is not for a call that is not answered', () => {
    const board = new Switchboard();
    board.supervisor.create(callSpec({ callId: 'out-1', direction: 'outbound' }));

    expect(() => board.supervisor.hold('out-1')).toThrow('dialing');
  });
});
