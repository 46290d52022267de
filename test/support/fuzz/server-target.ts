import { byteStringToBytes, bytesToByteString } from '../../../src/core/bytes.ts';
import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { DrachtioServer } from '../../../src/drachtio/drachtio-server.ts';
import { encodeFrame, FrameDecoder } from '../../../src/drachtio/frame-codec.ts';
import type { Endpoint, Transport } from '../../../src/sip/endpoint.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import type { SeededRandom } from '../random/seeded-random.ts';
import { messageOfFrame, srfMisreading } from '../sip/srf-parser.ts';
import type { FuzzTarget } from './parser-targets.ts';
import { CORPUS_METHODS, CORPUS_PEER, CORPUS_SERVER } from './sip-corpus.ts';

/** After this many inputs everything has to end, and a new server begins. */
const INPUTS_OF_A_SERVER = 2_000;
const APPLICATION = 1;
/** A request is answered at once with at most this many messages ... */
const MAX_ANSWERS = 3;
/** ... each with at most this much more than the request had, or twice its size. */
const MAX_GROWTH_BYTES = 600;
const MAX_SETTLING_MS = 4 * 86_400_000;

/** The whole server with one application, which answers at random; each input is a datagram, a message of a stream or time. */
export class ServerTarget implements FuzzTarget {
  readonly name = 'server';
  readonly seeds: readonly string[];
  /** The most that was sent at once because of one datagram, in parts of its size. */
  worstAmplification = 0;
  passedUp = 0;
  #server = createServer();
  #now: MonotonicMs = monotonicMs(0);
  #inputs = 0;
  #answered = 0;
  #answeredBytes = 0;
  #todo: string[] = [];
  #sent: string[] = [];

  constructor(messages: readonly string[]) {
    this.seeds = messages;
    this.#connect();
  }

  run = (text: string, random: SeededRandom): void => {
    const bytes = byteStringToBytes(text);
    const source = sourceOf(random);
    this.#answered = 0;
    this.#answeredBytes = 0;
    this.#sent = [];
    this.#server.handleInput({ type: 'sip-received', bytes, source }, this.#now);
    this.#drain();
    if (source.transport === 'udp') this.#checkAnswers(bytes.length);
    this.#react(random);
    if (random.oneIn(8)) this.#pass(random.pick([1, 500, 4_000, 32_000, 200_000]));
    if (++this.#inputs % INPUTS_OF_A_SERVER === 0) this.#settle();
  };

  #checkAnswers(octets: number): void {
    if (octets === 0) return;
    this.worstAmplification = Math.max(this.worstAmplification, this.#answeredBytes / octets);
    if (this.#answered > MAX_ANSWERS) throw new Error(`${this.#answered} messages for one`);
    if (this.#answeredBytes > this.#answered * Math.max(2 * octets, octets + MAX_GROWTH_BYTES)) {
      const longest = this.#sent.toSorted((a, b) => b.length - a.length)[0] ?? '';
      throw new Error(`${this.#answeredBytes} octets for ${octets}: ${longest.slice(0, 300)}`);
    }
  }

  #connect(): void {
    const connection = APPLICATION;
    this.#server.handleInput({ type: 'client-connected', connection }, this.#now);
    this.#say('a|authenticate|secret|');
    for (const method of CORPUS_METHODS) this.#say(`r|route|${method.toLowerCase()}`);
    this.#todo = [];
  }

  #say(text: string): void {
    const bytes = encodeFrame(text);
    this.#server.handleInput({ type: 'client-bytes', connection: APPLICATION, bytes }, this.#now);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#server.pollOutput(); output; output = this.#server.pollOutput()) {
      if (output.type === 'sip-send') {
        this.#answered++;
        this.#answeredBytes += output.bytes.length;
        this.#sent.push(bytesToByteString(output.bytes));
      } else if (output.type === 'client-send') {
        for (const frame of new FrameDecoder().push(output.bytes)) this.#hear(frame);
      } else if (output.type === 'client-close') {
        throw new Error('the application was thrown out');
      }
    }
  }

  /** Everything that an application is told has to be what its library reads. */
  #hear(frame: string): void {
    const [, type, source] = frame.split('|', 3);
    if (type !== 'sip') return;
    this.passedUp++;
    const misreading = srfMisreading(messageOfFrame(frame));
    if (misreading !== undefined) throw new Error(`drachtio-srf reads otherwise: ${misreading}`);
    if (source === 'network') this.#todo.push(frame);
  }

  #react(random: SeededRandom): void {
    for (const frame of this.#todo.splice(0)) {
      const leader = frame.slice(0, frame.indexOf('\r\n')).split('|');
      const [, , , , , , , , transaction = '', dialog = ''] = leader;
      const status = random.pick([100, 180, 183, 200, 200, 200, 302, 404, 486, 503, 0, 0]);
      const reliable = status === 183 && random.oneIn(2) ? 'Require: 100rel\r\n' : '';
      const sdp = random.oneIn(2) ? '\r\nv=0\r\n' : '\r\n';
      if (status !== 0) {
        this.#say(`m|sip|${transaction}|\r\nSIP/2.0 ${status} X\r\n${reliable}${sdp}`);
      }
      if (dialog !== '' && random.oneIn(3)) {
        const method = random.pick(['ACK', 'BYE', 'INVITE', 'UPDATE', 'INFO', 'PRACK']);
        this.#say(`m|sip||${dialog}|\r\n${method} sip:x@${CORPUS_PEER} SIP/2.0\r\n${sdp}`);
      }
    }
    if (random.oneIn(6)) {
      const method = random.pick(['INVITE', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE', 'REGISTER']);
      this.#say(`m|sip|||\r\n${method} sip:x@${CORPUS_PEER} SIP/2.0\r\nCall-ID: c\r\n\r\n`);
    }
  }

  /** Lets time pass from deadline to deadline. */
  #pass(durationMs: number): void {
    const until = after(this.#now, durationMs);
    for (let at = this.#server.pollTimeout(); at !== undefined && at <= until; ) {
      this.#now = monotonicMs(Math.max(at, this.#now));
      this.#server.handleTimeout(this.#now);
      this.#drain();
      at = this.#server.pollTimeout();
    }
    this.#now = until;
  }

  /** The application goes away, time passes, and nothing may be left. */
  #settle(): void {
    const connection = APPLICATION;
    this.#server.handleInput({ type: 'client-closed', connection }, this.#now);
    this.#drain();
    this.#pass(MAX_SETTLING_MS);
    const { transactions, dialogs, pendingTimers, owned, proxied } = this.#server.stats;
    if (transactions + dialogs + pendingTimers + owned + proxied > 0) {
      throw new Error(`left behind: ${JSON.stringify(this.#server.stats)}`);
    }
    this.#server = createServer();
    this.#now = monotonicMs(0);
    this.#connect();
  }
}

function createServer(): DrachtioServer {
  let serial = 0;
  return new DrachtioServer({
    addresses: [CORPUS_SERVER],
    port: 5_060,
    timers: DEFAULT_TIMERS,
    createId: () => `id${++serial}`,
    createToken: () => `tok${++serial}`,
    maxServerTransactions: 500,
    secret: 'secret',
    epochMs: 0,
  });
}

function sourceOf(random: SeededRandom): Endpoint {
  const transport: Transport = random.pick(['udp', 'udp', 'udp', 'tcp', 'tls', 'ws']);
  const connection = transport === 'udp' ? undefined : 1 + random.below(3);
  return { transport, host: CORPUS_PEER, port: 5_060, connection };
}
