import { describe, expect, test, vi } from 'vitest';
import { InviteDialog } from '../../../src/signaling/invite-dialog.ts';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import type { IncomingRefer } from '../../../src/signaling/signaling.ts';
import { settled } from '../../support/call/virtual-clock.ts';
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

  test('an offer that comes before the application can listen waits for it', async () => {
    const { dialog, call } = establish();
    const { sent } = dialog.ask('modify', 'new offer');
    await Promise.resolve();
    call.onReinvite = () => 'our answer';
    await new Promise(setImmediate);

    expect(sent).toMatchObject([{ status: 200, options: { body: 'our answer' } }]);
  });

  test('a re-INVITE of ours that the end of the call leaves open is 481 (RFC 5407 section 3.1.2)', async () => {
    const { dialog, call } = establish();
    const pending = call.reinvite('ours again');
    dialog.emit('destroy', new FakeRequest('BYE'), 'normal release');

    await expect(pending).rejects.toMatchObject({ status: 481 });
  });

  test('an offer that nobody answers gets 488 and changes nothing', async () => {
    const { dialog, call } = establish();
    const { sent } = dialog.ask('modify', 'new offer');
    await new Promise(setImmediate);
    expect(sent).toEqual([{ status: 488 }]);
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
    const offers: unknown[] = [];
    call.onReinvite = (...offer) => {
      offers.push(offer);
      return 'answer';
    };
    dialog.ask('ack', 'not asked for');
    expect(dialog.ask('modify').sent).toEqual(sentAnswer('ours'));
    dialog.ask('ack', 'their answer');
    dialog.ask('ack', 'a second one');

    expect(offers).toEqual([['their answer', true]]);
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

  test.each(['message', 'publish'])('%s is not allowed', (event) => {
    expect(establish().dialog.ask(event).sent).toMatchObject([{ status: 405 }]);
  });

  test('NOTIFY belongs to no subscription of ours', () => {
    expect(establish().dialog.ask('notify').sent).toEqual([{ status: 481 }]);
  });
});

describe('our re-INVITE (RFC 3261 section 14.1)', () => {
  test('resolves with the answer', async () => {
    const { dialog, call } = establish();
    const answer = call.reinvite('held');
    await settled();
    dialog.respond(200, 'their answer');

    await expect(answer).resolves.toBe('their answer');
    expect(dialog.requests[0]).toMatchObject({
      method: 'INVITE',
      body: 'held',
      headers: { Contact: '<sip:us@127.0.0.1>', 'Content-Type': 'application/sdp' },
    });
    expect(dialog.local.sdp).toBe('held');
  });

  test('rejects with the status of a refusal, and the session is as it was', async () => {
    const { dialog, call, ends } = establish();
    const answer = call.reinvite('held');
    await settled();
    dialog.respond(488);

    await expect(answer).rejects.toMatchObject({ status: 488 });
    expect(dialog.local.sdp).toBe('ours');
    expect(ends).toEqual([]);
  });

  test('is tried again after glare; in between the peer may ask', async () => {
    vi.useFakeTimers();
    const { dialog, call } = establish();
    call.onReinvite = () => 'answer';
    const answer = call.reinvite('held');
    await vi.advanceTimersByTimeAsync(0);
    expect(dialog.ask('modify', 'crossing').sent).toMatchObject([{ status: 491 }]);
    dialog.respond(491);
    await vi.advanceTimersByTimeAsync(0);

    expect(dialog.ask('modify', 'the peer first').sent).toMatchObject([{ status: 200 }]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(dialog.requests).toHaveLength(2);
    dialog.respond(200, 'their answer');
    vi.useRealTimers();
    await expect(answer).resolves.toBe('their answer');
  });

  test.each([408, 481])('answered %i ends the dialog (section 12.2.1.2)', async (status) => {
    const { dialog, call, ends } = establish();
    const answer = call.reinvite('held');
    await settled();
    dialog.respond(status);

    await expect(answer).rejects.toMatchObject({ status });
    expect(ends).toHaveLength(1);
    expect(dialog.byes).toHaveLength(1);
  });

  test('waits for the one before it', async () => {
    const { dialog, call } = establish();
    const first = call.reinvite('one');
    const second = call.reinvite('two');
    await settled();
    expect(dialog.requests).toHaveLength(1);
    dialog.respond(200, 'first answer');
    await first;
    await settled();
    dialog.respond(200, 'second answer');

    await expect(second).resolves.toBe('second answer');
  });
});

describe('INFO (RFC 6086)', () => {
  test('with digits is answered 200 and told', () => {
    const { dialog, call } = establish();
    const infos: unknown[] = [];
    call.onInfo = (info) => infos.push(info);
    const type = { 'content-type': 'application/dtmf-relay' };

    expect(dialog.ask('info', 'Signal=5\r\nDuration=160', type).sent).toEqual([{ status: 200 }]);
    expect(infos).toEqual([
      { contentType: 'application/dtmf-relay', body: 'Signal=5\r\nDuration=160' },
    ]);
  });

  test('of another type gets 415 with what we take', () => {
    const { sent } = establish().dialog.ask('info', '<x/>', { 'content-type': 'text/xml' });

    expect(sent).toMatchObject([
      { status: 415, options: { headers: { Accept: 'application/dtmf-relay, application/dtmf' } } },
    ]);
  });

  test('of a package is refused with our empty list of packages', () => {
    const { sent } = establish().dialog.ask('info', 'x', { 'info-package': 'foo' });

    expect(sent).toMatchObject([{ options: { headers: { 'Recv-Info': '' } } }]);
  });

  test('without a body is a keep-alive', () => {
    expect(establish().dialog.ask('info').sent).toEqual([{ status: 200 }]);
  });

  test('of ours resolves with the status', async () => {
    const { dialog, call } = establish();
    const status = call.sendInfo('application/dtmf-relay', 'Signal=1');
    dialog.respond(415);

    await expect(status).resolves.toBe(415);
  });
});

describe('a REFER of the peer (RFC 3515)', () => {
  const refer = { 'refer-to': '<sip:+4930999@carrier.example>', 'referred-by': '<sip:a@b>' };

  test('is declined when nobody decides', () => {
    expect(establish().dialog.ask('refer', '', refer).sent).toEqual([{ status: 603 }]);
  });

  test('without one Refer-To is bad (section 2.4.2)', () => {
    const { dialog } = establish();

    expect(dialog.ask('refer').sent).toEqual([{ status: 400 }]);
    const two = { 'refer-to': '<sip:a@b>, <sip:c@d>' };
    expect(dialog.ask('refer', '', two).sent).toEqual([{ status: 400 }]);
    const bye = { 'refer-to': '<sip:a@b;method=BYE>' };
    expect(dialog.ask('refer', '', bye).sent).toEqual([{ status: 501 }]);
  });

  test('is accepted with 202, and told how it goes until a final status', () => {
    const { dialog, call } = establish();
    let asked: IncomingRefer | undefined;
    call.onRefer = (one) => {
      asked = one;
      one.accept();
    };

    expect(dialog.ask('refer', '', refer).sent).toMatchObject([{ status: 202 }]);
    asked?.notify(180, 'Ringing');
    asked?.notify(200, 'OK');
    asked?.notify(503, 'too late');

    expect(asked).toMatchObject({ referToUser: '+4930999', referredBy: '<sip:a@b>' });
    expect(
      dialog.requests.map(({ body, headers }) => [body, headers?.['Subscription-State']]),
    ).toEqual([
      ['SIP/2.0 100 Trying\r\n', 'active;expires=120'],
      ['SIP/2.0 180 Ringing\r\n', 'active;expires=120'],
      ['SIP/2.0 200 OK\r\n', 'terminated;reason=noresource'],
    ]);
  });

  test('that wants no NOTIFY gets none (RFC 4488)', () => {
    const { dialog, call } = establish();
    call.onRefer = (one) => one.accept();

    expect(dialog.ask('refer', '', { ...refer, 'refer-sub': 'false' }).sent).toMatchObject([
      { status: 202, options: { headers: { 'Refer-Sub': 'false' } } },
    ]);
    expect(dialog.requests).toEqual([]);
  });

  test('says which call the new one replaces (RFC 3891 section 2)', () => {
    const { dialog, call } = establish();
    let replaces: string | undefined;
    call.onRefer = (one) => {
      ({ replaces } = one);
      one.refuse(603);
    };
    dialog.ask('refer', '', {
      'refer-to': '<sip:x@y?Replaces=1%40z%3Bto-tag%3D2%3Bfrom-tag%3D3>',
    });

    expect(replaces).toBe('1@z;to-tag=2;from-tag=3');
  });
});

describe('a REFER of ours (RFC 3515)', () => {
  const sipfrag = (line: string, state = 'active') =>
    [
      `SIP/2.0 ${line}`,
      { event: 'refer', 'subscription-state': state, 'content-type': 'message/sipfrag' },
    ] as const;

  function transfer() {
    const parts = establish();
    const progress: number[] = [];
    const outcome = parts.call.refer({ user: '+4930999' }, (status) => progress.push(status));
    return { ...parts, outcome, progress };
  }

  test('names the user at the host of the peer', () => {
    const { dialog } = transfer();

    expect(dialog.requests[0]).toMatchObject({
      method: 'REFER',
      headers: { 'Refer-To': '<sip:+4930999@127.0.0.2:5070>' },
    });
  });

  test('ends with the final status of its NOTIFYs', async () => {
    const { dialog, outcome, progress } = transfer();
    dialog.respond(202);
    await settled();
    expect(dialog.ask('notify', ...sipfrag('100 Trying')).sent).toEqual([{ status: 200 }]);
    dialog.ask('notify', ...sipfrag('180 Ringing'));
    dialog.ask('notify', ...sipfrag('486 Busy Here', 'terminated'));

    await expect(outcome).resolves.toEqual({ status: 486, reason: 'Busy Here' });
    expect(progress).toEqual([202, 100, 180]);
    expect(dialog.ask('notify', ...sipfrag('200 OK')).sent).toEqual([{ status: 481 }]);
  });

  test('that is refused ends with that status; the dialog goes on', async () => {
    const { dialog, outcome, ends } = transfer();
    dialog.respond(603);

    await expect(outcome).resolves.toMatchObject({ status: 603 });
    expect(ends).toEqual([]);
  });

  test('is not followed when the peer says so (RFC 4488)', async () => {
    const { dialog, outcome } = transfer();
    dialog.respond(202, '', { 'refer-sub': 'false' });

    await expect(outcome).resolves.toMatchObject({ status: 202 });
  });

  test('is done when the peer hangs up after accepting', async () => {
    const { dialog, outcome } = transfer();
    dialog.respond(202);
    await settled();
    dialog.ask('destroy');

    await expect(outcome).resolves.toMatchObject({ status: 200 });
  });

  test('is over when the subscription ends without a final status', async () => {
    const { dialog, outcome } = transfer();
    dialog.respond(202);
    await settled();
    dialog.ask('notify', ...sipfrag('100 Trying', 'terminated;reason=timeout'));

    await expect(outcome).resolves.toMatchObject({ status: 408 });
  });

  test('is over when nobody says how it went', async () => {
    vi.useFakeTimers();
    const { dialog, outcome } = transfer();
    dialog.respond(202);
    await vi.advanceTimersByTimeAsync(90_000);
    vi.useRealTimers();

    await expect(outcome).resolves.toMatchObject({ status: 408 });
  });

  test('attended names the other dialog as its peer knows it (RFC 3891)', () => {
    const { dialog, call } = establish();
    const remoteUri = 'sip:bob@127.0.0.9:5060';
    const dialogId = { callId: 'b@x', localTag: 'mine', remoteTag: 'bobs' };
    void call.refer({ call: { remoteUri, dialogId } }, () => undefined);

    const replaces = encodeURIComponent('b@x;to-tag=bobs;from-tag=mine');
    expect(dialog.requests[0]?.headers?.['Refer-To']).toBe(`<${remoteUri}?Replaces=${replaces}>`);
  });
});

describe('the BYE of ours', () => {
  test('says why (RFC 3326)', () => {
    const { dialog, call } = establish();
    void call.hangup('Q.850;cause=16;text="Normal call clearing"');

    expect(dialog.byeHeaders).toEqual([{ Reason: 'Q.850;cause=16;text="Normal call clearing"' }]);
  });
});

describe('the ACK of our 200', () => {
  test('is told, also to a listener that comes later', () => {
    const { dialog, call } = establish();
    dialog.ask('ack');
    let times = 0;
    call.onAcknowledged = () => {
      times += 1;
    };
    dialog.ask('ack');

    expect(times).toBe(1);
  });
});
