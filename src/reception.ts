import { randomUUID } from 'node:crypto';
import { buildAgentSpec } from './agents/build-agent-spec.ts';
import { withSipHeaders } from './agents/sip-header-variables.ts';
import type { CallSpec } from './call/call-spec.ts';
import type { Carrier } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { InboundRefusal } from './carriers/inbound-limits.ts';
import { StrangerLog } from './carriers/stranger-log.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { monotonicClock } from './io/monotonic-clock.ts';
import type { NumberDirectory } from './numbers/number-directory.ts';
import type { ChosenProviders } from './providers/registry.ts';
import { resolveVoice } from './providers/voices.ts';
import { type AudioCodec, spokenCodecs } from './sdp/audio-codec.ts';
import type { IncomingCall } from './signaling/signaling.ts';
import type { CallJournal } from './store/call-journal.ts';
import type { Logger } from './telemetry/logger.ts';

export interface ReceptionOptions {
  readonly config: TrunklineConfig;
  readonly carriers: CarrierRegistry;
  readonly numbers: NumberDirectory;
  readonly providers: ChosenProviders;
  readonly accountId: string;
  readonly journal: CallJournal;
  readonly logger: Logger;
  /** A place for the call, or the final status that refuses it. */
  readonly takePlace: (
    callId: string,
    carrier: Carrier,
    sourceAddress: string,
  ) => InboundRefusal | undefined;
}

/** Who answers whose call. */
interface Answering {
  readonly agent: TrunklineConfig['agents'][string];
  readonly carrier: Carrier;
}

const FORBIDDEN = 403;
const NOT_FOUND = 404;

/** Decides who answers an incoming call, and begins its record. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #strangers: StrangerLog;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#strangers = new StrangerLog(options.logger);
  }

  /** The call to be, or the final status that refuses it. */
  admit(incoming: IncomingCall): CallSpec | InboundRefusal {
    const { config, carriers, numbers, logger, takePlace } = this.#options;
    // Behind a drachtio-server nobody has filtered yet; the embedded server's list is the same one.
    const carrier = carriers.carrierFor(incoming.sourceAddress);
    if (!carrier) {
      this.#strangers.refused(incoming.sourceAddress, monotonicClock.now());
      return { reject: FORBIDDEN };
    }
    const agentName = numbers.agentFor(incoming.calledUser);
    const agent = agentName === undefined ? undefined : config.agents[agentName];
    if (!agent) {
      logger.info({ carrier: carrier.name }, 'incoming call to a number that nobody answers');
      return { reject: NOT_FOUND };
    }
    const callId = randomUUID();
    const refusal = takePlace(callId, carrier, incoming.sourceAddress);
    if (refusal !== undefined) {
      logger.info({ carrier: carrier.name, status: refusal.reject }, 'incoming call over a limit');
      return refusal;
    }
    logger.info({ callId, carrier: carrier.name, agent: agentName }, 'incoming call');
    return this.#begin(callId, incoming, { agent, carrier });
  }

  #begin(callId: string, incoming: IncomingCall, { agent, carrier }: Answering): CallSpec {
    const { config, providers, accountId, journal } = this.#options;
    const codecs = codecsOf(carrier, incoming.sourceAddress);
    const definition = withSipHeaders(buildAgentSpec(agent), incoming.headers);
    const { voice, note } = resolveVoice(providers.tts, definition.voice);
    const spec: CallSpec = {
      callId,
      direction: 'inbound',
      from: incoming.callingUser ?? 'anonymous',
      to: incoming.calledUser ?? '',
      agent: { ...definition, voice },
      record: agent.record ?? true,
      ringTimeoutMs: config.limits.ringTimeoutMs,
      rtpTimeoutMs: config.limits.rtpTimeoutMs,
      sipHeaders: incoming.headers,
      ...(agent.answerHeaders && { answerHeaders: agent.answerHeaders }),
      earlyMedia: agent.earlyMedia ?? false,
      acceptsRefer: agent.acceptsRefer ?? false,
      dtmfType: carrier.dtmfType,
      ...(codecs !== undefined && { codecs }),
    };
    journal.begin({
      spec,
      accountId,
      modeRequested: 'legacy',
      voiceRequested: definition.voice,
      voiceUsed: voice,
      providerNotes: [...providers.notes, ...(note === undefined ? [] : [note])],
      request: {},
      carrier: carrier.name,
    });
    return spec;
  }
}

/** A gateway that is given by its address may have its own. */
function codecsOf(
  { gateways, codecs }: Carrier,
  sourceAddress: string,
): readonly AudioCodec[] | undefined {
  const gateway = gateways.find(({ host }) => host === sourceAddress);
  return spokenCodecs(gateway?.codecs ?? codecs);
}
