import type { SipLadders } from './api/sip-ladder-routes.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { HepSender } from './io/hep-sender.ts';
import type { CaptureBatch } from './io/sip-tap.ts';
import { SipTrace } from './io/sip-trace.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Ladder } from './trace/ladder.ts';

export interface SipTracingOptions {
  readonly config: TrunklineConfig;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const RETENTION_CHECK_MS = 3_600_000;
const EXTERNAL =
  'SIP is in the hands of an external drachtio-server: there is no ladder here; capture on that server (sngrep, or its own HEP export)';
const SWITCHED_OFF = 'SIP messages are not kept: sip.trace.enabled is false';

/** The SIP ladders of calls: captured while they run, then stored. To be closed after the SIP server and before the store. */
export class SipTracing implements SipLadders {
  readonly #store: Store;
  readonly #trace: SipTrace | undefined;
  readonly #retention: NodeJS.Timeout;
  readonly unavailable: string | undefined;

  private constructor(options: SipTracingOptions, trace: SipTrace | undefined) {
    const { config, store, logger } = options;
    this.#store = store;
    this.#trace = trace;
    if (config.drachtio !== undefined) this.unavailable = EXTERNAL;
    else if (!config.sip.trace.enabled) this.unavailable = SWITCHED_OFF;
    const prune = () =>
      store.ladders
        .deleteOlderThan(config.sip.trace.retentionDays)
        .catch((error: unknown) => logger.warn({ err: error }, 'old SIP ladders not deleted'));
    this.#retention = setInterval(prune, RETENTION_CHECK_MS).unref();
    void prune();
  }

  static async open(options: SipTracingOptions): Promise<SipTracing> {
    const trace = await openTrace(options);
    if (trace !== undefined) options.metrics.watchTrace(() => trace.figures);
    return new SipTracing(options, trace);
  }

  /** For the SIP server; undefined when nothing is to be captured. */
  get onCapture(): ((batch: CaptureBatch) => void) | undefined {
    const trace = this.#trace;
    return trace && ((batch) => trace.handleBatch(batch));
  }

  /** Messages with this SIP Call-ID belong to the call. */
  bind(callId: string, sipCallId: string): void {
    this.#trace?.bind(callId, sipCallId);
  }

  finish(callId: string): void {
    this.#trace?.finish(callId);
  }

  async find(callId: string): Promise<Ladder | undefined> {
    const running = this.#trace?.ladder(callId);
    if (running !== undefined) return running;
    const text = await this.#store.ladders.find(callId);
    return text === undefined ? undefined : (JSON.parse(text) as Ladder);
  }

  async close(): Promise<void> {
    clearInterval(this.#retention);
    await this.#trace?.close();
  }
}

async function openTrace({
  config,
  store,
  logger,
}: SipTracingOptions): Promise<SipTrace | undefined> {
  const { trace, hep } = config.sip;
  if (config.drachtio !== undefined || (!trace.enabled && hep === undefined)) return undefined;
  const { keepBodies } = trace;
  return new SipTrace({
    limits: trace,
    keepBodies,
    ...(trace.enabled && {
      save: (callId, ladder) => store.ladders.save(callId, JSON.stringify(ladder)),
    }),
    ...(hep && {
      hep: await HepSender.open(hep),
      masksHep: hep.mask,
      hepOutOfCall: hep.outOfCall,
    }),
    onError: (callId, error) => logger.warn({ callId, err: error }, 'a SIP ladder was not stored'),
  });
}
