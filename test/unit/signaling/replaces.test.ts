import { describe, expect, test } from 'vitest';
import { InviteDialog } from '../../../src/signaling/invite-dialog.ts';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { findReplaced } from '../../../src/signaling/replaced-call.ts';
import { parseReplaces, serializeReplaces } from '../../../src/signaling/replaces.ts';
import { FakeDialog, FakeRequest, INVITE_HEADERS } from './fake-srf.ts';

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
