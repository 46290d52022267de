import { describe, expect, test } from 'vitest';
import { FakeIncomingCall, remoteSdp } from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

test('180 goes out before a media session or a provider is opened', () => {
  const board = new Switchboard();
  const opened: number[] = [];
  class RingingCall extends FakeIncomingCall {
    override ring(): void {
      const { sessions, streams, requests } = board.held;
      opened.push((sessions ?? 0) + (streams ?? 0) + (requests ?? 0));
      super.ring();
    }
  }
  const incoming = new RingingCall();
  board.supervisor.onIncoming(incoming);

  expect(opened).toEqual([0]);
  expect(incoming.sent[0]).toBe('180');
});

describe('the first sentence, when the ACK is late', () => {
  async function waiting(): Promise<{ board: Switchboard; incoming: FakeIncomingCall }> {
    const board = new Switchboard();
    const incoming = new FakeIncomingCall();
    incoming.established.isAcknowledged = false;
    board.supervisor.onIncoming(incoming);
    await settled();
    expect(board.eventTypes).toContain('answered');
    expect(board.session.played.size).toBe(0);
    return { board, incoming };
  }

  test('waits for the ACK', async () => {
    const { board, incoming } = await waiting();
    incoming.established.onAcknowledged?.();
    await settled();

    expect(board.session.played.size).toBe(1);
  });

  test('or for the first audio of the caller', async () => {
    const { board } = await waiting();
    const atMs = board.clock.now();
    board.session.tell({ type: 'rtp-started', atMs, address: '127.0.0.1', port: 40_000 });
    await settled();

    expect(board.session.played.size).toBe(1);
  });

  test('and for half a second at most', async () => {
    const { board } = await waiting();
    await board.clock.advance(499);
    expect(board.session.played.size).toBe(0);
    await board.clock.advance(1);

    expect(board.session.played.size).toBe(1);
  });
});

describe('early media', () => {
  test('of an agent that speaks before the answer is a 183; the 200 follows the first sentence', async () => {
    const board = new Switchboard({}, { earlyMedia: true });
    const incoming = new FakeIncomingCall();
    board.supervisor.onIncoming(incoming);
    await settled();

    expect(incoming.sent).toEqual(['180', '183', '200']);
    expect(board.session.played.size).toBe(1);
    expect(board.eventTypes).toContain('answered');
  });

  test('is not for a late offer', async () => {
    const board = new Switchboard({}, { earlyMedia: true });
    const incoming = new FakeIncomingCall({ remoteSdp: undefined });
    board.supervisor.onIncoming(incoming);
    await settled();

    expect(incoming.sent).toEqual(['180', '200']);
  });

  test('of the called side connects the media at once; the agent waits for the answer', async () => {
    const board = new Switchboard();
    board.supervisor.create(callSpec({ callId: 'out-1', direction: 'outbound' }));
    board.outgoing.ring(183, remoteSdp(41_000, '8'));
    await settled();
    expect(board.session.remotes).toMatchObject([{ port: 41_000, codec: 'PCMA' }]);
    expect(board.session.played.size).toBe(0);

    board.outgoing.answer();
    await settled();
    expect(board.session.played.size).toBe(1);
  });
});

describe('keys', () => {
  async function answered(): Promise<{ board: Switchboard; incoming: FakeIncomingCall }> {
    const board = new Switchboard({}, { dtmfType: 'info' });
    const incoming = new FakeIncomingCall();
    board.supervisor.onIncoming(incoming);
    await settled();
    return { board, incoming };
  }

  const digits = (board: Switchboard) =>
    board.events.flatMap((event) => (event.type === 'dtmf' ? [event.digit] : [])).join('');

  test('come by INFO as by RFC 4733, and not twice when by both', async () => {
    const { board, incoming } = await answered();
    const info = (body: string) =>
      incoming.established.onInfo?.({ contentType: 'application/dtmf-relay', body });
    info('Signal=5\r\nDuration=160');
    board.session.press('5');
    info('Signal= #');
    info('Signal=#');
    info('nonsense');

    expect(digits(board)).toBe('5##');
  });

  test('go out one after the other', async () => {
    const { board, incoming } = await answered();
    board.supervisor.press('in-1', '1*#');
    await settled();

    expect(incoming.established.infos).toEqual(
      ['1', '*', '#'].map((digit) => `Signal=${digit}\r\nDuration=160\r\n`),
    );
  });
});
