import { noBytes } from '../../core/bytes.ts';
import type { MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import { isReliable } from '../endpoint.ts';
import type { SipRequest } from '../message/sip-message.ts';
import { responseAddress } from '../response-address.ts';
import { parseVia } from '../via.ts';
import { InviteServerTransaction } from './invite-server.ts';
import { NonInviteServerTransaction } from './non-invite-server.ts';
import type { TransactionTimers } from './timers.ts';

const ECHOED = [
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'record-route',
  'require',
  'proxy-require',
] as const;

/** A server transaction with what its machine does not need to know: the request and the bytes of the latest answer. */
export class ServerRecord {
  readonly id: string;
  readonly key: string;
  readonly request: SipRequest;
  readonly source: Endpoint;
  readonly responseTo: Endpoint;
  readonly machine: InviteServerTransaction | NonInviteServerTransaction;
  /** The latest status given, 0 before the first. */
  statusCode = 0;
  responseBytes: Uint8Array = noBytes();

  constructor(
    identity: { readonly id: string; readonly key: string },
    request: SipRequest,
    source: Endpoint,
    timers: TransactionTimers,
  ) {
    this.id = identity.id;
    this.key = identity.key;
    this.request = request;
    this.source = source;
    const via = parseVia(request.headers.values('via')[0] ?? '');
    this.responseTo = via === undefined ? source : responseAddress(via, source);
    const options = { ...timers, reliableTransport: isReliable(source.transport) };
    this.machine =
      request.method === 'INVITE'
        ? new InviteServerTransaction(options)
        : new NonInviteServerTransaction(options);
  }

  get isFinal(): boolean {
    return this.statusCode >= 200;
  }

  /**
   * Whether this is the request once more, by what its answer echoes. Another one with the same branch gets nothing: a few octets
   * would fetch a large answer again and again, for an address that may be forged.
   */
  isRepeatedBy({ headers }: SipRequest): boolean {
    const { headers: known } = this.request;
    return ECHOED.every((key) => headers.values(key).join() === known.values(key).join());
  }

  /** The request came again. */
  repeat(now: MonotonicMs): void {
    this.machine.handleInput({ type: 'retransmission' }, now);
  }

  respond(statusCode: number, bytes: Uint8Array, now: MonotonicMs): void {
    this.statusCode = statusCode;
    this.responseBytes = bytes;
    this.machine.handleInput({ type: 'respond', statusCode }, now);
  }

  acknowledge(now: MonotonicMs): void {
    if (this.machine instanceof InviteServerTransaction)
      this.machine.handleInput({ type: 'ack' }, now);
  }
}
