import { describe, expect, test } from 'vitest';
import type { IncomingRefer } from '../../../src/signaling/signaling.ts';
import {
  FakeEstablishedCall,
  FakeIncomingCall,
  remoteSdp,
} from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { NOTHING_HELD, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';
import { inlineKey } from '../../support/sdp/srtp-keys.ts';

const SLOT = new Int16Array(160);

interface Answered {
  readonly board: Switchboard;
  readonly incoming: FakeIncomingCall;
}

async function answered(board = new Switchboard()): Promise<Answered> {
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
    expect(transfersOf(board)).toEqual(['started', 'bridged 200']);
    expect(first.bridgedWith).toEqual({ other: secondSession, agentHeardBy: 'nobody' });
    await board.clock.advance(120_000);
    expect(board.terminations).toEqual([]);
  });

  test.each([
    ['listening', 'nobody', 'write down'],
    ['whispering', 'own', 'answer'],
    ['talking', 'both', 'answer'],
  ] as const)('with a %s agent, heard by %s, lets it %s', async (agent, agentHeardBy, does) => {
    const { board } = await answered();
    const first = board.session;
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'bridge', agent });
    board.outgoing.answer();
    await settled();
    expect(first.bridgedWith).toEqual({ other: board.session, agentHeardBy });
    const asked = board.providers.requests.length;
    const onsetMs = board.clock.now();
    first.tell({ type: 'speech-started', atMs: onsetMs, onsetMs });
    first.tell({ type: 'speech-confirmed', atMs: onsetMs, onsetMs });
    await board.clock.advance(800);
    const endMs = board.clock.now();
    first.tell({ type: 'speech-ended', atMs: endMs, onsetMs, endMs });
    board.providers.streams.at(-1)?.listener.onFinal({ text: 'Is it open on Sunday?' });
    await board.clock.advance(3_000);

    expect(board.providers.requests.length > asked).toBe(does === 'answer');
    expect(board.events).toContainEqual(
      expect.objectContaining({ type: 'transcript', text: 'Is it open on Sunday?' }),
    );
  });

  test('gives the call back to the agent when the second leg hangs up', async () => {
    const { board, second } = await bridged();
    second.established.onEnded?.('peer', 'BYE');
    await settled();
    expect(transfersOf(board).at(-1)).toBe('ended 200');
    expect(board.media.sessionsOpen).toBe(1);
    expect(board.session.bridgedWith).toBeUndefined();
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

  test('to a target that rings for longer than a call of ours may is given up', async () => {
    const { board } = await answered();
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'bridge' });
    board.outgoing.ring();
    await board.clock.advance(20_000);

    expect(board.outgoing.cancels).toBe(1);
    expect(transfersOf(board)).toEqual(['started', 'progress 180', 'failed 408']);
    expect(board.media.sessionsOpen).toBe(1);
    board.supervisor.transfer('in-1', { to: '+4930999', mode: 'bridge' });
    board.outgoing.answer();
    await board.clock.advance(20_000);
    expect(transfersOf(board).at(-1)).toBe('bridged 200');
    expect(board.terminations).toEqual([]);
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

describe('a warm transfer', () => {
  const REQUEST = {
    to: '+4930999',
    mode: 'warm',
    summary: 'Ada asks for her bill.',
    holdSentence: 'One moment please.',
  } as const;

  async function called() {
    const parts = await answered();
    const first = parts.board.session;
    const said = first.played.size;
    parts.board.supervisor.transfer('in-1', REQUEST);
    await settled();
    return { ...parts, first, said, second: parts.board.outgoing };
  }

  async function connected() {
    const parts = await called();
    parts.second.answer();
    await settled();
    return { ...parts, secondSession: parts.board.session };
  }

  /** What the model was asked last. */
  const lastWords = (board: Switchboard) =>
    board.providers.requests.at(-1)?.messages.at(-1)?.content;

  test.each([
    ['the target is busy', ({ board }: Answered) => board.outgoing.fail(486, 'Busy Here')],
    ['the caller hangs up', ({ incoming }: Answered) => incoming.established.onEnded?.('peer', '')],
  ])('says its sentence no further when %s', async (_what, end) => {
    const parts = await answered();
    parts.board.providers.hangs = true;
    parts.board.supervisor.transfer('in-1', REQUEST);
    await settled();
    expect(parts.board.providers.requestsOpen).toBe(1);
    parts.board.providers.hangs = false;
    end(parts);
    await settled();

    expect(parts.board.providers.requestsOpen).toBe(0);
  });

  test('lets the caller wait, tells the target, then connects both', async () => {
    const { board, first, said, second } = await called();
    expect(first.played.size).toBe(said + 1);
    second.ring();
    first.hear(SLOT, SLOT);
    second.answer();
    await settled();
    const secondSession = board.session;

    expect(transfersOf(board)).toEqual([
      'started',
      'progress 180',
      'consulting 200',
      'bridged 200',
    ]);
    expect([...secondSession.played.keys()]).toEqual([1]);
    expect(first.bridgedWith).toEqual({ other: secondSession, agentHeardBy: 'nobody' });
    await board.clock.advance(120_000);
    expect(board.terminations).toEqual([]);
  });

  test.each([
    [486, 'is busy'],
    [480, 'did not answer'],
    [404, 'could not be reached'],
  ])(
    'that fails with %i gives the caller back to the agent, who knows why: %s',
    async (status, why) => {
      const { board, second } = await called();
      second.fail(status, 'Said');
      await settled();

      expect(transfersOf(board)).toEqual(['started', `failed ${status}`]);
      expect(lastWords(board)).toContain(why);
      expect(board.terminations).toEqual([]);
      expect(board.media.sessionsOpen).toBe(1);
    },
  );

  test('to a target that rings for too long is given up', async () => {
    const { board, second } = await called();
    second.ring();
    await board.clock.advance(20_000);
    await settled();

    expect(second.cancels).toBe(1);
    expect(transfersOf(board)).toEqual(['started', 'progress 180', 'failed 408']);
    expect(lastWords(board)).toContain('did not answer');
    expect(board.supervisor.activeCalls).toBe(1);
  });

  test('whose target hangs up while it is told leaves the caller with the agent', async () => {
    const { board, second } = await called();
    board.providers.hangs = true;
    second.answer();
    await settled();
    expect(transfersOf(board).at(-1)).toBe('consulting 200');
    second.established.onEnded?.('peer', 'BYE');
    await settled();

    expect(transfersOf(board).at(-1)).toBe('failed 200');
    expect(lastWords(board)).toContain('hung up');
  });

  test('whose target hangs up later gives the caller back, and the agent knows', async () => {
    const { board, second } = await connected();
    second.established.onEnded?.('peer', 'BYE');
    await settled();

    expect(transfersOf(board).at(-1)).toBe('ended 200');
    expect(lastWords(board)).toContain('with you again');
  });

  test('ends the target when the caller hangs up meanwhile', async () => {
    const ringing = await called();
    ringing.incoming.established.onEnded?.('peer', 'BYE');
    await settled();
    expect(ringing.second.cancels).toBe(1);
    expect(ringing.board.held).toEqual(NOTHING_HELD);

    const consulting = await called();
    consulting.board.providers.hangs = true;
    consulting.second.answer();
    await settled();
    consulting.incoming.established.onEnded?.('peer', 'BYE');
    await settled();
    expect(consulting.second.established.byesSent).toBe(1);
    expect(consulting.board.held).toEqual(NOTHING_HELD);
  });

  test('connects them without words when the synthesiser has none', async () => {
    const { board, second } = await called();
    board.providers.ttsFailure = new Error('no voice');
    second.answer();
    await settled();

    expect(transfersOf(board).at(-1)).toBe('bridged 200');
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

  test.each([
    ['we hung up', ({ board }: Answered) => board.supervisor.stop('in-1')],
    ['the peer hung up', ({ incoming }: Answered) => incoming.established.onEnded?.('peer', 'BYE')],
  ])('too late is hung up: %s before its ACK', async (_what, end) => {
    const parts = await answered();
    const other = new FakeIncomingCall({ isSlow: true });
    other.replaces = parts.incoming.established;
    parts.board.supervisor.onIncoming(other);
    end(parts);
    await settled();
    other.acknowledge();
    await settled();

    expect(other.established.byesSent).toBe(1);
    expect(parts.board.eventTypes).not.toContain('peer-replaced');
    expect(parts.board.held).toEqual(NOTHING_HELD);
  });

  test('of a call that nobody has gets 481', async () => {
    const { board } = await answered();
    const other = new FakeIncomingCall();
    other.replaces = new FakeEstablishedCall('gone', '');
    board.supervisor.onIncoming(other);

    expect(other.sent).toEqual(['481']);
  });
});

describe('another one picks up a call of ours that rings (RFC 3891 section 3)', () => {
  function ringing() {
    const board = new Switchboard();
    board.supervisor.create(callSpec({ direction: 'outbound' }));
    const { outgoing } = board;
    outgoing.ring();
    const other = new FakeIncomingCall({ remoteSdp: remoteSdp(42_000) });
    other.replacesEarly = outgoing;
    return { board, outgoing, other };
  }

  test('and talks to the agent; the one that rang is cancelled', async () => {
    const { board, outgoing, other } = ringing();
    board.supervisor.onIncoming(other);
    await settled();

    expect(other.sent).toEqual(['200']);
    expect(outgoing.cancels).toBe(1);
    expect(board.eventTypes).toContain('answered');
    expect(board.session.remotes.at(-1)?.port).toBe(42_000);
    other.established.onEnded?.('peer', 'BYE');
    await settled();
    expect(board.terminations).toMatchObject([{ reason: 'hangup' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('too late: the call has ended, and the new dialog too', async () => {
    const { board, outgoing, other } = ringing();
    board.supervisor.onIncoming(other);
    outgoing.fail(486, 'Busy Here');
    await settled();

    expect(other.established.byesSent).toBe(1);
    expect(board.terminations).toMatchObject([{ reason: 'busy' }]);
    expect(board.held).toEqual(NOTHING_HELD);
  });

  test('when it was answered meanwhile, the first one stays', async () => {
    const { board, outgoing, other } = ringing();
    board.supervisor.onIncoming(other);
    outgoing.answer();
    await settled();

    expect(other.established.byesSent).toBe(1);
    expect(board.terminations).toEqual([]);
  });

  test('that is no call of anybody gets 481', () => {
    const { board, other } = ringing();
    const another = new Switchboard();
    another.supervisor.onIncoming(other);

    expect(other.sent).toEqual(['481']);
    board.supervisor.stop('call-1');
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

  test('to a target without a codec of ours leaves the call as secure as it was', async () => {
    const board = new Switchboard({}, { acceptsRefer: true });
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const keys = `a=crypto:1 ${suite} ${inlineKey(suite, 7)}\r\n`;
    const incoming = new FakeIncomingCall({ remoteSdp: `${remoteSdp()}${keys}` });
    board.supervisor.onIncoming(incoming);
    await settled();
    incoming.established.onRefer?.(new FakeRefer());
    const target = new FakeEstablishedCall('target', remoteSdp(42_000, '18'));
    board.outgoing.answer(target);
    await settled();
    board.supervisor.hold('in-1');

    expect(target.byesSent).toBe(1);
    expect(incoming.established.reinvites[0]?.sdp).toContain(`a=crypto:1 ${suite} inline:`);
  });
});
