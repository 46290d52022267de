import { describe, expect, test } from 'vitest';
import { FakeIncomingCall } from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

const OUTBOUND = callSpec({ callId: 'out-1', direction: 'outbound' });

function coded(code: string): unknown {
  return expect.objectContaining({ code });
}

describe('create', () => {
  test('throws calls-at-limit when maxCalls are running', () => {
    const board = new Switchboard({ maxCalls: 1 });
    board.supervisor.create(OUTBOUND);

    expect(() => board.supervisor.create({ ...OUTBOUND, callId: 'out-2' })).toThrow(
      coded('calls-at-limit'),
    );
  });

  test('throws no-route when no carrier takes the call, and nothing was begun', () => {
    const board = new Switchboard({ routeFor: () => undefined });

    expect(() => board.supervisor.create(OUTBOUND)).toThrow(coded('no-route'));
    expect(board.events).toEqual([]);
  });

  test('throws call-state-conflict for an id that is running', () => {
    const board = new Switchboard();
    board.supervisor.create(OUTBOUND);

    expect(() => board.supervisor.create(OUTBOUND)).toThrow(coded('call-state-conflict'));
  });

  test('throws shutting-down after close', async () => {
    const board = new Switchboard();
    await board.supervisor.close();

    expect(() => board.supervisor.create(OUTBOUND)).toThrow(coded('shutting-down'));
  });

  test('does not throw for want of a media port: that ends the call as overloaded', () => {
    const board = new Switchboard();
    board.media.portsFree = 0;

    board.supervisor.create(OUTBOUND);

    expect(board.terminations.map((ending) => ending.reason)).toEqual(['overloaded']);
  });
});

describe('stop and cancel', () => {
  test.each(['stop', 'cancel'] as const)('%s throws call-not-found for no call', (command) => {
    const board = new Switchboard();

    expect(() => board.supervisor[command]('nobody')).toThrow(coded('call-not-found'));
  });

  test('stop throws call-state-conflict for a call that is closing down', async () => {
    const board = new Switchboard();
    const incoming = new FakeIncomingCall();
    incoming.established.answersBye = false;
    board.supervisor.onIncoming(incoming);
    await settled();
    board.supervisor.stop('in-1');

    expect(() => board.supervisor.stop('in-1')).toThrow(coded('call-state-conflict'));
    expect(incoming.established.byesSent).toBe(1);
  });
});

describe('an incoming call', () => {
  test('gets 500 when looking its number up throws', () => {
    const board = new Switchboard({
      inboundSpecFor: () => {
        throw new Error('no database');
      },
    });
    const incoming = new FakeIncomingCall();

    board.supervisor.onIncoming(incoming);

    expect(incoming.sent).toEqual(['500']);
    expect(board.faults).toHaveLength(1);
  });

  test('tells the recogniser of speech with the media time of the speech', async () => {
    const board = new Switchboard();
    board.supervisor.onIncoming(new FakeIncomingCall());
    await settled();
    const atMs = board.clock.now();

    board.session.tell({ type: 'speech-started', atMs, onsetMs: atMs });
    board.session.tell({ type: 'speech-ended', atMs, onsetMs: atMs, endMs: atMs });

    expect(board.providers.streams[0]?.hints).toEqual([`started ${atMs}`, `ended ${atMs}`]);
  });

  test('opens its recogniser before the dialog is up', async () => {
    const board = new Switchboard();

    board.supervisor.onIncoming(new FakeIncomingCall({ isSlow: true }));

    expect(board.providers.streamsOpen).toBe(1);
    expect(board.eventTypes).toEqual(['created']);
  });

  test('hands caller audio to the recogniser as it comes', async () => {
    const board = new Switchboard();
    board.supervisor.onIncoming(new FakeIncomingCall());
    await settled();

    board.session.hear(new Int16Array(160), new Int16Array(160));

    expect(board.providers.streams[0]?.samplesWritten).toBe(160);
  });
});
