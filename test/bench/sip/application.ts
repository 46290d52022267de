import { answerOffer } from '../../../src/sdp/offer-answer.ts';
import type { IncomingCall } from '../../../src/signaling/signaling.ts';
import { SrfSignaling } from '../../../src/signaling/srf-signaling.ts';
import { startSipServer } from '../../support/sip/sip-server.ts';

/** What the bench is told of this process, one message per question. */
export interface ApplicationReport {
  /** JavaScript heap and what hangs on it, without garbage, in bytes: main thread, then SIP thread (0 when that is not ours). */
  readonly mainBytes: number;
  readonly sipBytes: number;
  readonly transactions: number;
  readonly dialogs: number;
}

const LOCAL = { address: '127.0.0.1', port: 4_000, sessionId: 1 };

/** The signalling half of the engine in a process of its own: answers every call and has no media. */
const server = await startSipServer({ host: '127.0.0.1', port: 0, allow: ['127.0.0.0/8'] });
const signaling = new SrfSignaling({
  host: server.controlHost,
  port: server.controlPort,
  secret: server.secret,
});
await signaling.start({ onIncoming: answer, onDisconnected: () => process.exit(1) });

process.on('message', () => void report());
process.on('disconnect', () => void signaling.close().then(() => server.close()));
process.send?.({ port: server.port });

function answer(call: IncomingCall): void {
  const result = call.remoteSdp === undefined ? undefined : answerOffer(call.remoteSdp, LOCAL);
  if (result?.ok !== true) {
    call.reject(488);
    return;
  }
  // A caller that is gone shows as a failed call at the other end.
  call.answer(result.sdp).catch(() => undefined);
}

async function report(): Promise<void> {
  const stats = await server.stats();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const answered: ApplicationReport = {
    mainBytes: heapUsed + external,
    sipBytes: stats === undefined ? 0 : stats.heapUsedBytes + stats.externalBytes,
    transactions: stats?.transactions ?? 0,
    dialogs: stats?.dialogs ?? 0,
  };
  process.send?.(answered);
}
