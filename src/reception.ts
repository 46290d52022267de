import { randomUUID } from 'node:crypto';
import { buildAgentSpec } from './agents/build-agent-spec.ts';
import { withSipHeaders } from './agents/sip-header-variables.ts';
import type { CallSpec } from './call/call-spec.ts';
import { mediaTermsOf, softphoneMedia } from './carrier-media.ts';
import type { Carrier } from './carriers/carrier.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { InboundRefusal } from './carriers/inbound-limits.ts';
import { StrangerLog } from './carriers/stranger-log.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { monotonicClock } from './io/monotonic-clock.ts';
import type { NumberDirectory } from './numbers/number-directory.ts';
import type { ChosenProviders } from './providers/registry.ts';
import { resolveVoice } from './providers/voices.ts';
import type { SipUsers } from './registrar/sip-users.ts';
import type { MediaTerms } from './sdp/media-terms.ts';
import type { IncomingCall } from './signaling/signaling.ts';
import { softphoneHeaders } from './softphone-headers.ts';
import type { CallJournal } from './store/call-journal.ts';
import type { Logger } from './telemetry/logger.ts';

export interface ReceptionOptions {
  readonly config: TrunklineConfig;
  readonly carriers: CarrierRegistry;
  readonly numbers: NumberDirectory;
  readonly sipUsers: Pick<SipUsers, 'byId'>;
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

/** Whose call it is: a carrier's, or that of a softphone. */
interface Caller {
  /** Undefined: a softphone's. */
  readonly carrier: Carrier | undefined;
  /** What the call's record names in the place of a carrier. */
  readonly name: string;
  /** Undefined: the default account's. */
  readonly accountId: string | undefined;
  /** Who answers what nobody else does. */
  readonly agent: string | undefined;
  /** Who has proved to call; undefined: as the caller says. */
  readonly from: string | undefined;
}

/** Who answers whose call. */
interface Answering {
  readonly agent: TrunklineConfig['agents'][string];
  readonly caller: Caller;
}

const FORBIDDEN = 403;
const NOT_FOUND = 404;
/** In the place of a carrier's name. */
const SOFTPHONE = 'softphone';

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
    const { config, numbers, logger } = this.#options;
    const caller = this.#callerOf(incoming);
    if (caller === undefined) {
      this.#strangers.refused(incoming.sourceAddress, monotonicClock.now());
      return { reject: FORBIDDEN };
    }
    const { name: carrier } = caller;
    const agentName = numbers.agentFor(incoming.calledUser) ?? caller.agent;
    const agent = agentName === undefined ? undefined : config.agents[agentName];
    if (!agent) {
      logger.info({ carrier }, 'incoming call to a number that nobody answers');
      return { reject: NOT_FOUND };
    }
    const callId = randomUUID();
    const refusal = this.#takePlace(callId, caller, incoming);
    if (refusal !== undefined) {
      logger.info({ carrier, status: refusal.reject }, 'incoming call over a limit');
      return refusal;
    }
    logger.info({ callId, carrier, agent: agentName }, 'incoming call');
    return this.#begin(callId, incoming, { agent, caller });
  }

  /** What was proved counts for more than where it came from. Undefined: a stranger. */
  #callerOf({ authenticatedAs, sourceAddress }: IncomingCall): Caller | undefined {
    const { carriers, sipUsers } = this.#options;
    if (authenticatedAs?.kind === 'sip-user') {
      const user = sipUsers.byId(authenticatedAs.id);
      if (user === undefined) return undefined;
      const { accountId, agent, username } = user;
      return { carrier: undefined, name: SOFTPHONE, accountId, agent, from: `sip:${username}` };
    }
    // Behind a drachtio-server nobody has filtered yet; the embedded server's list is the same one.
    const carrier =
      authenticatedAs === undefined
        ? carriers.carrierFor(sourceAddress)
        : carriers.find(authenticatedAs.id);
    if (carrier === undefined) return undefined;
    const { name, accountId } = carrier;
    return { carrier, name, accountId, agent: undefined, from: undefined };
  }

  /** Softphones have no limits of their own. */
  #takePlace(
    callId: string,
    { carrier }: Caller,
    { sourceAddress }: IncomingCall,
  ): InboundRefusal | undefined {
    return carrier && this.#options.takePlace(callId, carrier, sourceAddress);
  }

  #begin(callId: string, incoming: IncomingCall, { agent, caller }: Answering): CallSpec {
    const { config, providers, journal } = this.#options;
    const { carrier, name, from, accountId = this.#options.accountId } = caller;
    const media = carrier ? mediaOf(carrier, incoming.sourceAddress) : softphoneMedia(config);
    const sipHeaders =
      carrier === undefined ? softphoneHeaders(incoming.headers) : incoming.headers;
    const definition = withSipHeaders(buildAgentSpec(agent), sipHeaders);
    const { voice, note } = resolveVoice(providers.tts, definition.voice);
    const spec: CallSpec = {
      callId,
      direction: 'inbound',
      from: from ?? incoming.callingUser ?? 'anonymous',
      to: incoming.calledUser ?? '',
      agent: { ...definition, voice },
      record: agent.record ?? true,
      ringTimeoutMs: config.limits.ringTimeoutMs,
      rtpTimeoutMs: config.limits.rtpTimeoutMs,
      sipHeaders,
      ...(agent.answerHeaders && { answerHeaders: agent.answerHeaders }),
      earlyMedia: agent.earlyMedia ?? false,
      acceptsRefer: agent.acceptsRefer ?? false,
      dtmfType: carrier?.dtmfType ?? config.sip.softphones.dtmfType,
      media,
    };
    journal.begin({
      spec,
      accountId,
      modeRequested: 'legacy',
      voiceRequested: definition.voice,
      voiceUsed: voice,
      providerNotes: [...providers.notes, ...(note === undefined ? [] : [note])],
      request: {},
      carrier: name,
    });
    return spec;
  }
}

/** A gateway that is given by its address may have its own. */
function mediaOf(carrier: Carrier, sourceAddress: string): MediaTerms {
  const gateway = carrier.gateways.find(({ host }) => host === sourceAddress);
  return mediaTermsOf(carrier, gateway);
}
