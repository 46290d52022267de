import { parentPort, workerData } from 'node:worker_threads';
import { RtpPeer } from '../rtp/rtp-peer.ts';
import type { EarsReport } from './threaded-ears.ts';

const ears = await RtpPeer.open({ address: String(workerData) });
parentPort?.postMessage(ears.port);
parentPort?.once('message', () => {
  ears.close();
  parentPort?.postMessage(report());
});

function report(): EarsReport {
  const { received } = ears;
  const atMs = (packet = received[0]) => performance.timeOrigin + (packet?.atMs ?? 0);
  return {
    ...ears.continuity(),
    payloadTypes: [...new Set(received.map((packet) => packet.payloadType))],
    firstAtMs: atMs(),
    lastAtMs: atMs(received.at(-1)),
  };
}
