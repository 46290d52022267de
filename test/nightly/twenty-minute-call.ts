import { setTimeout as delay } from 'node:timers/promises';
import { createOffer } from '../../src/sdp/offer-answer.ts';
import { SignalingNode } from '../support/sipp/signaling-node.ts';

/**
 * A call of twenty minutes in real time between two of our sides, each with its own SIP server: a hold, a resume and a change of address every few
 * minutes, and whatever refreshes the servers send by themselves. Exits with 1 when the call ends by itself or a request in it is refused.
 *
 * node test/nightly/twenty-minute-call.ts [minutes]
 */
const minutes = Number(process.argv[2] ?? 20);
const STEP_MS = 60_000;

const [here, there] = await Promise.all([SignalingNode.start(), SignalingNode.start()]);
try {
  const { established: call } = await here.dial(there.remote, { toUser: 'demo' }).outcome;
  if (call === undefined) throw new Error('the call was not answered');
  for (let minute = 1; minute <= minutes; minute += 1) {
    await delay(STEP_MS);
    const description = { address: '127.0.0.1', port: 4000 + 2 * minute, sessionId: 1 };
    const isHolding = minute % 5 === 0;
    await call.reinvite(createOffer({ ...description, sessionVersion: minute + 1, isHolding }));
    const lost = [...here.events, ...there.events].find((event) => event.startsWith('ended'));
    if (lost !== undefined) throw new Error(`minute ${minute}: ${lost}`);
    process.stdout.write(`minute ${minute}: the call is up${isHolding ? ', held' : ''}\n`);
  }
  await call.hangup();
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${String(error)}\n`);
} finally {
  await Promise.all([here.close(), there.close()]);
}
