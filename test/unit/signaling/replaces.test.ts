import { describe, expect, test } from 'vitest';
import { InviteDialog } from '../../../src/signaling/invite-dialog.ts';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { RealmPins } from '../../../src/signaling/realm-pins.ts';
import { findReplaced } from '../../../src/signaling/replaced-call.ts';
import { parseReplaces, serializeReplaces } from '../../../src/signaling/replaces.ts';
import { SrfIncomingCall } from '../../../src/signaling/srf-incoming-call.ts';
import { SrfOutgoingCall } from '../../../src/signaling/srf-outgoing-call.ts';
import { FakeDialog, FakeRequest, FakeResponse, FakeSrf, INVITE_HEADERS } from './fake-srf.ts';

describe('Replaces (RFC 3891 section 6.1)', () => {
  test('names a dialog by Call-ID and both tags', () => {
    expect(parseReplaces('98732@x ; from-tag=r33th4x0r;to-tag=ff87ff')).toEqual({
      callId: '98732@x',
      localTag: 'ff87ff',
      remoteTag: 'r33th4x0r',
      earlyOnly: false,
    });
    expect(parseReplaces('a;to-tag=1;from-tag=2;early-only')?.earlyOnly).toBe(true);
  });

  test.each(['', 'a', 'a;to-tag=1', 'a;to-tag=1;to-tag=2;from-tag=3', 'a;to-tag=1;from-tag=2, b'])(
    '%j is malformed',
    (value) => expect(parseReplaces(value)).toBeUndefined(),
  );

  test('is written from the view of the peer', () => {
    const dialog = { callId: 'a', localTag: 'mine', remoteTag: 'its' };

    expect(parseReplaces(serializeReplaces(dialog))).toMatchObject({
      localTag: 'its',
      remoteTag: 'mine',
    });
  });
});

describe('an INVITE with Replaces', () => {
  const find = (replaces: string | undefined, mayReplace = true, isEnding = false) => {
    const liveCalls = new LiveCalls((error) => {
      throw error;
    });
    const dialog = new FakeDialog();
    const call = new InviteDialog({ dialog, localSdp: 'a', remoteSdp: 'b', liveCalls });
    if (isEnding) void call.hangup();
    const headers = replaces === undefined ? INVITE_HEADERS : { ...INVITE_HEADERS, replaces };
    const found = findReplaced(new FakeRequest('INVITE', headers), liveCalls, () => mayReplace);
    return found.dialog === call ? 'found' : (found.status ?? 'none');
  };

  test.each([
    ['of no call is one like any other', undefined, 'none'],
    ['finds its call', 'call-1;to-tag=ours1;from-tag=a1', 'found'],
    ['that is malformed gets 400', 'call-1', 400],
    ['of a call that is not there gets 481', 'call-2;to-tag=ours1;from-tag=a1', 481],
    ['with the tags the wrong way round gets 481', 'call-1;to-tag=a1;from-tag=ours1', 481],
    ['of early dialogs only gets 486', 'call-1;to-tag=ours1;from-tag=a1;early-only', 486],
  ])('%s', (_rule, replaces, outcome) => expect(find(replaces)).toBe(outcome));

  test('from somebody else gets 403 (section 4)', () => {
    expect(find('call-1;to-tag=ours1;from-tag=a1', false)).toBe(403);
  });

  test('of a call that is ending gets 481', () => {
    expect(find('call-1;to-tag=ours1;from-tag=a1', true, true)).toBe(481);
  });
});

describe('of early dialogs (RFC 3891 section 3)', () => {
  const PEER = { 'call-id': 'out-1', from: '<sip:us@h>;tag=ours' };

  function ringing(status = 180) {
    const liveCalls = new LiveCalls((error) => {
      throw error;
    });
    const srf = new FakeSrf();
    const call = new SrfOutgoingCall({
      srf,
      liveCalls,
      pins: new RealmPins(),
      invite: {},
      tellsTrying: false,
      isSelf: () => false,
      request: {
        targets: [{ id: 'g', host: 'gw.example', toUser: '1', fromUser: '2', callerId: 'from' }],
        localSdp: 'offer',
      },
      listener: {
        onProvisional: () => undefined,
        onAnswered: () => undefined,
        onFailed: () => undefined,
      },
    });
    call.start();
    const [sent] = srf.invites;
    sent?.cbRequest(null, new FakeRequest('INVITE', PEER));
    sent?.cbProvisional(new FakeResponse(status, { to: '<sip:1@h>;tag=theirs' }));
    const find = (replaces: string, mayReplace = true) => {
      const req = new FakeRequest('INVITE', { ...INVITE_HEADERS, replaces });
      const { early, dialog, status: refused } = findReplaced(req, liveCalls, () => mayReplace);
      expect(dialog).toBeUndefined();
      return early === call ? 'found' : refused;
    };
    return { call, sent, find };
  }

  test.each([
    ['one that we began is found', 'out-1;to-tag=ours;from-tag=theirs', 'found'],
    [
      'also when only early ones are meant',
      'out-1;to-tag=ours;from-tag=theirs;early-only',
      'found',
    ],
    ['another fork of it is not there', 'out-1;to-tag=ours;from-tag=other', 481],
    ['nor is it with the tags the wrong way round', 'out-1;to-tag=theirs;from-tag=ours', 481],
  ])('%s', (_rule, replaces, outcome) => expect(ringing().find(replaces)).toBe(outcome));

  test('a stranger to it gets 403 (section 4)', () => {
    expect(ringing().find('out-1;to-tag=ours;from-tag=theirs', false)).toBe(403);
  });

  test('100 makes no dialog (RFC 3261 section 12.1)', () => {
    expect(ringing(100).find('out-1;to-tag=ours;from-tag=theirs')).toBe(481);
  });

  test('one that is cancelled is not there any more', () => {
    const { call, find } = ringing();
    call.cancel();

    expect(find('out-1;to-tag=ours;from-tag=theirs')).toBe(481);
    call.lose('end of the test');
  });

  test('that of a caller whom we have not answered is not ours to give away: 481', () => {
    const liveCalls = new LiveCalls((error) => {
      throw error;
    });
    const req = new FakeRequest('INVITE', INVITE_HEADERS);
    const call = new SrfIncomingCall({
      srf: new FakeSrf(),
      req,
      res: new FakeResponse(),
      liveCalls,
    });
    call.ring();
    const replaces = 'call-1;to-tag=ours1;from-tag=a1';
    const other = new FakeRequest('INVITE', { ...INVITE_HEADERS, replaces });

    expect(findReplaced(other, liveCalls, () => true)).toEqual({ status: 481 });
  });
});
