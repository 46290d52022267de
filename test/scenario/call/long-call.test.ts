import { expect, test } from 'vitest';
import { FakeIncomingCall, remoteSdp } from '../../support/call/fake-signaling.ts';
import { callSpec } from '../../support/call/specs.ts';
import { NOTHING_HELD, Switchboard } from '../../support/call/switchboard.ts';
import { settled } from '../../support/call/virtual-clock.ts';

const MINUTE_MS = 60_000;
const CALL_MINUTES = 65;
/** Half of the 90 s that RFC 4028 section 4 allows at least. */
const REFRESH_MS = 45_000;

test('a call of 65 minutes survives refreshes from either side, three re-INVITEs and a hold', async () => {
  const { agent } = callSpec();
  const timeouts = { ...agent.timeouts, maxDurationMs: 70 * MINUTE_MS };
  const board = new Switchboard({}, { agent: { ...agent, timeouts } });
  const incoming = new FakeIncomingCall();
  board.supervisor.onIncoming(incoming);
  await settled();
  const { established } = incoming;
  let peerSdp = remoteSdp();

  /** The caller presses a key now and then, so that nobody is silent, and refreshes the session as it is. */
  const talkFor = async (durationMs: number, isRefreshed = true): Promise<void> => {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= 15_000) {
      await board.clock.advance(Math.min(leftMs, 15_000));
      board.session.press('1');
      if (isRefreshed && leftMs % REFRESH_MS === 0) {
        expect(established.onReinvite?.(peerSdp)).toContain('m=audio 20000');
      }
    }
  };

  await talkFor(15 * MINUTE_MS);
  for (const moved of [remoteSdp(41_000), remoteSdp(41_000, '8'), remoteSdp(42_000, '0')]) {
    peerSdp = moved;
    established.onReinvite?.(peerSdp);
    await talkFor(10 * MINUTE_MS);
  }
  established.onReinvite?.(`${peerSdp}a=sendonly\r\n`);
  await board.clock.advance(10 * MINUTE_MS);
  established.onReinvite?.(peerSdp);
  board.supervisor.hold('in-1');
  established.reinvites[0]?.settle.resolve(`${peerSdp}a=recvonly\r\n`);
  await settled();
  board.supervisor.resume('in-1');
  established.reinvites[1]?.settle.resolve(peerSdp);
  await settled();
  await talkFor(10 * MINUTE_MS, false);

  expect(board.terminations).toEqual([]);
  expect(board.media.sessions).toHaveLength(1);
  expect(board.session.remotes.map(({ port, codec }) => `${port} ${codec}`)).toEqual(
    expect.arrayContaining(['41000 PCMU', '41000 PCMA', '42000 PCMU']),
  );
  expect(board.eventTypes.filter((type) => type === 'held' || type === 'resumed')).toEqual([
    'held',
    'resumed',
    'held',
    'resumed',
  ]);
  established.onEnded?.('peer', 'Q.850;cause=16');
  await settled();
  const finished = board.events.at(-1);
  expect(finished).toMatchObject({ type: 'finished', durationMs: CALL_MINUTES * MINUTE_MS });
  expect(board.held).toEqual(NOTHING_HELD);
});
