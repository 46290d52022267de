import { parentPort, workerData } from 'node:worker_threads';
import { assertNever, invariant } from '../core/invariant.ts';
import { LocalIdentity } from '../sip/local-identity.ts';
import { liveHeapBytes } from './live-heap.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { SipDriver } from './sip-driver.ts';
import { SipTap } from './sip-tap.ts';
import type { FromSipWorker, SipWorkerOptions, ToSipWorker } from './sip-worker-messages.ts';

const port = parentPort;
invariant(port !== null, 'this file runs as a worker thread');

function post(message: FromSipWorker): void {
  port?.postMessage(message);
}

function run(driver: SipDriver, options: SipWorkerOptions): void {
  if (options.captures) driver.tap = tapOf(driver);
  driver.onFlowClosed = (flow) => post({ type: 'flow-closed', flow });
  port?.on('message', (message: ToSipWorker) => {
    switch (message.type) {
      case 'set-allowed':
        driver.setAllowed(message.cidrs);
        return;
      case 'set-challenge':
        driver.setChallenge(message.challenge);
        return;
      case 'admit-guest':
        driver.admitGuest(message.address, message.forMs);
        return;
      case 'silence':
        driver.silence(message.address, message.forMs);
        return;
      case 'stats':
        post({
          type: 'stats',
          id: message.id,
          stats: {
            ...driver.stats,
            heapUsedBytes: liveHeapBytes(),
            externalBytes: process.memoryUsage().external,
          },
        });
        return;
      case 'capture-read':
        driver.tap?.acknowledge();
        return;
      case 'close':
        driver.close();
        driver.tap?.close();
        port?.close();
        return;
      default:
        assertNever(message);
    }
  });
  const { port: sipPort, ports, controlPort, addresses } = driver;
  post({ type: 'started', port: sipPort, ports, controlPort, addresses });
}

function tapOf({ addresses, port: sipPort, ports }: SipDriver): SipTap {
  const identity = new LocalIdentity({ addresses, port: sipPort, ports });
  const [only, ...others] = addresses;
  return new SipTap({
    epochMs: Date.now() - monotonicClock.now(),
    localFor: (remoteHost, transport) => ({
      host: only !== undefined && others.length === 0 ? only : identity.addressFor(remoteHost),
      port: identity.portFor(transport),
    }),
    post: (batch) =>
      port?.postMessage({ type: 'capture', batch } satisfies FromSipWorker, [batch.buffer]),
  });
}

try {
  const options = workerData as SipWorkerOptions;
  run(await SipDriver.open(options), options);
} catch (error) {
  post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  port.close();
}
