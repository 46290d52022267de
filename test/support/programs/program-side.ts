import { noBytes, utf8Bytes } from '../../../src/core/bytes.ts';
import type { MonotonicMs } from '../../../src/core/time.ts';
import type { Endpoint } from '../../../src/sip/endpoint.ts';
import { type Header, header } from '../../../src/sip/message/headers.ts';
import type { SipResponse } from '../../../src/sip/message/sip-message.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';
import type { CommandResult, UserAgentOutput } from '../../../src/sip/user-agent-io.ts';
import { fail } from './run-programs.ts';

/** A request that the user of a side sent, and what came of it. */
interface Asked {
  readonly transaction: string;
  readonly method: string;
  readonly callId: string;
  finals: number;
  isGivenUp: boolean;
}

/** A request that waits for the user of a side. */
interface Waiting {
  readonly transaction: string;
  readonly method: string;
}

export interface Parcel {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: string;
}

/** One user agent with a user who keeps books of everything asked and answered. */
export class ProgramSide {
  readonly host: string;
  readonly ua: UserAgent;
  readonly asked: Asked[] = [];
  readonly waiting: Waiting[] = [];
  readonly dialogs: string[] = [];
  /** The last reliable provisional response of each dialog, ready for a RAck. */
  readonly reliable = new Map<string, string>();
  readonly #send: (parcel: Parcel) => void;
  #serial = 0;
  /** Nobody is there any more: requests are refused, answers acknowledged. */
  isGone = false;

  constructor(host: string, send: (parcel: Parcel) => void) {
    this.host = host;
    this.#send = send;
    this.ua = new UserAgent({
      addresses: [host],
      port: 5_060,
      timers: DEFAULT_TIMERS,
      createId: () => `${host}#${++this.#serial}`,
      createToken: () => `${host}t${++this.#serial}`,
      maxServerTransactions: 1_000,
      sessionExpiresSeconds: 1_800,
    });
  }

  receive({ bytes, from }: Parcel, now: MonotonicMs): void {
    this.ua.handleInput({ type: 'received', bytes, source: from }, now);
    this.drain(now);
  }

  wake(now: MonotonicMs): void {
    this.ua.handleTimeout(now);
    this.drain(now);
  }

  failSend(transaction: string, now: MonotonicMs): void {
    this.ua.handleInput({ type: 'transport-failed', transaction, reason: 'cut' }, now);
    this.drain(now);
  }

  ask(method: string, host: string, lines: readonly Header[], now: MonotonicMs): void {
    const callId = `${this.host}-${++this.#serial}`;
    const headers = [header('Call-ID', callId), ...lines];
    const body = method === 'INVITE' ? utf8Bytes('v=0') : noBytes();
    const outgoing = { method, uri: `sip:x@${host}`, headers, body };
    this.#remember(this.ua.request(outgoing, now), method, callId);
    this.drain(now);
  }

  askInDialog(dialog: string, method: string, lines: readonly Header[], now: MonotonicMs): void {
    const rack = this.reliable.get(dialog);
    if (method === 'PRACK' && rack === undefined) return;
    const headers = method === 'PRACK' ? [header('RAck', rack ?? '')] : lines;
    const body = method === 'INVITE' ? utf8Bytes('v=0') : noBytes();
    const callId = dialog.split(';', 1)[0] ?? '';
    this.#remember(this.ua.requestInDialog(dialog, { method, headers, body }, now), method, callId);
    this.drain(now);
  }

  acknowledge(dialog: string, now: MonotonicMs): void {
    this.ua.acknowledge(dialog, { headers: [], body: noBytes() }, now);
    this.drain(now);
  }

  answer(waiting: Waiting, statusCode: number, lines: readonly Header[], now: MonotonicMs): void {
    const { transaction, method } = waiting;
    const body = method === 'INVITE' && statusCode < 300 ? utf8Bytes('v=0') : noBytes();
    const outgoing = { statusCode, reason: 'X', headers: lines, body };
    const result = this.ua.respond(transaction, outgoing, now);
    if (!('fault' in result) && result.dialog !== undefined) this.#know(result.dialog);
    if (statusCode >= 200 && !('fault' in result)) this.#forget(transaction);
    this.drain(now);
  }

  /** The user is gone: everything open is given up. */
  leave(now: MonotonicMs): void {
    this.isGone = true;
    for (const each of this.waiting.splice(0)) this.ua.refuse(each.transaction, 503, now);
    for (const each of this.asked) this.giveUp(each, now);
    for (const dialog of this.dialogs) this.ua.endOrphan(dialog, now);
    this.drain(now);
  }

  giveUp(asked: Asked, now: MonotonicMs): void {
    if (asked.method !== 'INVITE') return;
    asked.isGivenUp = true;
    this.ua.abandon(asked.transaction, now);
    this.drain(now);
  }

  drain(now: MonotonicMs): void {
    for (let output = this.ua.pollOutput(); output; output = this.ua.pollOutput()) {
      this.#handle(output, now);
    }
  }

  #handle(output: UserAgentOutput, now: MonotonicMs): void {
    switch (output.type) {
      case 'send': {
        const from = {
          transport: 'udp',
          host: this.host,
          port: 5_060,
          connection: undefined,
        } as const;
        this.#send({ bytes: output.bytes, from, to: output.to.host });
        return;
      }
      case 'request':
        if (this.isGone) this.ua.refuse(output.transaction, 503, now);
        else this.waiting.push({ ...output, method: output.request.method });
        return;
      case 'response':
        this.#hear(output.transaction, output.response, output.dialog, now);
        return;
      case 'cancelled':
      case 'transaction-ended':
        this.#forget(output.transaction);
        return;
      case 'dialog-ended':
        this.dialogs.splice(
          0,
          this.dialogs.length,
          ...this.dialogs.filter((id) => id !== output.dialog),
        );
        this.reliable.delete(output.dialog);
        return;
      default:
    }
  }

  #hear(transaction: string, response: SipResponse, dialog: string | undefined, now: MonotonicMs) {
    const asked = this.asked.find((each) => each.transaction === transaction);
    if (asked === undefined) fail('an answer to nobody');
    const { headers, statusCode } = response;
    const cseq = headers.first('cseq') ?? '';
    if (headers.first('call-id') !== asked.callId) fail('an answer to another call');
    if (cseq.split(' ')[1] !== asked.method) fail('an answer to another method');
    if (statusCode >= 200 && ++asked.finals > 1) fail('two final answers');
    if (dialog === undefined || !this.ua.hasDialog(dialog)) return;
    this.#know(dialog);
    const rseq = headers.first('rseq');
    if (rseq !== undefined && statusCode < 200) this.reliable.set(dialog, `${rseq} ${cseq}`);
    const isCall = asked.method === 'INVITE' && statusCode >= 200 && statusCode < 300;
    if (isCall) this.acknowledge(dialog, now);
  }

  #remember(result: CommandResult, method: string, callId: string): void {
    if ('fault' in result) return;
    const { transaction } = result;
    this.asked.push({ transaction, method, callId, finals: 0, isGivenUp: false });
  }

  #know(dialog: string): void {
    if (!this.dialogs.includes(dialog)) this.dialogs.push(dialog);
  }

  #forget(transaction: string): void {
    const at = this.waiting.findIndex((each) => each.transaction === transaction);
    if (at !== -1) this.waiting.splice(at, 1);
  }
}
