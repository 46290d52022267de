import type { MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Header } from '../message/headers.ts';
import type { SipResponse } from '../message/sip-message.ts';
import type { ServerRecord } from '../transaction/server-record.ts';
import type { Forwarding } from './forward-request.ts';
import { ResponseContext } from './response-context.ts';
import type { ResponseContextOptions } from './response-context-io.ts';

interface Branch {
  readonly transaction: string;
  readonly target: string;
}

/** A request on its way through us: its server transaction, its response context, and the client transaction of each branch. */
export class ProxiedRequest {
  readonly record: ServerRecord;
  readonly forwarding: Forwarding;
  readonly loopHash: string;
  readonly context: ResponseContext;
  /** Whether a user asked for this and wants to hear how it goes. */
  readonly isReported: boolean;
  readonly branches = new Map<number, Branch>();
  /** Headers such as Reason of the caller's CANCEL. */
  cancelHeaders: readonly Header[] = [];
  /** What the latest response looked like when it came. */
  arrived: { readonly response: SipResponse; readonly source: Endpoint } | undefined;

  constructor(
    record: ServerRecord,
    way: {
      readonly forwarding: Forwarding;
      readonly loopHash: string;
      readonly isReported: boolean;
      readonly targets: readonly string[];
    },
    options: ResponseContextOptions,
    now: MonotonicMs,
  ) {
    this.record = record;
    this.forwarding = way.forwarding;
    this.loopHash = way.loopHash;
    this.isReported = way.isReported;
    this.context = new ResponseContext(options, way.targets, now);
  }

  get isInvite(): boolean {
    return this.record.request.method === 'INVITE';
  }
}
