import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EmbeddedSipServer } from '../../src/io/embedded-sip-server.ts';
import { RawPeer, rawRequest, toTagOf } from '../support/sip/raw-peer.ts';
import { connectSrf, sdp } from '../support/sip/srf.ts';

/**
 * A stranger sends 1,000 junk REGISTER and INVITE a second, from a process of its own, beside 20 calls a second of a carrier. Exits with 1 when a call
 * is lost or the memory of the server's process grows by 50 MB.
 *
 * node test/nightly/exhaustion-flood.ts [seconds] [silent|challenge]
 */
const [, , first = '60', mode = 'challenge'] = process.argv;
const JUNK_PER_SECOND = 1_000;
const CALLS_PER_SECOND = 20;
const MAX_GROWTH_BYTES = 50 * 1_048_576;
const WARM_UP_MS = 5_000;
const CALL_TIMEOUT_MS = 10_000;
const RETRANSMIT_MS = 500;
const STRANGER = '127.0.0.66';

/** Sends until it is ended. */
async function flood(port: number): Promise<void> {
  const stranger = await RawPeer.open(STRANGER);
  const started = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - started) / 1_000) * JUNK_PER_SECOND;
    for (; sent < due; sent++) {
      const method = sent % 2 === 0 ? 'INVITE' : 'REGISTER';
      stranger.send(rawRequest({ method, from: stranger, callId: `junk-${sent}` }), port);
    }
    process.send?.(sent);
  }, 10);
}

class Carrier {
  readonly #peer: RawPeer;
  readonly #port: number;
  answered = 0;
  slowestMs = 0;
  readonly lost: string[] = [];

  constructor(peer: RawPeer, port: number) {
    this.#peer = peer;
    this.#port = port;
  }

  /** A whole call; what is not answered is sent again (RFC 3261 section 17.1). */
  async call(callId: string): Promise<void> {
    const startedMs = performance.now();
    const from = { from: this.#peer, callId };
    try {
      const invite = rawRequest({ ...from, method: 'INVITE', body: sdp('a') });
      const toTag = toTagOf(await this.#transact(invite, callId, '1 INVITE'));
      this.#peer.send(rawRequest({ ...from, method: 'ACK', toTag }), this.#port);
      const bye = rawRequest({ ...from, method: 'BYE', toTag, sequence: 2 });
      await this.#transact(bye, callId, '2 BYE');
      this.answered++;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs);
    } catch (error) {
      this.lost.push(`${callId}: ${String(error)}`);
    }
  }

  async #transact(request: string, callId: string, cseq: string): Promise<string> {
    const answer = this.#peer.next(
      new RegExp(`^SIP/2\\.0 200 [\\s\\S]*Call-ID: ${callId}\r[\\s\\S]*CSeq: ${cseq}\r`),
    );
    this.#peer.send(request, this.#port);
    const again = setInterval(() => this.#peer.send(request, this.#port), RETRANSMIT_MS);
    const stop = new AbortController();
    const late = delay(CALL_TIMEOUT_MS, undefined, { signal: stop.signal }).then(() => {
      throw new Error(`no 200 to ${cseq}`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearInterval(again);
      stop.abort();
    }
  }
}

async function callFor(carrier: Carrier, durationMs: number, prefix: string): Promise<void> {
  const calls: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let index = 0; performance.now() - startedMs < durationMs; index++) {
    calls.push(carrier.call(`${prefix}-${index}`));
    await delay(
      Math.max(0, startedMs + ((index + 1) * 1_000) / CALLS_PER_SECOND - performance.now()),
    );
  }
  await Promise.all(calls);
}

async function measure(): Promise<void> {
  const server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
  });
  if (mode === 'challenge') server.setChallenge({ realm: 'trunkline', secret: 'secret' });
  const srf = await connectSrf(server, (app) =>
    app.invite(async (req, res) => {
      await app.createUAS(req, res, { localSdp: sdp('agent') });
    }),
  );
  const peer = await RawPeer.open();
  const carrier = new Carrier(peer, server.port);
  const stranger = fork(fileURLToPath(import.meta.url), ['flood', String(server.port)]);
  let junk = 0;
  stranger.on('message', (sent) => {
    junk = Number(sent);
  });
  await callFor(carrier, WARM_UP_MS, 'warm');
  const before = process.memoryUsage.rss();
  await callFor(carrier, Number(first) * 1_000, 'good');
  const grownBytes = process.memoryUsage.rss() - before;
  await end(stranger);
  const { dropped, challenges } = await countsOf(server);
  srf.disconnect();
  peer.close();
  await server.close();
  const lines = [
    `${junk} junk requests: ${challenges} challenged, ${dropped} dropped`,
    `${carrier.answered} calls, ${carrier.lost.length} lost, the slowest took ${Math.round(carrier.slowestMs)} ms`,
    `RSS grew by ${(grownBytes / 1_048_576).toFixed(1)} MB`,
    ...carrier.lost.slice(0, 5),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (carrier.lost.length > 0 || grownBytes > MAX_GROWTH_BYTES) process.exitCode = 1;
}

async function countsOf(server: EmbeddedSipServer) {
  const { droppedNotAllowed, droppedRate, droppedMethod, challenges } = await server.stats();
  return { dropped: droppedNotAllowed + droppedRate + droppedMethod, challenges };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

if (first === 'flood') await flood(Number(mode));
else await measure();
