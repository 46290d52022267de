import { describe, expect, test } from 'vitest';
import { InviteDialog } from '../../../src/signaling/invite-dialog.ts';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { FakeDialog, FakeRequest } from './fake-srf.ts';

/** The application of these tests throws nothing. */
function fail(error: unknown): never {
  throw error;
}

function establish() {
  const dialog = new FakeDialog();
  const liveCalls = new LiveCalls(fail);
  const call = new InviteDialog({ dialog, localSdp: 'ours', remoteSdp: 'theirs', liveCalls });
  const ends: string[] = [];
  call.onEnded = (by, reason) => ends.push(`${by}: ${reason}`);
  return { dialog, call, ends, liveCalls };
}

describe('end of a dialog', () => {
  test("the peer's BYE, with its Reason (RFC 3326)", () => {
    const { dialog, ends, liveCalls } = establish();
    dialog.ask('destroy', '', { reason: 'SIP;cause=200' });

    expect(ends).toEqual(['peer: SIP;cause=200']);
    expect(liveCalls.size).toBe(0);
  });

  test('a BYE that the server sent by itself', () => {
    const { dialog, ends } = establish();
    const bye = new FakeRequest('BYE');
    bye.source = 'application';
    dialog.emit('destroy', bye, 'ACK timeout');

    expect(ends).toEqual(['system: ACK timeout']);
  });

  test('loss of the connection', () => {
    const { ends, liveCalls } = establish();
    liveCalls.loseAll('connection lost');

    expect(ends).toEqual(['system: connection lost']);
  });

  test('is told once', async () => {
    const { dialog, call, ends } = establish();
    dialog.ask('destroy');
    call.lose('connection lost');
    await call.hangup();

    expect(ends).toHaveLength(1);
    expect(dialog.byes).toHaveLength(0);
  });
});

describe('hangup', () => {
  test('sends one BYE, resolves with its answer, and is not reported', async () => {
    const { dialog, call, ends, liveCalls } = establish();
    const first = call.hangup();
    const second = call.hangup();
    expect(liveCalls.size).toBe(1);
    dialog.byes[0]?.();
    await Promise.all([first, second]);

    expect(dialog.byes).toHaveLength(1);
    expect(ends).toEqual([]);
    expect(liveCalls.size).toBe(0);
  });

  test("crossed by the peer's BYE is done", async () => {
    const { dialog, call, ends } = establish();
    const hangup = call.hangup();
    dialog.ask('destroy');

    await expect(hangup).resolves.toBeUndefined();
    expect(ends).toEqual([]);
  });

  test('is done when the connection is lost', async () => {
    const { call, liveCalls } = establish();
    const hangup = call.hangup();
    liveCalls.loseAll('connection lost');

    await expect(hangup).resolves.toBeUndefined();
  });
});

describe('offer within the dialog (RFC 3261 section 14.2)', () => {
  const sentAnswer = (sdp: string) => [
    {
      status: 200,
      options: {
        body: sdp,
        headers: { Contact: '<sip:us@127.0.0.1>', 'Content-Type': 'application/sdp' },
      },
    },
  ];

  test.each(['modify', 'update'])('%s is answered by the application', (event) => {
    const { dialog, call } = establish();
    call.onReinvite = (offer) => `answer to ${offer}`;

    expect(dialog.ask(event, 'new offer').sent).toEqual(sentAnswer('answer to new offer'));
    expect(dialog.local.sdp).toBe('answer to new offer');
  });

  test('an offer that nobody answers gets 488 and changes nothing', () => {
    const { dialog, call } = establish();
    expect(dialog.ask('modify', 'new offer').sent).toEqual([{ status: 488 }]);
    call.onReinvite = () => undefined;
    expect(dialog.ask('modify', 'new offer').sent).toEqual([{ status: 488 }]);

    expect(dialog.local.sdp).toBe('ours');
  });

  test('a body that is no SDP gets 415', () => {
    const { dialog } = establish();
    const { sent } = dialog.ask('modify', 'x', { 'content-type': 'text/plain' });

    expect(sent).toEqual([{ status: 415, options: { headers: { Accept: 'application/sdp' } } }]);
  });

  test('a re-INVITE without SDP gets our last one as the offer; the answer is in the ACK', () => {
    const { dialog, call } = establish();
    const offers: string[] = [];
    call.onReinvite = (offer) => {
      offers.push(offer);
      return 'answer';
    };
    dialog.ask('ack', 'not asked for');
    expect(dialog.ask('modify').sent).toEqual(sentAnswer('ours'));
    dialog.ask('ack', 'their answer');
    dialog.ask('ack', 'a second one');

    expect(offers).toEqual(['their answer']);
  });

  test('an UPDATE without SDP is a refresh (RFC 3311 section 5.2)', () => {
    const { dialog } = establish();

    expect(dialog.ask('update').sent).toEqual([
      { status: 200, options: { headers: { Contact: '<sip:us@127.0.0.1>' } } },
    ]);
  });

  test('an offer after our BYE gets 481', () => {
    const { dialog, call } = establish();
    call.onReinvite = () => 'answer';
    void call.hangup();

    expect(dialog.ask('modify', 'new offer').sent).toEqual([{ status: 481 }]);
  });
});

describe('other requests within the dialog', () => {
  test('OPTIONS says what we do (RFC 3261 section 11.2)', () => {
    const [answer] = establish().dialog.ask('options').sent;

    expect(answer).toMatchObject({
      status: 200,
      options: { headers: { Allow: expect.stringContaining('INVITE') } },
    });
  });

  test.each(['refer', 'message', 'publish'])('%s is not allowed', (event) => {
    expect(establish().dialog.ask(event).sent).toMatchObject([{ status: 405 }]);
  });

  test('NOTIFY belongs to no subscription of ours', () => {
    expect(establish().dialog.ask('notify').sent).toEqual([{ status: 481 }]);
  });
});
