import { describe, expect, test } from 'vitest';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { SrfIncomingCall } from '../../../src/signaling/srf-incoming-call.ts';
import { settled } from '../../support/call/virtual-clock.ts';
import { FakeDialog, FakeRequest, FakeResponse, FakeSrf, INVITE_HEADERS } from './fake-srf.ts';

/** The application of these tests throws nothing. */
function fail(error: unknown): never {
  throw error;
}

function receive(headers: Record<string, string> = {}, body = 'their offer') {
  const srf = new FakeSrf();
  const req = new FakeRequest('INVITE', { ...INVITE_HEADERS, ...headers }, body);
  const res = new FakeResponse();
  const liveCalls = new LiveCalls(fail);
  const call = new SrfIncomingCall({ srf, req, res, liveCalls });
  /** The library's answer to our 200. */
  const complete = (error: unknown, dialog?: FakeDialog) => srf.answers[0]?.callback(error, dialog);
  return { srf, req, res, call, liveCalls, complete };
}

describe('incoming call', () => {
  test('says who calls whom from where', () => {
    const { call } = receive({ 'x-trunk': 'a', 'user-agent': 'phone', route: '<sip:secret>' });

    expect(call).toMatchObject({
      sipCallId: 'call-1',
      calledUser: 'demo',
      callingUser: '+4930123',
      sourceAddress: '127.0.0.2',
      sourcePort: 5070,
      transport: 'udp',
      remoteSdp: 'their offer',
      headers: { 'x-trunk': 'a', 'user-agent': 'phone' },
    });
    expect(call.headers).not.toHaveProperty('route');
  });

  test('rings with 180', () => {
    const { call, res } = receive();
    call.ring();

    expect(res.sent).toEqual([{ status: 180 }]);
  });

  test('is answered with our SDP', async () => {
    const { call, srf, complete, liveCalls } = receive();
    const answer = call.answer('our answer');
    complete(null, new FakeDialog());

    await expect(answer).resolves.toMatchObject({ remoteSdp: 'their offer' });
    expect(srf.answers[0]?.localSdp).toBe('our answer');
    expect(liveCalls.size).toBe(1);
  });

  test('a BYE right behind the ACK is not lost', async () => {
    const { call, complete } = receive();
    const answer = call.answer('our answer');
    const dialog = new FakeDialog();
    complete(null, dialog);
    dialog.ask('destroy', '', { reason: 'Q.850;cause=16' });
    const established = await answer;
    const ends: string[] = [];
    established.onEnded = (by, reason) => ends.push(`${by} ${reason}`);

    expect(ends).toEqual(['peer Q.850;cause=16']);
  });

  test.each([
    ['an Error', new Error('socket connection closed'), 'socket connection closed'],
    ['a text', 'Response not sent due to unknown transaction', 'unknown transaction'],
  ])('answer() rejects when the 200 fails with %s', async (_what, error, text) => {
    const { call, complete, liveCalls } = receive();
    const answer = call.answer('our answer');
    complete(error);

    await expect(answer).rejects.toThrow(text);
    expect(liveCalls.size).toBe(0);
  });

  test('is answered once', async () => {
    const { call, srf } = receive();
    call.answer('our answer').catch(() => undefined);

    await expect(call.answer('again')).rejects.toThrow('answering');
    expect(srf.answers).toHaveLength(1);
  });

  test('is rejected once, and then neither rings nor is answered', async () => {
    const { call, res, srf, liveCalls } = receive();
    call.reject(404);
    call.reject(503);
    call.ring();

    await expect(call.answer('our answer')).rejects.toThrow('over');
    expect(res.sent).toEqual([{ status: 404 }]);
    expect(srf.answers).toHaveLength(0);
    expect(liveCalls.size).toBe(0);
  });

  test.each([
    [499, 400],
    [699, 600],
    [599, 500],
    [200, 500],
    [Number.NaN, 500],
  ])('status %d goes out as %d: the library throws for what it does not know', (status, sent) => {
    const { call, res } = receive();
    call.reject(status);

    expect(res.sent).toEqual([{ status: sent }]);
  });

  test('a reason cannot add a header', () => {
    const { call, res } = receive();
    call.reject(486, 'Busy\r\nX-Evil: 1');

    expect(res.sent).toEqual([{ status: 486, reason: 'Busy  X-Evil: 1' }]);
  });
});

describe('caller gives up', () => {
  test('before the answer: onCancel', async () => {
    const { call, req, res } = receive();
    let cancels = 0;
    call.onCancel = () => {
      cancels += 1;
    };
    req.emit('cancel', new FakeRequest('CANCEL'));
    req.emit('cancel', new FakeRequest('CANCEL'));
    call.reject(487);

    expect(cancels).toBe(1);
    // The server has sent 487 itself.
    expect(res.sent).toEqual([]);
    await expect(call.answer('our answer')).rejects.toThrow('over');
  });

  test('before anybody listens: told when somebody does', () => {
    const { call, req } = receive();
    req.emit('cancel', new FakeRequest('CANCEL'));
    let cancels = 0;
    call.onCancel = () => {
      cancels += 1;
    };

    expect(cancels).toBe(1);
  });

  test('while we answer: answer() rejects, and a dialog that comes all the same is hung up', async () => {
    const { call, req, complete } = receive();
    const answer = call.answer('our answer');
    req.emit('cancel', new FakeRequest('CANCEL'));
    const dialog = new FakeDialog();
    complete(null, dialog);

    await expect(answer).rejects.toThrow('cancelled by the caller');
    expect(dialog.byes).toHaveLength(1);
  });

  test('a lost connection is the same', async () => {
    const { call, liveCalls } = receive();
    let cancels = 0;
    call.onCancel = () => {
      cancels += 1;
    };
    const answer = call.answer('our answer');
    liveCalls.loseAll('connection lost');

    await expect(answer).rejects.toThrow('connection lost');
    expect(cancels).toBe(1);
  });
});

describe('late offer (RFC 3261 section 13.2.1)', () => {
  test("the peer's answer is in the ACK", async () => {
    const { call, complete } = receive({}, '');
    const answer = call.answer('our offer');
    const dialog = new FakeDialog();
    complete(null, dialog);
    dialog.ask('ack', 'their answer');

    expect(call.remoteSdp).toBeUndefined();
    await expect(answer).resolves.toMatchObject({ remoteSdp: 'their answer' });
  });

  test('an ACK without it ends the call', async () => {
    const { call, complete, liveCalls } = receive({}, '');
    const answer = call.answer('our offer');
    const dialog = new FakeDialog();
    complete(null, dialog);
    dialog.ask('ack');

    await expect(answer).rejects.toThrow('no session description in the ACK');
    expect(dialog.byes).toHaveLength(1);
    expect(liveCalls.size).toBe(0);
  });

  test('no ACK at all: the server ends it', async () => {
    const { call, complete } = receive({}, '');
    const answer = call.answer('our offer');
    const dialog = new FakeDialog();
    complete(null, dialog);
    dialog.emit('destroy', new FakeRequest('BYE'), 'ACK timeout');

    await expect(answer).rejects.toThrow('ACK timeout');
  });
});

describe('early media', () => {
  test('is a plain 183 for a caller without 100rel', () => {
    const { call, res } = receive();
    call.progress('our answer');
    call.progress('again');

    expect(res.sent).toEqual([
      {
        status: 183,
        options: { body: 'our answer', headers: { 'Content-Type': 'application/sdp' } },
      },
    ]);
  });

  test('is sent reliably to one with it, and the 200 waits for the PRACK (RFC 3262 section 5)', async () => {
    const { call, res, srf } = receive({ supported: 'timer, 100rel' });
    call.progress('our answer');
    expect(res.sent[0]).toMatchObject({ status: 183, options: { headers: { Require: '100rel' } } });
    res.onSent?.(null);
    void call.answer('our answer');
    await settled();
    expect(srf.answers).toHaveLength(0);
    res.onPrack?.();
    await settled();

    expect(srf.answers).toHaveLength(1);
  });

  test('falls back to a plain 183 when the server refuses', async () => {
    const { call, res, srf } = receive({ supported: '100rel' });
    call.progress('our answer');
    res.onSent?.(new Error('Remote endpoint does not support 100rel'));
    void call.answer('our answer');
    await settled();

    expect(res.sent).toMatchObject([{ options: { headers: { Require: '100rel' } } }, {}]);
    expect(res.sent[1]?.options?.headers).not.toHaveProperty('Require');
    expect(srf.answers).toHaveLength(1);
  });
});

describe('what an INVITE says of its caller', () => {
  test('is there untouched: Identity, Diversion, asserted identity, privacy', () => {
    const identity = `${'e'.repeat(3_000)}.x.y;info=<https://cert.example/a.pem>;alg=ES256;ppt="shaken"`;
    const { call } = receive({
      identity,
      diversion: '<sip:+4930777@a>;reason=unconditional',
      'p-asserted-identity': '<sip:+4930123@a>',
      privacy: 'id',
      'history-info': '<sip:x@y>;index=1',
    });

    expect(call.identity).toBe(identity);
    expect(call.diversion).toBe('<sip:+4930777@a>;reason=unconditional');
    expect(call.headers).toMatchObject({ privacy: 'id', 'history-info': '<sip:x@y>;index=1' });
  });
});

describe('refusal', () => {
  test('may carry headers', () => {
    const { call, res } = receive();
    call.reject(503, 'Busy now', { 'Retry-After': '5', Via: 'x' });

    expect(res.sent).toEqual([
      { status: 503, reason: 'Busy now', options: { headers: { 'Retry-After': '5' } } },
    ]);
  });
});
