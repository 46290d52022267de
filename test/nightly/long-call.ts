import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EmbeddedSipServer } from '../../src/io/embedded-sip-server.ts';
import type { CaptureBatch } from '../../src/io/sip-tap.ts';
import { createOffer } from '../../src/sdp/offer-answer.ts';
import { readCaptureBatch } from '../../src/trace/capture-batch.ts';
import { connectSrf, type SrfApp, sdp } from '../support/sip/srf.ts';
import { SignalingNode } from '../support/sipp/signaling-node.ts';

/**
 * Two calls in real time between our side and a far end on a SIP server of its own, with a session interval of 120 s: in one we refresh the
 * session, in the other the far end does (RFC 4028). In each of them three re-INVITEs, the second of which is a hold. Exits with 1 when a call
 * ends by itself, a request in it is refused or a side did not refresh.
 *
 * node test/nightly/long-call.ts --minutes 20
 */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } });
const minutes = Number(values.minutes);
const STEP_MS = 1_000;
const INTERVAL_SECONDS = 120;
/** Refreshes come at half of the interval; a re-INVITE puts the next one off. */
const LEAST_REFRESHES = Math.max(0, Math.floor((minutes * 60) / (INTERVAL_SECONDS / 2)) - 4);
const BUSY_ENDS = /^(?:ended|failed|disconnected)/;

const refreshes = { in: 0, out: 0 };

function countRefreshes({ buffer, length }: CaptureBatch): void {
  for (const { direction, bytes } of readCaptureBatch(buffer, length)) {
    if (/^UPDATE /.test(Buffer.from(bytes).toString('latin1'))) refreshes[direction] += 1;
  }
}

/** The far end answers, and names us as the one who refreshes. */
function answerAtFarEnd(app: SrfApp): void {
  const headers = {
    Allow: 'INVITE, ACK, CANCEL, BYE, UPDATE',
    Require: 'timer',
    'Session-Expires': `${INTERVAL_SECONDS};refresher=uac`,
  };
  app.invite(async (req, res) => {
    const dialog = await app.createUAS(req, res, { localSdp: sdp('far'), headers });
    dialog.on('destroy', () => ended.push('the far end lost the call that it answered'));
  });
}

const ended: string[] = [];
const node = await SignalingNode.start();
const far = await EmbeddedSipServer.start({
  host: '127.0.0.1',
  port: 0,
  allow: ['127.0.0.1'],
  onCapture: countRefreshes,
});
const srf = await connectSrf(far, answerAtFarEnd);

function checkUp(atMs: number): void {
  const lost = [...ended, ...node.events.filter((event) => BUSY_ENDS.test(event))][0];
  if (lost !== undefined) throw new Error(`after ${Math.round(atMs / 1_000)} s: ${lost}`);
}

try {
  const isUp = node.next('established');
  const called = srf.createUAC(`sip:demo@127.0.0.1:${node.remote.port}`, {
    localSdp: sdp('far'),
    headers: {
      Allow: 'INVITE, ACK, CANCEL, BYE, UPDATE',
      'Session-Expires': `${INTERVAL_SECONDS};refresher=uac`,
    },
  });
  await Promise.all([isUp, called]);
  const { established } = await node.dial({ host: '127.0.0.1', port: far.port }).outcome;
  if (established === undefined) throw new Error('the far end did not answer');
  const calls = [...node.established];
  const totalMs = minutes * 60_000;
  const changes = [1, 2, 3].map((quarter) => (quarter * totalMs) / 4);
  const startMs = performance.now();
  for (let atMs = 0; atMs < totalMs; atMs = performance.now() - startMs) {
    checkUp(atMs);
    if (atMs >= (changes[0] ?? Number.POSITIVE_INFINITY)) {
      changes.shift();
      const done = 3 - changes.length;
      const description = { address: '127.0.0.1', port: 4_100 + 2 * done, sessionId: 1 };
      const isHolding = done === 2;
      const offer = createOffer({ ...description, sessionVersion: done + 1, isHolding });
      await Promise.all(calls.map((call) => call.reinvite(offer)));
      process.stdout.write(`${Math.round(atMs / 1_000)} s: re-INVITE ${done} of 3 answered\n`);
    }
    await delay(STEP_MS);
  }
  checkUp(totalMs);
  await Promise.all(calls.map((call) => call.hangup()));
  process.stdout.write(
    `${minutes} minutes: both calls were up to the end; ${refreshes.in} refreshes of ours, ${refreshes.out} of the far end\n`,
  );
  if (Math.min(refreshes.in, refreshes.out) < LEAST_REFRESHES) {
    throw new Error(`fewer than ${LEAST_REFRESHES} refreshes of a side`);
  }
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${String(error)}\n`);
} finally {
  srf.disconnect();
  await Promise.all([node.close(), far.close()]);
}
