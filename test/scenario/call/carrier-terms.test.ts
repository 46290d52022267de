import { describe, expect, test } from 'vitest';
import type { CallSpec } from '../../../src/call/call-spec.ts';
import type { DialTarget } from '../../../src/signaling/signaling.ts';
import {
  FakeEstablishedCall,
  FakeIncomingCall,
  remoteSdp,
} from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { ROUTE, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

async function calledIn(spec: Partial<CallSpec>, format = '0 8') {
  const board = new Switchboard({}, spec);
  const incoming = new FakeIncomingCall({ remoteSdp: remoteSdp(40_000, format) });
  board.supervisor.onIncoming(incoming);
  await settled();
  return { board, incoming };
}

async function calledOut(first: Partial<DialTarget>, second: Partial<DialTarget>) {
  const [target] = ROUTE.targets;
  const targets: DialTarget[] = [
    { ...target, ...first },
    { ...target, ...second },
  ];
  const board = new Switchboard({ routeFor: () => ({ carrier: 'first', targets }) });
  board.supervisor.create(callSpec({ direction: 'outbound' }));
  const offerTo = (index: number) => {
    const { localSdp } = board.outgoing.request;
    const chosen = targets[index];
    return chosen === undefined || typeof localSdp === 'string' ? '' : localSdp(chosen);
  };
  const answer = async (index: number, format: string) => {
    const chosen = targets[index];
    const established = new FakeEstablishedCall('out', remoteSdp(40_000, format), chosen);
    board.outgoing.answer(established);
    await settled();
    return established;
  };
  return { board, offerTo, answer };
}

const mediaLine = (sdp: string | undefined) => sdp?.match(/^m=audio \d+ RTP\/AVP (.*)$/m)?.[1];

describe('codecs', () => {
  test('of a caller are chosen in the order of its carrier', async () => {
    const { incoming } = await calledIn({ media: { codecs: ['PCMA', 'PCMU'] } });

    expect(mediaLine(incoming.localSdp)).toBe('8');
  });

  test('that the carrier does not take are refused', async () => {
    const { incoming } = await calledIn({ media: { codecs: ['PCMA'] } }, '0');

    expect(incoming.sent.at(-1)).toBe('488');
  });

  test('are offered to each gateway as its own list says, and later offers say the same', async () => {
    const { board, offerTo, answer } = await calledOut(
      { media: { codecs: ['PCMA', 'PCMU'] } },
      { media: { codecs: ['PCMA'] } },
    );
    expect(mediaLine(board.outgoing.localSdp)).toBe('8 0 101');
    expect(mediaLine(offerTo(1))).toBe('8 101');
    const established = await answer(1, '8');
    board.supervisor.hold('call-1');

    expect(board.session.remotes.at(-1)).toMatchObject({ codec: 'PCMA' });
    expect(mediaLine(established.reinvites[0]?.sdp)).toBe('8 101');
    expect(established.onReinvite?.(remoteSdp(40_000, '0'))).toBeUndefined();
  });
});

test('a call that failed over is the other carrier’s', async () => {
  const { board, offerTo, answer } = await calledOut({ carrier: 'first' }, { carrier: 'second' });
  offerTo(1);
  await answer(1, '0');

  expect(board.events.find(({ type }) => type === 'dialing')).toMatchObject({ carrier: 'first' });
  expect(board.events.find(({ type }) => type === 'answered')).toMatchObject({ carrier: 'second' });
});

describe('keys of ours', () => {
  test.each([
    ['rfc2833', 'rfc4733'],
    ['tones', 'inband'],
  ] as const)('with %s go out by the media session, %s', async (dtmfType, mode) => {
    const { board, incoming } = await calledIn({ dtmfType });
    board.supervisor.press('in-1', '12');
    await settled();

    expect(incoming.established.infos).toEqual([]);
    expect(board.session.digits).toEqual([`${mode} 12`]);
  });

  test('go by INFO to the gateway that wants it', async () => {
    const { board, offerTo, answer } = await calledOut({}, { dtmfType: 'info' });
    offerTo(1);
    const established = await answer(1, '0');
    board.supervisor.press('call-1', '1');
    await settled();

    expect(established.infos).toEqual(['Signal=1\r\nDuration=160\r\n']);
  });

  test('by INFO keep their order over several presses', async () => {
    const { board, offerTo, answer } = await calledOut({}, { dtmfType: 'info' });
    offerTo(1);
    const established = await answer(1, '0');
    board.supervisor.press('call-1', '12');
    board.supervisor.press('call-1', '34');
    await settled();

    expect(established.infos.map((body) => body.charAt('Signal='.length)).join('')).toBe('1234');
  });
});

test.each([
  ['id', true],
  ['header;session', true],
  ['none', undefined],
])('a call with Privacy %s has a second leg that hides its caller: %s', async (privacy, hides) => {
  const { board } = await calledIn({ sipHeaders: { privacy, identity: 'signed' } });
  board.supervisor.transfer('in-1', { mode: 'bridge', to: '+4930333' });
  const { isAnonymous, headers } = board.outgoing.request;

  expect(isAnonymous).toBe(hides);
  expect(headers).toEqual({ identity: 'signed' });
});

describe('the recogniser hears at the rate of the session', () => {
  const G722: CallSpec['media'] = { codecs: ['G722', 'PCMU'] };
  const ratesOf = (board: Switchboard) =>
    board.providers.streams.map(({ sampleRateHz }) => sampleRateHz);

  test.each([
    ['9', 16_000],
    ['0', 8_000],
  ])('of a caller with format %s', async (format, sampleRateHz) => {
    const { board } = await calledIn({ media: G722 }, format);

    expect(ratesOf(board)).toEqual([sampleRateHz]);
  });

  test('of whom we called', async () => {
    const { board, offerTo, answer } = await calledOut({}, { media: G722 });
    offerTo(1);
    await answer(1, '9');

    expect(ratesOf(board)).toEqual([16_000]);
  });

  test('and of a late offer, once it is answered', async () => {
    const board = new Switchboard({}, { media: G722 });
    const incoming = new FakeIncomingCall({ remoteSdp: undefined });
    board.supervisor.onIncoming(incoming);
    await settled();

    expect(ratesOf(board)).toEqual([8_000]);
  });
});

describe('a second leg', () => {
  test.each(['bridge', 'attended', 'warm'] as const)(
    'of a transfer (%s) is offered what its own carrier takes, secured as that one wants it',
    async (mode) => {
      const [target] = ROUTE.targets;
      const media = { codecs: ['PCMA'], ptimeMs: 30, srtp: 'required' } as const;
      const targets = [{ ...target, media }] as readonly DialTarget[];
      const board = new Switchboard({ routeFor: () => ({ carrier: 'second', targets }) });
      const incoming = new FakeIncomingCall({ remoteSdp: remoteSdp(40_000, '0') });
      board.supervisor.onIncoming(incoming);
      await settled();
      board.supervisor.transfer('in-1', { to: '+4930999', mode });
      const { localSdp } = board.outgoing.request;
      const offer = typeof localSdp === 'string' ? localSdp : localSdp(targets[0] as DialTarget);

      expect(offer).toMatch(/^m=audio \d+ RTP\/SAVP 8 101\r$/m);
      expect(offer).toContain('a=ptime:30\r\n');
      expect(offer.match(/^a=crypto:/gm)).toHaveLength(3);
      expect(mediaLine(incoming.localSdp)).toBe('0');
    },
  );
});
