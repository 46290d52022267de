import { bytesToByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { DrachtioServer } from '../../../src/drachtio/drachtio-server.ts';
import { encodeFrame, FrameDecoder } from '../../../src/drachtio/frame-codec.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { AnswerBook } from './answer-book.ts';
import { choose, fail } from './run-programs.ts';

const SERVER = '192.0.2.9';
const PEER = { transport: 'udp', host: '192.0.2.1', port: 5_060, connection: undefined } as const;
const APPLICATIONS = [1, 2] as const;
const ROUTES = ['invite', 'subscribe', 'options', 'bye', 'cdr:start', 'cdr:stop'] as const;
const METHODS = ['INVITE', 'INVITE', 'INVITE', 'OPTIONS', 'SUBSCRIBE'] as const;
const IN_DIALOG = ['ACK', 'ACK', 'BYE', 'INVITE', 'UPDATE', 'PRACK', 'INFO', 'NOTIFY'] as const;
const STATUSES = [100, 180, 183, 200, 200, 200, 302, 404, 486, 503] as const;
const PAUSES_MS = [1, 500, 4_000, 32_000, 90_000, 2_000_000] as const;
/** Timer I is the first that ends a server transaction: 5 s. */
const BRANCH_LIFETIME_MS = 4_000;
const SETTLING_MS = 10_000_000;
/** The keys that a program can use bound what the server remembers. */
const MAX_REMEMBERED = 400;

interface Told {
  readonly connection: number;
  readonly transaction: string;
  readonly dialog: string;
}

/** A server between a peer that writes its messages by hand and applications that connect, command and vanish. */
class World {
  readonly #server: DrachtioServer;
  readonly #book = new AnswerBook();
  readonly #open = new Set<number>();
  readonly #decoders = new Map<number, FrameDecoder>();
  readonly #told: Told[] = [];
  /** Requests of the server's that the peer may answer, and answers that it may acknowledge. */
  readonly #heard: { readonly text: string; readonly at: MonotonicMs }[] = [];
  readonly #asked = new Set<string>();
  #answers = new Map<string, number>();
  #serial = 0;
  #now: MonotonicMs = monotonicMs(0);

  constructor() {
    let serial = 0;
    this.#server = new DrachtioServer({
      addresses: [SERVER],
      port: 5_060,
      timers: DEFAULT_TIMERS,
      createId: () => `id${++serial}`,
      createToken: () => `tok${++serial}`,
      maxServerTransactions: 100,
      secret: 's',
      epochMs: 0,
    });
  }

  take(step: number): void {
    const bits = step >>> 12;
    const application = APPLICATIONS[bits & 1] ?? 1;
    const more = bits >>> 1;
    switch (choose(step, 14)) {
      case 0:
        this.connect(application);
        return;
      case 1:
        if (more % 3 === 0) this.disconnect(application);
        return;
      case 2:
      case 3:
        this.#peerAsks(more);
        return;
      case 4:
      case 5:
        this.#peerReacts(more);
        return;
      case 6:
      case 7:
      case 8:
        this.#applicationAnswers(more);
        return;
      case 9:
      case 10:
        this.#applicationAsksInDialog(more);
        return;
      case 11:
        this.#applicationAsks(application, more);
        return;
      case 12:
        this.#failSend(more);
        return;
      default:
        this.pass(PAUSES_MS[more % PAUSES_MS.length] ?? 0);
    }
    this.#checkBounds();
  }

  connect(connection: number): void {
    if (this.#open.has(connection)) return;
    this.#open.add(connection);
    this.#decoders.set(connection, new FrameDecoder());
    this.#server.handleInput({ type: 'client-connected', connection }, this.#now);
    this.#say(connection, 'a|authenticate|s|');
    for (const route of ROUTES) this.#say(connection, `r|route|${route}`);
  }

  disconnect(connection: number): void {
    if (!this.#open.delete(connection)) return;
    this.#server.handleInput({ type: 'client-closed', connection }, this.#now);
    this.#drain();
  }

  pass(durationMs: number): void {
    const until = after(this.#now, durationMs);
    for (let at = this.#server.pollTimeout(); at !== undefined && at <= until; ) {
      this.#now = monotonicMs(Math.max(at, this.#now));
      this.#server.handleTimeout(this.#now);
      this.#drain();
      at = this.#server.pollTimeout();
    }
    this.#now = until;
  }

  settle(): void {
    for (const connection of APPLICATIONS) this.disconnect(connection);
    this.pass(SETTLING_MS);
    const { transactions, dialogs, pendingTimers, proxied, owned } = this.#server.stats;
    if (transactions + dialogs + pendingTimers + proxied + owned > 0) {
      fail(`left behind: ${JSON.stringify(this.#server.stats)}`);
    }
    this.#book.check();
  }

  #checkBounds(): void {
    const { transactions, dialogs, pendingTimers, proxied, owned } = this.#server.stats;
    const all = transactions + dialogs + pendingTimers + proxied + owned;
    if (all > MAX_REMEMBERED) fail(`${all} things are remembered`);
  }

  #say(connection: number, text: string): void {
    if (!this.#open.has(connection)) return;
    const id = `m${++this.#serial}`;
    const [, ...rest] = text.split('|');
    this.#asked.add(`${connection}|${id}`);
    const bytes = encodeFrame([id, ...rest].join('|'));
    this.#server.handleInput({ type: 'client-bytes', connection, bytes }, this.#now);
    this.#drain();
    if (!text.includes('|proxy|') && this.#asked.has(`${connection}|${id}`))
      fail('no reply to a command');
  }

  #drain(): void {
    for (let output = this.#server.pollOutput(); output; output = this.#server.pollOutput()) {
      if (output.type === 'client-close') fail('an application was thrown out');
      if (output.type === 'sip-send') this.#hearSip(output.bytes, output.transaction);
      if (output.type !== 'client-send') continue;
      const { connection, bytes } = output;
      if (!this.#open.has(connection)) fail('a message for a connection that is gone');
      const frames = this.#decoders.get(connection)?.push(bytes) ?? [];
      for (const frame of frames) this.#hearFrame(connection, frame);
    }
  }

  #hearSip(bytes: Uint8Array, transaction: string | undefined): void {
    this.#book.note(bytes);
    const text = bytesToByteString(bytes);
    const isNews = !this.#heard.some((heard) => heard.text === text);
    if (isNews && !text.startsWith('SIP/2.0 100')) this.#heard.push({ text, at: this.#now });
    if (transaction !== undefined) this.#answers.set(transaction, 0);
  }

  #hearFrame(connection: number, frame: string): void {
    const leader = frame.split('\r\n', 1)[0]?.split('|') ?? [];
    const [, type, id = ''] = leader;
    if (type === 'response') {
      const key = `${connection}|${id}`;
      if (!this.#asked.has(key)) fail('a reply to nobody');
      if (leader[12] !== 'continue') this.#asked.delete(key);
      const [, , , , , , , , , , transaction = '', dialog = ''] = leader;
      if (dialog !== '') this.#told.push({ connection, transaction, dialog });
    } else if (type === 'sip') {
      const [, , , , , , , , transaction = '', dialog = ''] = leader;
      this.#told.push({ connection, transaction, dialog });
    }
  }

  #peerAsks(bits: number): void {
    const method = METHODS[bits % METHODS.length] ?? 'INVITE';
    const callId = `c${(bits >>> 4) % 6}`;
    const lines = (bits & 0x400) === 0 ? ['Supported: 100rel, timer', 'Session-Expires: 90'] : [];
    this.#receive(this.#request(method, callId, 1 + ((bits >>> 7) % 2), lines));
  }

  /** The peer answers, acknowledges, cancels or ends something that it heard of. */
  #peerReacts(bits: number): void {
    const heard = this.#heard[(bits >>> 4) % Math.max(1, this.#heard.length)];
    if (heard === undefined) return;
    const { text, at } = heard;
    if (!text.startsWith('SIP/2.0')) {
      this.#receive(peerAnswer(text, STATUSES[bits % STATUSES.length] ?? 200));
      return;
    }
    const callId = valueIn(text, 'Call-ID');
    const [sequence = '1', method = ''] = valueIn(text, 'CSeq').split(' ');
    const verb = ['ACK', 'ACK', 'CANCEL', 'BYE', 'INVITE'][bits % 5] ?? 'ACK';
    const isLate = verb === 'CANCEL' && this.#now - at > BRANCH_LIFETIME_MS;
    if (method !== 'INVITE' || isLate) return;
    const isNext = verb === 'BYE' || verb === 'INVITE';
    const request = this.#request(verb, callId, Number(sequence) + (isNext ? 1 : 0), []);
    const to = verb === 'CANCEL' ? 'To: <sip:b@b>' : `To: ${valueIn(text, 'To')}`;
    const via = isNext ? '$&' : `Via: ${valueIn(text, 'Via').replace(/;received.*/, '')}`;
    this.#receive(request.replace(/^To: .*$/m, to).replace(/^Via: .*$/m, via));
  }

  /** Its branches are new before a server transaction may be over. */
  #request(method: string, callId: string, sequence: number, lines: readonly string[]): string {
    const branch = `${callId}-${sequence}-${method}-${Math.floor(this.#now / BRANCH_LIFETIME_MS)}`;
    return peerRequest(method, { callId, sequence, branch }, lines);
  }

  #applicationAnswers(bits: number): void {
    const told = this.#told[(bits >>> 4) % Math.max(1, this.#told.length)];
    if (told === undefined) return;
    const status = STATUSES[bits % STATUSES.length] ?? 200;
    const reliable = status === 183 && (bits & 0x400) === 0 ? 'Require: 100rel\r\n' : '';
    const body = status === 200 || reliable !== '' ? '\r\nv=0\r\n' : '\r\n';
    const { connection, transaction } = told;
    this.#say(connection, `m|sip|${transaction}|\r\nSIP/2.0 ${status} X\r\n${reliable}${body}`);
    if ((bits & 0x7800) === 0) {
      this.#say(connection, `m|proxy|${transaction}|remainInDialog||||||sip:z@192.0.2.1\r\n`);
    }
  }

  #applicationAsksInDialog(bits: number): void {
    const told = this.#told[(bits >>> 4) % Math.max(1, this.#told.length)];
    if (told === undefined || told.dialog === '') return;
    const method = IN_DIALOG[bits % IN_DIALOG.length] ?? 'BYE';
    const lines = `Event: refer\r\nSubscription-State: terminated\r\nRAck: 1 1 INVITE\r\n\r\n`;
    this.#say(told.connection, `m|sip||${told.dialog}|\r\n${method} sip:x SIP/2.0\r\n${lines}`);
  }

  #applicationAsks(connection: number, bits: number): void {
    const method = METHODS[bits % METHODS.length] ?? 'INVITE';
    const callId = `a${(bits >>> 4) % 6}-${++this.#serial}`;
    const lines = `Call-ID: ${callId}\r\nEvent: presence\r\nExpires: 60\r\n\r\nv=0\r\n`;
    this.#say(connection, `m|sip||||\r\n${method} sip:z@192.0.2.1 SIP/2.0\r\n${lines}`);
    const told = this.#told.at(-1);
    if ((bits & 0x400) === 0 && told !== undefined) {
      this.#say(
        told.connection,
        `m|sip|${told.transaction}||\r\nCANCEL sip:z@192.0.2.1 SIP/2.0\r\n\r\n`,
      );
    }
  }

  #failSend(bits: number): void {
    const transactions = [...this.#answers.keys()];
    const transaction = transactions[bits % Math.max(1, transactions.length)];
    if (transaction === undefined) return;
    this.#server.handleInput({ type: 'sip-failed', transaction, reason: 'cut' }, this.#now);
    this.#drain();
  }

  #receive(text: string): void {
    const bytes = utf8Bytes(text);
    if (!text.startsWith('SIP/')) this.#book.note(bytes);
    this.#server.handleInput({ type: 'sip-received', bytes, source: PEER }, this.#now);
    this.#drain();
  }
}

function peerRequest(
  method: string,
  {
    callId,
    sequence,
    branch,
  }: { readonly callId: string; readonly sequence: number; readonly branch: string },
  more: readonly string[],
): string {
  return [
    `${method} sip:b@${SERVER} SIP/2.0`,
    `Via: SIP/2.0/UDP ${PEER.host}:5060;branch=z9hG4bK${branch}`,
    'From: <sip:a@a>;tag=F',
    'To: <sip:b@b>',
    `Call-ID: ${callId}`,
    `CSeq: ${sequence} ${method}`,
    `Contact: <sip:a@${PEER.host}>`,
    'Event: presence',
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function peerAnswer(request: string, status: number): string {
  const lines = request.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
  const tagged = lines.map((line) => line.replace(/^(To: [^;]*)$/, '$1;tag=P'));
  const more = status === 183 ? ['Require: 100rel', 'RSeq: 1'] : ['Session-Expires: 90'];
  const contact = `Contact: <sip:z@${PEER.host}>`;
  return [`SIP/2.0 ${status} X`, ...tagged, contact, ...more, 'Content-Length: 0', '', ''].join(
    '\r\n',
  );
}

function valueIn(text: string, name: string): string {
  return new RegExp(`^${name}: (.*)\r$`, 'm').exec(text)?.[1] ?? '';
}

export function runDrachtioServer(steps: readonly number[]): void {
  const world = new World();
  world.connect(1);
  for (const step of steps) world.take(step);
  world.settle();
}
