import { describe, expect, test } from 'vitest';
import {
  FakeIncomingCall,
  type IncomingOptions,
  remoteSdp,
} from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { NOTHING_HELD, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

async function calledIn(board: Switchboard, options?: IncomingOptions): Promise<FakeIncomingCall> {
  const incoming = new FakeIncomingCall(options);
  board.supervisor.onIncoming(incoming);
  await settled();
  return incoming;
}

function calledOut(board: Switchboard): void {
  board.supervisor.create(callSpec({ callId: 'out-1', direction: 'outbound' }));
}

describe('an inbound call', () => {
  test('is rung, answered and greeted without waiting for the caller’s RTP', async () => {
    const board = new Switchboard();

    const incoming = await calledIn(board);

    expect(incoming.sent).toEqual(['180', '200']);
    expect(board.session.remotes).toHaveLength(1);
    expect(board.session.played.size).toBe(1);
    expect(board.eventTypes.slice(0, 2)).toEqual(['created', 'answered']);
  });

  test('that the system stops says why', async () => {
    const board = new Switchboard();
    await calledIn(board);
    board.supervisor.stop('in-1', 'the daily cap is reached');
    await settled();

    expect(board.terminations).toEqual([
      { reason: 'stopped', by: 'system', detail: 'the daily cap is reached' },
    ]);
  });

  test('ends with the caller’s BYE', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    incoming.established.onEnded?.('peer', 'BYE');
    await settled();

    expect(board.terminations).toEqual([{ reason: 'hangup', by: 'caller', detail: 'BYE' }]);
    expect(incoming.established.byesSent).toBe(0);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('ends as caller-cancelled by a CANCEL before our 200 made a dialog', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board, { isSlow: true });

    incoming.onCancel?.();
    incoming.vanish();
    await settled();

    expect(board.terminations).toEqual([{ reason: 'caller-cancelled', by: 'caller' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('ends as caller-cancelled by a CANCEL that came before anybody listened', async () => {
    const board = new Switchboard();
    const incoming = new FakeIncomingCall();
    incoming.cancelledAtOnce = true;

    board.supervisor.onIncoming(incoming);
    await settled();

    expect(incoming.sent).not.toContain('200');
    expect(board.terminations).toEqual([{ reason: 'caller-cancelled', by: 'caller' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('ends with a BYE that came together with the ACK', async () => {
    const board = new Switchboard();
    const incoming = new FakeIncomingCall();
    incoming.established.byeAtOnce = 'BYE';

    board.supervisor.onIncoming(incoming);
    await settled();

    expect(board.eventTypes).toContain('answered');
    expect(board.terminations).toEqual([{ reason: 'hangup', by: 'caller', detail: 'BYE' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('gets a BYE when it was stopped while the 200 was on its way', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board, { isSlow: true });
    board.supervisor.stop('in-1');

    incoming.acknowledge();
    await settled();

    expect(incoming.established.byesSent).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'cancelled', by: 'api' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('without a number of ours gets 404 and is no call', async () => {
    const board = new Switchboard();

    const incoming = await calledIn(board, { calledUser: 'nobody' });

    expect(incoming.sent).toEqual(['404']);
    expect(board.events).toEqual([]);
  });

  test('without a common codec gets 488', async () => {
    const board = new Switchboard();

    const incoming = await calledIn(board, { remoteSdp: remoteSdp(40_000, '18') });

    expect(incoming.sent).toEqual(['180', '488']);
    expect(board.terminations[0]?.reason).toBe('media-failed');
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('without a free media port gets 503', async () => {
    const board = new Switchboard();
    board.media.portsFree = 0;

    const incoming = await calledIn(board);

    expect(incoming.sent).toEqual(['180', '503']);
    expect(board.terminations[0]?.reason).toBe('overloaded');
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('above maxCalls gets 503 and is no call', async () => {
    const board = new Switchboard({ maxCalls: 1 });
    await calledIn(board);
    const before = board.events.length;

    const second = await calledIn(board);

    expect(second.sent).toEqual(['503']);
    expect(board.events).toHaveLength(before);
  });

  test('with a late offer is offered our codecs and connected to what the ACK says', async () => {
    const board = new Switchboard();

    const incoming = await calledIn(board, { remoteSdp: undefined });

    expect(incoming.localSdp).toContain('m=audio 20000 RTP/AVP 0 8 101');
    expect(board.session.remotes[0]).toMatchObject({ port: 40_000, codec: 'PCMU' });
  });

  test('follows the caller’s audio when a re-INVITE moves it', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    const answer = incoming.established.onReinvite?.(remoteSdp(50_000));

    expect(answer).toContain('m=audio 20000');
    expect(board.session.remotes.map((remote) => remote.port)).toEqual([40_000, 50_000]);
  });

  test('refuses a re-INVITE without a common codec and talks on', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    expect(incoming.established.onReinvite?.(remoteSdp(50_000, '18'))).toBeUndefined();
    expect(board.session.remotes).toHaveLength(1);
    expect(board.terminations).toEqual([]);
  });

  test('answers a hold by 0.0.0.0 and sends nothing there', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    const answer = incoming.established.onReinvite?.(remoteSdp(40_000, '0', '0.0.0.0'));

    expect(answer).toContain('m=audio 20000');
    expect(board.session.remotes).toHaveLength(1);
  });
});

describe('an answered call', () => {
  test('is stopped by the API with a BYE', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    board.supervisor.stop('in-1');
    await settled();

    expect(incoming.established.byesSent).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'stopped', by: 'api' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('cannot be cancelled', async () => {
    const board = new Switchboard();
    await calledIn(board);

    expect(() => board.supervisor.cancel('in-1')).toThrow(
      expect.objectContaining({ code: 'call-state-conflict' }),
    );
  });

  test('ends with a BYE when no RTP comes', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    board.session.tell({ type: 'rtp-timeout', atMs: board.clock.now(), silentMs: 10_000 });
    await settled();

    expect(incoming.established.byesSent).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'rtp-timeout', by: 'network' }]);
  });

  test('ends when nobody speaks for the agent’s silence timeout', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    await board.clock.advance(31_000);

    expect(incoming.established.byesSent).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'silence', by: 'system' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('ends at its maximum duration', async () => {
    const agent = callSpec().agent;
    const timeouts = { ...agent.timeouts, maxDurationMs: 20_000 };
    const board = new Switchboard({}, { agent: { ...agent, timeouts } });
    await calledIn(board);

    await board.clock.advance(20_000);

    expect(board.terminations).toEqual([{ reason: 'max-duration', by: 'system' }]);
    expect(board.events.at(-1)).toMatchObject({ type: 'finished', durationMs: 20_000 });
  });

  test('ends with a BYE when the model calls end_call', async () => {
    const board = new Switchboard();
    board.providers.replies = [
      { type: 'tool-call', call: { id: 't1', name: 'end_call', arguments: {} } },
      { type: 'done' },
    ];
    const incoming = await calledIn(board);

    await askedByVoice(board);

    expect(incoming.established.byesSent).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'agent-ended', by: 'agent' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('hears the failure sentence and goes on when a provider fails', async () => {
    const board = new Switchboard();
    board.providers.llmFailure = new Error('connection reset');
    await calledIn(board);

    await askedByVoice(board);

    expect(board.events).toContainEqual(
      expect.objectContaining({
        type: 'provider-error',
        provider: 'llm',
        code: 'provider-protocol',
      }),
    );
    expect(board.terminations).toEqual([]);
    expect(board.session.played.size).toBe(2);
  });

  test('cancels every request of a provider that hangs', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);
    board.providers.hangs = true;
    await askedByVoice(board);
    expect(board.providers.requestsOpen).toBe(1);

    incoming.established.onEnded?.('peer', 'BYE');
    await settled();

    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('is lost when its dialog is ended by the SIP server', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);

    incoming.established.onEnded?.('system', 'unsolicited');

    expect(board.terminations).toEqual([
      { reason: 'hangup', by: 'network', detail: 'unsolicited' },
    ]);
  });

  test('finishes although the far end never answers the BYE', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);
    incoming.established.answersBye = false;
    board.supervisor.stop('in-1');

    await board.clock.advance(5_000);

    expect(board.eventTypes.at(-1)).toBe('finished');
    expect(board.held).toEqual(NOTHING_HELD);
  });
});

describe('an outbound call', () => {
  test('is dialled through its carrier with an offer, rings, is answered and greeted', async () => {
    const board = new Switchboard();
    calledOut(board);
    board.outgoing.ring(183);
    board.outgoing.ring(180);
    board.outgoing.answer();
    await settled();

    expect(board.outgoing.request).toMatchObject({
      targets: [{ port: 5060, toUser: '+4930222' }],
    });
    expect(board.outgoing.localSdp).toContain('m=audio 20000 RTP/AVP 0 8 101');
    expect(board.eventTypes.slice(0, 4)).toEqual(['created', 'dialing', 'ringing', 'answered']);
    expect(board.session.played.size).toBe(1);
    expect(board.providers.streamsOpen).toBe(1);
  });

  test.each([
    [486, 'busy'],
    [600, 'busy'],
    [480, 'no-answer'],
    [408, 'no-answer'],
    [603, 'rejected'],
    [404, 'unreachable'],
    [503, 'unreachable'],
  ] as const)('refused with %i ends as %s', (sipStatus, reason) => {
    const board = new Switchboard();
    calledOut(board);

    board.outgoing.fail(sipStatus, 'Because');

    expect(board.terminations).toEqual([
      { reason, by: 'network', sipStatus, sipReason: 'Because' },
    ]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('keeps no more than 200 characters of the far end’s reason', () => {
    const board = new Switchboard();
    calledOut(board);

    board.outgoing.fail(500, 'x'.repeat(60_000));

    expect(board.terminations[0]?.sipReason).toHaveLength(200);
  });

  test('is cancelled after its ring timeout', async () => {
    const board = new Switchboard();
    calledOut(board);
    board.outgoing.ring();

    await board.clock.advance(20_000);

    expect(board.outgoing.cancels).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'no-answer', by: 'system' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test.each(['stop', 'cancel'] as const)('is cancelled by the API’s %s', (command) => {
    const board = new Switchboard();
    calledOut(board);

    board.supervisor[command]('out-1');

    expect(board.outgoing.cancels).toBe(1);
    expect(board.terminations).toEqual([{ reason: 'cancelled', by: 'api' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('whose 200 crosses our CANCEL gets a BYE (RFC 3261 9.1)', async () => {
    const board = new Switchboard();
    calledOut(board);
    board.outgoing.answersCancel = false;
    board.supervisor.cancel('out-1');

    board.outgoing.answer();
    await settled();

    expect(board.outgoing.established.byesSent).toBe(1);
    expect(board.eventTypes).toEqual(['created', 'dialing', 'ended', 'finished']);
  });

  test('that is answered without a common codec gets a BYE', async () => {
    const board = new Switchboard();
    calledOut(board);
    const useless = Object.assign(board.outgoing.established, {
      remoteSdp: remoteSdp(4_000, '18'),
    });

    board.outgoing.answer(useless);
    await settled();

    expect(useless.byesSent).toBe(1);
    expect(board.terminations[0]?.reason).toBe('media-failed');
    expect(board.held).toEqual(NOTHING_HELD);
  });
});

describe('a shutdown', () => {
  test('hangs up answered calls, cancels dialled ones, and resolves when all are finished', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);
    calledOut(board);

    await board.supervisor.close();

    expect(incoming.established.byesSent).toBe(1);
    expect(board.outgoing.cancels).toBe(1);
    expect(board.terminations.map((ending) => ending.reason)).toEqual([
      'server-shutdown',
      'server-shutdown',
    ]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('that drains takes no call and waits for the running ones', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);
    const drained = board.supervisor.drain(60_000);

    const refused = await calledIn(board);
    expect(refused.sent).toEqual(['503']);
    expect(() => calledOut(board)).toThrow(expect.objectContaining({ code: 'shutting-down' }));
    incoming.established.onEnded?.('peer', 'BYE');
    await drained;

    expect(board.terminations.map((ending) => ending.reason)).toEqual(['hangup']);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('that drains ends what is left at its timeout with a BYE', async () => {
    const board = new Switchboard();
    const incoming = await calledIn(board);
    const drained = board.supervisor.drain(10_000);

    await board.clock.advance(10_000);
    await drained;

    expect(incoming.established.byesSent).toBe(1);
    expect(board.terminations.map((ending) => ending.reason)).toEqual(['server-shutdown']);
  });

  test('gives a caller whose 200 never made a dialog up after a while', async () => {
    const board = new Switchboard();
    await calledIn(board, { isSlow: true });
    const closed = board.supervisor.close();

    await board.clock.advance(5_000);
    await closed;

    expect(board.held).toEqual(NOTHING_HELD);
  });
});

/** The caller says something, and the endpointing lets it be a turn. */
async function askedByVoice(board: Switchboard): Promise<void> {
  const { clock, session } = board;
  const onsetMs = clock.now();
  session.tell({ type: 'speech-started', atMs: onsetMs, onsetMs });
  session.tell({ type: 'speech-confirmed', atMs: onsetMs, onsetMs });
  await clock.advance(600);
  const endMs = clock.now();
  session.tell({ type: 'speech-ended', atMs: endMs, onsetMs, endMs });
  board.providers.streams.at(-1)?.listener.onFinal({ text: 'What time is it?' });
  await clock.advance(1_000);
}
