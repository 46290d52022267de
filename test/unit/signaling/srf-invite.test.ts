import { describe, expect, test } from 'vitest';
import { DigestSession } from '../../../src/signaling/digest-session.ts';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { RealmPins } from '../../../src/signaling/realm-pins.ts';
import { SrfInvite } from '../../../src/signaling/srf-invite.ts';
import { FakeDialog, FakeRequest, FakeResponse, FakeSrf, type SentInvite } from './fake-srf.ts';

const SENT = { 'call-id': 'call-1', from: '<sip:us@h>;tag=1', cseq: '1 INVITE' };

class Invited {
  readonly srf = new FakeSrf();
  readonly liveCalls = new LiveCalls((error) => {
    throw error;
  });
  readonly heard: string[] = [];
  readonly invite: SrfInvite;

  constructor(options: { readonly proxy?: string; readonly hasCredentials?: boolean } = {}) {
    const credentials = { username: 'u', password: 'p' };
    this.invite = new SrfInvite({
      srf: this.srf,
      uri: 'sip:1@gw.example',
      headers: { From: '<sip:us@localhost>', 'X-A': '1' },
      localSdp: 'offer',
      proxy: options.proxy,
      digest:
        options.hasCredentials === false
          ? undefined
          : new DigestSession({ credentials, server: 'gw', pins: new RealmPins() }),
      liveCalls: this.liveCalls,
      listener: {
        onSent: (callId) => this.heard.push(`sent ${callId}`),
        onProvisional: (status, sdp) => this.heard.push(`${status} ${sdp ?? '-'}`),
        onAnswered: (_dialog, sdp) => this.heard.push(`answered ${sdp}`),
        onFailed: ({ status, isOurs }) =>
          this.heard.push(`failed ${status}${isOurs ? ' here' : ''}`),
      },
    });
    this.invite.start();
  }

  /** The last INVITE, on its way. */
  sent(): SentInvite {
    const invite = this.srf.invites.at(-1);
    if (invite === undefined) throw new Error('no INVITE was sent');
    return invite;
  }

  confirmSent(): FakeRequest {
    const request = new FakeRequest('INVITE', SENT);
    this.sent().cbRequest(null, request);
    return request;
  }

  refuse(status: number, headers: Record<string, string> = {}, address = '192.0.2.1'): void {
    const res = Object.assign(new FakeResponse(status, headers), {
      source_address: address,
      source_port: 5060,
      protocol: 'udp',
    });
    this.sent().callback({ status, reason: 'r', res });
  }
}

const CHALLENGE = { 'www-authenticate': 'Digest realm="r", nonce="1"' };

describe('retry with credentials (RFC 3261 section 22.2)', () => {
  test('is the same call with the next CSeq, to the address that challenged', () => {
    const invited = new Invited();
    invited.confirmSent();
    invited.refuse(401, CHALLENGE);

    expect(invited.srf.invites).toHaveLength(2);
    expect(invited.sent().options).toMatchObject({
      localSdp: 'offer',
      proxy: 'sip:192.0.2.1:5060;transport=udp',
      headers: {
        'X-A': '1',
        'Call-ID': 'call-1',
        From: '<sip:us@h>;tag=1',
        CSeq: '2 INVITE',
        Authorization: expect.stringContaining('realm="r"'),
      },
    });
    expect(invited.heard).toEqual(['sent call-1']);
  });

  test('goes over the outbound proxy when there is one', () => {
    const invited = new Invited({ proxy: 'sip:edge' });
    invited.confirmSent();
    invited.refuse(407, { 'proxy-authenticate': CHALLENGE['www-authenticate'] });

    expect(invited.sent().options.proxy).toBe('sip:edge');
  });

  test('is not made without credentials', () => {
    const invited = new Invited({ hasCredentials: false });
    invited.confirmSent();
    invited.refuse(401, CHALLENGE);

    expect(invited.heard.at(-1)).toBe('failed 401');
  });

  test('is not made after CANCEL', () => {
    const invited = new Invited();
    invited.confirmSent();
    invited.invite.abandon();
    invited.refuse(401, CHALLENGE);

    expect(invited.srf.invites).toHaveLength(1);
    expect(invited.heard.at(-1)).toBe('failed 487 here');
  });

  test('a CANCEL while it is on its way goes to the retry', () => {
    const invited = new Invited();
    invited.confirmSent();
    invited.refuse(401, CHALLENGE);
    invited.invite.abandon();
    const retry = invited.confirmSent();

    expect(retry.cancels).toBe(1);
  });
});

describe('outcome', () => {
  test('what the server made itself is not of the network', () => {
    const invited = new Invited();
    invited.confirmSent();
    invited.refuse(408, {}, '');

    expect(invited.heard.at(-1)).toBe('failed 408 here');
  });

  test('a 200 without description means that of its own fork (RFC 3264 section 4)', () => {
    const invited = new Invited();
    invited.sent().cbProvisional(new FakeResponse(183, { to: '<sip:1@h>;tag=a' }, 'first'));
    invited.sent().cbProvisional(new FakeResponse(183, { to: '<sip:1@h>;tag=b' }, 'second'));
    const dialog = new FakeDialog();
    Object.assign(dialog.res.headers, { to: '<sip:1@h>;tag=a' });
    invited.sent().callback(null, dialog);

    expect(invited.heard.at(-1)).toBe('answered first');
  });
});

describe('abandoned', () => {
  test('CANCEL says why (RFC 3326), and 180 is not heard any more', () => {
    const invited = new Invited();
    const request = invited.confirmSent();
    invited.invite.abandon('SIP;cause=600\r\nX-Evil: 1');
    invited.sent().cbProvisional(new FakeResponse(180));

    expect(request.cancels).toBe(1);
    expect(request.cancelHeaders).toEqual({ Reason: 'SIP;cause=600  X-Evil: 1' });
    expect(invited.heard).toEqual(['sent call-1']);
  });

  test('it lives until its final response, and a 200 is hung up', async () => {
    const invited = new Invited();
    invited.confirmSent();
    invited.invite.abandon();
    const released = invited.invite.release();
    expect(invited.liveCalls.size).toBe(1);
    const dialog = new FakeDialog();
    invited.sent().callback(null, dialog);
    await released;

    expect(
      dialog.requests.map(({ method }) => method).concat(dialog.byes.map(() => 'BYE')),
    ).toEqual(['BYE']);
    expect(invited.liveCalls.size).toBe(0);
    expect(invited.heard.at(-1)).toBe('failed 487 here');
  });
});
