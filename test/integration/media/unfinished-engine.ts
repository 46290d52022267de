import { isMainThread, workerData } from 'node:worker_threads';

import { createEngine, ListeningSession, pcmuAt } from './listening-session.ts';

/** An engine that nobody closes: run as a worker that is ended from outside, or as a process that exits by itself. */
const engine = createEngine(41_100, 41_103);
const call = new ListeningSession(engine);
const peerPort = isMainThread ? Number(process.argv[2]) : workerData.peerPort;
call.session.connect(pcmuAt(peerPort));
call.session.write(1, new Int16Array(48_000), 48_000);
await call.slots(4);
if (isMainThread) process.exit(7);
