import { afterEach, describe, expect, test, vi } from 'vitest';
import { inviteHeaders } from '../../../src/signaling/invite-request.ts';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { RealmPins } from '../../../src/signaling/realm-pins.ts';
import type { DialRequest, DialTarget, EstablishedCall } from '../../../src/signaling/signaling.ts';
import { SrfOutgoingCall } from '../../../src/signaling/srf-outgoing-call.ts';
import { FakeDialog, FakeRequest, FakeResponse, FakeSrf, type SentInvite } from './fake-srf.ts';

const TARGET: DialTarget = {
  id: 'gateway',
  host: '127.0.0.2',
  port: 5070,
  transport: 'udp',
  toUser: '+4930123',
  fromUser: '+4940456',
  callerId: 'from',
};
const REQUEST: DialRequest = { targets: [TARGET], localSdp: 'our offer' };

const CONTEXT = {
  pins: new RealmPins(),
  invite: {},
  tellsTrying: false,
  isSelf: () => false,
};

interface Dialed {
  readonly srf: FakeSrf;
  readonly call: SrfOutgoingCall;
  readonly liveCalls: LiveCalls;
  /** What the listener heard, in order. */
  readonly heard: string[];
  readonly answered: EstablishedCall[];
  readonly sent: SentInvite;
}

/** The application of these tests throws nothing. */
function fail(error: unknown): never {
  throw error;
}

function dial(change: Partial<DialTarget> = {}): Dialed {
  const srf = new FakeSrf();
  const liveCalls = new LiveCalls(fail);
  const heard: string[] = [];
  const answered: EstablishedCall[] = [];
  const call = new SrfOutgoingCall({
    ...CONTEXT,
    srf,
    liveCalls,
    request: { ...REQUEST, targets: [{ ...TARGET, ...change }] },
    listener: {
      onProvisional: (status, sdp) => heard.push(`${status} ${sdp ?? '-'}`),
      onAnswered: (established) => {
        heard.push(`answered ${established.remoteSdp}`);
        answered.push(established);
      },
      onFailed: (status, reason) => heard.push(`failed ${status} ${reason}`),
    },
  });
  call.start();
  const [sent] = srf.invites;
  if (sent === undefined) throw new Error('no INVITE was sent');
  return { srf, call, liveCalls, heard, answered, sent };
}

function sipError(status: number): object {
  return { status, reason: `reason ${status}`, message: 'Sip non-success response' };
}

describe('INVITE', () => {
  test('goes to the gateway, from our number at our own address', () => {
    const { sent } = dial();

    expect(sent.uri).toBe('sip:+4930123@127.0.0.2:5070');
    expect(sent.options).toEqual({
      localSdp: 'our offer',
      headers: inviteHeaders(TARGET, REQUEST),
    });
  });

  test('takes the outbound proxy of the target', () => {
    const { sent } = dial({ outboundProxy: 'sip:proxy.example;lr' });

    expect(sent.options.proxy).toBe('sip:proxy.example;lr');
  });
});

describe('outgoing call', () => {
  test('tells provisional responses, then the answer', () => {
    const { sent, heard, liveCalls } = dial();
    sent.cbRequest(null, new FakeRequest('INVITE'));
    sent.cbProvisional(new FakeResponse(180));
    sent.cbProvisional(new FakeResponse(183, {}, 'early'));
    sent.callback(null, new FakeDialog('their answer'));

    expect(heard).toEqual(['180 -', '183 early', 'answered their answer']);
    // The dialog now, no more the call.
    expect(liveCalls.size).toBe(1);
  });

  test('a 200 without SDP means the one of the provisional response (RFC 3264 section 4)', () => {
    const { sent, heard } = dial();
    sent.cbProvisional(new FakeResponse(183, {}, 'early'));
    sent.callback(null, new FakeDialog());

    expect(heard.at(-1)).toBe('answered early');
  });

  test('a refusal is told as it came', () => {
    const { sent, heard, liveCalls } = dial();
    sent.callback(sipError(486));

    expect(heard).toEqual(['failed 486 reason 486']);
    expect(liveCalls.size).toBe(0);
  });

  test.each([
    ['an Error', new Error('requested protocol/transport not available')],
    ['a text', 'requested protocol/transport not available'],
  ])("the server's own refusal (%s) is a 503 with its words", (_what, error) => {
    const { sent, heard } = dial();
    sent.cbRequest(error);
    sent.callback(error);

    expect(heard).toEqual(['failed 503 requested protocol/transport not available']);
  });

  test('an exception of the library is a failure like any other', () => {
    const srf = new FakeSrf();
    srf.createUacError = new Error('no socket');
    const heard: string[] = [];
    const call = new SrfOutgoingCall({
      ...CONTEXT,
      srf,
      liveCalls: new LiveCalls(fail),
      request: REQUEST,
      listener: {
        onProvisional: () => heard.push('provisional'),
        onAnswered: () => heard.push('answered'),
        onFailed: (status, reason) => heard.push(`failed ${status} ${reason}`),
      },
    });
    call.start();

    expect(heard).toEqual(['failed 503 no socket']);
  });

  test('tells one outcome, whatever follows', () => {
    const { call, sent, heard } = dial();
    const late = new FakeDialog();
    sent.callback(sipError(486));
    sent.callback(sipError(503));
    sent.callback(null, late);
    call.lose('connection lost');
    call.cancel();

    expect(heard).toEqual(['failed 486 reason 486']);
    expect(late.byes).toHaveLength(1);
  });

  test('fails when the connection is lost', () => {
    const { call, heard, liveCalls } = dial();
    liveCalls.loseAll('connection lost');

    expect(heard).toEqual(['failed 503 connection lost']);
    expect(liveCalls.size).toBe(0);
    call.cancel();
    expect(heard).toHaveLength(1);
  });
});

describe('cancel', () => {
  test('sends CANCEL once and reports what ends the INVITE (RFC 3261 section 9.1)', () => {
    const { call, sent, heard } = dial();
    const invite = new FakeRequest('INVITE');
    sent.cbRequest(null, invite);
    sent.cbProvisional(new FakeResponse(180));
    call.cancel();
    call.cancel();
    sent.cbProvisional(new FakeResponse(181));
    sent.callback(sipError(487));

    expect(invite.cancels).toBe(1);
    expect(heard).toEqual(['180 -', 'failed 487 reason 487']);
  });

  test('before the INVITE was sent waits for it', () => {
    const { call, sent, heard } = dial();
    const invite = new FakeRequest('INVITE');
    call.cancel();
    sent.cbRequest(null, invite);
    sent.callback(sipError(487));

    expect(invite.cancels).toBe(1);
    expect(heard).toEqual(['failed 487 reason 487']);
  });

  test('crossed by a 200 hangs up: 487 for the application (RFC 3261 section 9.1)', () => {
    const { call, sent, heard, liveCalls } = dial();
    const dialog = new FakeDialog('their answer');
    sent.cbRequest(null, new FakeRequest('INVITE'));
    call.cancel();
    sent.callback(null, dialog);

    expect(dialog.byes).toHaveLength(1);
    expect(heard).toEqual(['failed 487 Request Terminated']);
    expect(liveCalls.size).toBe(0);
  });

  test('crossed by another refusal reports that', () => {
    const { call, sent, heard } = dial();
    call.cancel();
    sent.callback(sipError(486));

    expect(heard).toEqual(['failed 486 reason 486']);
  });

  test('that cannot be sent ends the call', () => {
    const { call, sent, heard } = dial();
    const invite = new FakeRequest('INVITE');
    invite.cancelError = new Error('no socket');
    sent.cbRequest(null, invite);
    call.cancel();

    expect(heard).toEqual(['failed 503 no socket']);
  });

  test('after the end does nothing', () => {
    const { call, sent } = dial();
    const invite = new FakeRequest('INVITE');
    sent.cbRequest(null, invite);
    sent.callback(null, new FakeDialog('their answer'));
    call.cancel();

    expect(invite.cancels).toBe(0);
  });

  test('release cancels and waits for the outcome', async () => {
    const { call, sent } = dial();
    const released = call.release();
    sent.callback(sipError(487));

    await expect(released).resolves.toBeUndefined();
  });
});

describe('patience with a silent gateway', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([
    ['1.5 s where 100 is told', true, 1_500],
    ['10 s where it is not: 100 and silence look the same', false, 10_000],
  ])('is %s', async (_what, tellsTrying, patienceMs) => {
    vi.useFakeTimers();
    const srf = new FakeSrf();
    const attempts: string[] = [];
    const call = new SrfOutgoingCall({
      ...CONTEXT,
      tellsTrying,
      srf,
      liveCalls: new LiveCalls(fail),
      request: { ...REQUEST, targets: [TARGET, { ...TARGET, id: 'other' }] },
      listener: {
        onProvisional: () => undefined,
        onAnswered: () => undefined,
        onFailed: () => undefined,
        onAttempt: ({ targetId, status }) => attempts.push(`${targetId} ${status}`),
      },
    });
    call.start();
    await vi.advanceTimersByTimeAsync(patienceMs - 1);
    expect(srf.invites).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);

    expect(srf.invites).toHaveLength(2);
    expect(attempts).toEqual(['gateway 408']);
    expect('X-Trunkline-Trying' in (srf.invites[0]?.options.headers ?? {})).toBe(tellsTrying);
    call.lose('end of the test');
  });
});

test('where a redirect leads, the realm of the gateway is the only one too', () => {
  const credentials = { username: 'u', password: 'p' };
  const { srf, heard } = dial({ host: 'gw.example', port: 5070, credentials });
  const refuse = (status: number, headers: Record<string, string>) => {
    const invite = srf.invites.at(-1);
    invite?.cbRequest(null, new FakeRequest('INVITE', { cseq: '1 INVITE' }));
    invite?.callback({ status, reason: 'r', res: new FakeResponse(status, headers) });
  };
  refuse(401, { 'www-authenticate': 'Digest realm="carrier", nonce="1"' });
  refuse(302, { contact: '<sip:1@other.gw.example>' });
  refuse(401, { 'www-authenticate': 'Digest realm="evil", nonce="1"' });

  expect(srf.invites.map(({ uri }) => uri)).toEqual([
    'sip:+4930123@gw.example:5070',
    'sip:+4930123@gw.example:5070',
    'sip:1@other.gw.example',
  ]);
  expect(heard).toEqual(['failed 401 r']);
});

test.each([
  ['to nowhere else', undefined, 1],
  ['to the hosts that the carrier names and below them', ['partner.example'], 2],
])('a redirect leads %s', (_what, redirectHosts, invites) => {
  const { srf } = dial({ host: 'gw.example', ...(redirectHosts && { redirectHosts }) });
  const res = new FakeResponse(302, { contact: '<sip:1@sbc.partner.example>' });
  srf.invites[0]?.callback({ status: 302, reason: 'r', res });

  expect(srf.invites).toHaveLength(invites);
});

describe('over several gateways', () => {
  test('each has an offer of its own, and the call knows which it took', () => {
    const srf = new FakeSrf();
    const answered: EstablishedCall[] = [];
    const call = new SrfOutgoingCall({
      ...CONTEXT,
      srf,
      liveCalls: new LiveCalls(fail),
      request: {
        targets: [TARGET, { ...TARGET, id: 'other' }],
        localSdp: ({ id }) => `offer to ${id}`,
      },
      listener: {
        onProvisional: () => undefined,
        onAnswered: (established) => answered.push(established),
        onFailed: () => undefined,
      },
    });
    call.start();
    srf.invites[0]?.callback(sipError(503));
    srf.invites[1]?.callback(null, new FakeDialog('their answer'));

    expect(srf.invites.map(({ options }) => options.localSdp)).toEqual([
      'offer to gateway',
      'offer to other',
    ]);
    expect(answered[0]?.target?.id).toBe('other');
  });

  test('the place of the one that answers may end the call, which is told as the system\u2019s doing', async () => {
    const hangups: ((reason: string) => void)[] = [];
    const { sent, answered } = dial({
      reserve: () => ({
        answered: (hangup) => hangups.push(hangup),
        release: () => undefined,
      }),
    });
    const dialog = new FakeDialog('their answer');
    sent.callback(null, dialog);
    const ends: string[] = [];
    for (const call of answered) call.onEnded = (by, reason) => ends.push(`${by} ${reason}`);
    hangups[0]?.('no more money');
    dialog.byes[0]?.();
    await Promise.resolve();
    await Promise.resolve();

    expect(dialog.byeHeaders).toEqual([{ Reason: 'no more money' }]);
    expect(ends).toEqual(['system no more money']);
  });
});

test('after a cancel a silent gateway is not waited for, and its late 200 is ended (RFC 3261 section 9.1)', async () => {
  vi.useFakeTimers();
  const { call, sent, heard, liveCalls } = dial();
  sent.cbRequest(null, new FakeRequest('INVITE'));
  call.cancel();
  await vi.advanceTimersByTimeAsync(2_000);
  vi.useRealTimers();
  expect(heard).toEqual(['failed 487 Request Terminated']);
  const dialog = new FakeDialog('their answer');
  sent.callback(null, dialog);

  expect(dialog.byes).toHaveLength(1);
  expect(heard).toHaveLength(1);
  expect(liveCalls.size).toBe(0);
});
