import { parentPort, workerData } from 'node:worker_threads';
import { assertNever, invariant } from '../core/invariant.ts';
import { liveHeapBytes } from './live-heap.ts';
import { SipDriver } from './sip-driver.ts';
import type { FromSipWorker, SipWorkerOptions, ToSipWorker } from './sip-worker-messages.ts';

const port = parentPort;
invariant(port !== null, 'this file runs as a worker thread');

function post(message: FromSipWorker): void {
  port?.postMessage(message);
}

function run(driver: SipDriver): void {
  port?.on('message', (message: ToSipWorker) => {
    switch (message.type) {
      case 'set-allowed':
        driver.setAllowed(message.cidrs);
        return;
      case 'stats':
        post({
          type: 'stats',
          id: message.id,
          stats: { ...driver.stats, heapUsedBytes: liveHeapBytes() },
        });
        return;
      case 'close':
        driver.close();
        port?.close();
        return;
      default:
        assertNever(message);
    }
  });
  const { port: sipPort, controlPort, addresses } = driver;
  post({ type: 'started', port: sipPort, controlPort, addresses });
}

try {
  run(await SipDriver.open(workerData as SipWorkerOptions));
} catch (error) {
  post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  port.close();
}
