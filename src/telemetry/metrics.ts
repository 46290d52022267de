import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the media engine says of itself when it is asked. */
export interface MediaFigures {
  readonly sessionsOpen: number;
  readonly portsFree: number;
  readonly portsDraining: number;
  /** By reason; they only grow. */
  readonly packetsDroppedBy: Readonly<Record<string, number>>;
  readonly pacingP99Ms: number;
  readonly pacingMaxMs: number;
}

/** How a call sounded, as far as it is known. */
export interface CallQuality {
  readonly received?: { readonly mos: number };
  readonly sent?: { readonly mos: number };
}

/** What the embedded SIP server says of itself when it is asked; the first five only grow. */
export interface SipFigures {
  readonly requests: number;
  readonly responses: number;
  readonly malformed: number;
  readonly retransmissions: number;
  readonly droppedNotAllowed: number;
  readonly droppedRate: number;
  readonly droppedMethod: number;
  readonly overflow: number;
  readonly callsInSetUp: number;
  readonly refusedConnections: number;
  readonly challenges: number;
  readonly shed: number;
  readonly isOverloaded: boolean;
  readonly transactions: number;
  readonly dialogs: number;
  readonly tcpConnections: number;
}

/** What the trace of SIP messages has counted; all of it only grows. */
export interface TraceFigures {
  readonly captured: number;
  readonly dropped: number;
  readonly hepSent: number;
  readonly hepFailed: number;
}

const GAP_BUCKETS_SECONDS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5];
const MOS_BUCKETS = [1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4];
const HTTP_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** The figures of `GET /metrics`. No label holds anything that a peer chooses. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #readers: (() => void | Promise<void>)[] = [];
  readonly #callsStarted: Counter<'direction'>;
  readonly #callsEnded: Counter<'direction' | 'reason'>;
  readonly #turnGap: Histogram;
  readonly #mos: Histogram<'direction'>;
  readonly #providerErrors: Counter<'provider' | 'code'>;
  readonly #storeErrors: Counter;
  readonly #httpRequests: Histogram<'method' | 'route' | 'status'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#callsStarted = new Counter({
      name: 'trunkline_calls_started_total',
      help: 'Calls begun.',
      labelNames: ['direction'],
      registers,
    });
    this.#callsEnded = new Counter({
      name: 'trunkline_calls_ended_total',
      help: 'Calls ended, by reason.',
      labelNames: ['direction', 'reason'],
      registers,
    });
    this.#mos = new Histogram({
      name: 'trunkline_call_mos',
      help: 'Mean opinion score of calls that have ended, by the E-model.',
      labelNames: ['direction'],
      buckets: MOS_BUCKETS,
      registers,
    });
    this.#turnGap = new Histogram({
      name: 'trunkline_turn_gap_seconds',
      help: 'From the last speech packet of the caller to the first one of the agent.',
      buckets: GAP_BUCKETS_SECONDS,
      registers,
    });
    this.#providerErrors = new Counter({
      name: 'trunkline_provider_errors_total',
      help: 'Failed requests to speech and language providers.',
      labelNames: ['provider', 'code'],
      registers,
    });
    this.#storeErrors = new Counter({
      name: 'trunkline_store_errors_total',
      help: 'Events of calls that could not be stored.',
      registers,
    });
    this.#httpRequests = new Histogram({
      name: 'trunkline_http_request_seconds',
      help: 'Requests to the REST API.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS_SECONDS,
      registers,
    });
  }

  /** `Content-Type` of {@link render}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A part that cannot answer any more, such as a server that is closing, keeps the figures it had. */
  async render(): Promise<string> {
    await Promise.allSettled(this.#readers.map(async (read) => read()));
    return this.#registry.metrics();
  }

  callStarted(direction: 'inbound' | 'outbound'): void {
    this.#callsStarted.inc({ direction });
  }

  callEnded(direction: 'inbound' | 'outbound', reason: string): void {
    this.#callsEnded.inc({ direction, reason });
  }

  /** `received` is what we heard of the peer, `sent` what it heard of us. */
  callQuality({ received, sent }: CallQuality): void {
    if (received !== undefined) this.#mos.observe({ direction: 'received' }, received.mos);
    if (sent !== undefined) this.#mos.observe({ direction: 'sent' }, sent.mos);
  }

  turnGap(gapMs: number): void {
    this.#turnGap.observe(gapMs / 1_000);
  }

  providerError(provider: string, code: string): void {
    this.#providerErrors.inc({ provider, code });
  }

  storeError(): void {
    this.#storeErrors.inc();
  }

  httpRequest(labels: { method: string; route: string; status: number }, durationMs: number): void {
    this.#httpRequests.observe(labels, durationMs / 1_000);
  }

  /** `activeCalls` is asked at every scrape. To be called once. */
  watchCalls(activeCalls: () => number): void {
    const active = this.#gauge('trunkline_calls_active', 'Calls up or being set up.');
    this.#readers.push(() => active.set(activeCalls()));
  }

  /** `figures` is asked once at every scrape. To be called once. */
  watchMedia(figures: () => MediaFigures): void {
    const sessions = this.#gauge('trunkline_media_sessions', 'Open media sessions.');
    const portsFree = this.#gauge('trunkline_media_ports_free', 'RTP ports not in use.');
    const draining = this.#gauge(
      'trunkline_media_ports_draining',
      'Free RTP ports of calls that ended in the last seconds.',
    );
    const dropped = new Counter({
      name: 'trunkline_media_packets_dropped_total',
      help: 'Received datagrams that went no further.',
      labelNames: ['reason'],
      registers: [this.#registry],
    });
    const p99 = this.#gauge(
      'trunkline_media_pacing_p99_ms',
      '99th percentile of how late packets left, since the last scrape.',
    );
    const worst = this.#gauge(
      'trunkline_media_pacing_max_ms',
      'How late the latest packet left, since the last scrape.',
    );
    this.#readers.push(() => {
      const now = figures();
      sessions.set(now.sessionsOpen);
      portsFree.set(now.portsFree);
      draining.set(now.portsDraining);
      dropped.reset();
      for (const [reason, count] of Object.entries(now.packetsDroppedBy)) {
        dropped.inc({ reason }, count);
      }
      p99.set(now.pacingP99Ms);
      worst.set(now.pacingMaxMs);
    });
  }

  /** `figures` is asked once at every scrape. To be called once. */
  watchSip(figures: () => Promise<SipFigures>): void {
    const requests = this.#total('trunkline_sip_requests_total', 'SIP requests received.');
    const responses = this.#total('trunkline_sip_responses_total', 'SIP responses received.');
    const malformed = this.#total(
      'trunkline_sip_malformed_total',
      'SIP messages received that could not be read.',
    );
    const retransmissions = this.#total(
      'trunkline_sip_retransmissions_total',
      'SIP messages sent once more.',
    );
    const notAllowed = this.#total(
      'trunkline_sip_not_allowed_total',
      'Datagrams and connections of sources that may not call.',
    );
    const dropped = new Counter({
      name: 'trunkline_sip_dropped_total',
      help: 'SIP messages dropped before anything was made of them, by reason.',
      labelNames: ['reason'],
      registers: [this.#registry],
    });
    const challenges = this.#total(
      'trunkline_sip_challenges_total',
      'Strangers asked for credentials.',
    );
    const shed = this.#total('trunkline_sip_shed_total', 'SIP requests refused by overload.');
    const refused = this.#total(
      'trunkline_sip_refused_connections_total',
      'SIP connections of allowed sources that were too many at once.',
    );
    const callsInSetUp = this.#gauge(
      'trunkline_sip_calls_in_set_up',
      'Incoming calls without a final answer.',
    );
    const overloaded = this.#gauge(
      'trunkline_sip_overloaded',
      '1 while new calls are refused by overload.',
    );
    const transactions = this.#gauge('trunkline_sip_transactions', 'SIP transactions in memory.');
    const dialogs = this.#gauge('trunkline_sip_dialogs', 'SIP dialogs in memory.');
    const connections = this.#gauge('trunkline_sip_tcp_connections', 'SIP connections over TCP.');
    this.#readers.push(async () => {
      const now = await figures();
      requests(now.requests);
      responses(now.responses);
      malformed(now.malformed);
      retransmissions(now.retransmissions);
      notAllowed(now.droppedNotAllowed);
      dropped.reset();
      dropped.inc({ reason: 'stranger' }, now.droppedNotAllowed);
      dropped.inc({ reason: 'rate' }, now.droppedRate);
      dropped.inc({ reason: 'method' }, now.droppedMethod);
      dropped.inc({ reason: 'full' }, now.overflow);
      challenges(now.challenges);
      shed(now.shed);
      refused(now.refusedConnections);
      callsInSetUp.set(now.callsInSetUp);
      overloaded.set(now.isOverloaded ? 1 : 0);
      transactions.set(now.transactions);
      dialogs.set(now.dialogs);
      connections.set(now.tcpConnections);
    });
  }

  /** `figures` is asked once at every scrape. To be called once. */
  watchTrace(figures: () => TraceFigures): void {
    const captured = this.#total('trunkline_sip_trace_captured_total', 'SIP messages traced.');
    const dropped = this.#total(
      'trunkline_sip_trace_dropped_total',
      'SIP messages not traced: the main thread was behind.',
    );
    const sent = this.#total('trunkline_hep_sent_total', 'SIP messages sent to the HEP server.');
    const failed = this.#total(
      'trunkline_hep_failed_total',
      'SIP messages that did not leave for the HEP server.',
    );
    this.#readers.push(() => {
      const now = figures();
      captured(now.captured);
      dropped(now.dropped);
      sent(now.hepSent);
      failed(now.hepFailed);
    });
  }

  /** A counter that is kept elsewhere and read from there. */
  #total(name: string, help: string): (total: number) => void {
    const counter = new Counter({ name, help, registers: [this.#registry] });
    return (total) => {
      counter.reset();
      counter.inc(total);
    };
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.#registry] });
  }
}
