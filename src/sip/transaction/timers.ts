/** RFC 3261 section 17.1.1.1 and table 4. */
export interface TransactionTimers {
  /** Round-trip time estimate T1, in milliseconds. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions, in milliseconds. */
  readonly t2Ms: number;
  /** How long a message may stay in the network, in milliseconds. */
  readonly t4Ms: number;
}

export const DEFAULT_TIMERS: TransactionTimers = Object.freeze({
  t1Ms: 500,
  t2Ms: 4_000,
  t4Ms: 5_000,
});

export interface TransactionOptions extends TransactionTimers {
  /** True over TCP: nothing is retransmitted and the waiting timers are zero. */
  readonly reliableTransport: boolean;
}
