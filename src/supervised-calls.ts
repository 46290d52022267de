import type { CallEvent } from './call/call-event.ts';
import type { CallSpec } from './call/call-spec.ts';
import type { CarrierRegistry } from './carriers/carrier-registry.ts';
import type { TrunklineConfig } from './config/schema.ts';
import { countEvent } from './event-metrics.ts';
import {
  type CallRoute,
  CallSupervisor,
  type CallSupervisorOptions,
} from './io/call-supervisor.ts';
import { monotonicClock } from './io/monotonic-clock.ts';
import type { Recordings } from './io/recordings.ts';
import { DEFAULT_VAD, type MediaEngine } from './media/media-engine.ts';
import type { MediaAddresses } from './media-addresses.ts';
import type { ChosenProviders } from './providers/registry.ts';
import { Reception } from './reception.ts';
import type { Signaling } from './signaling/signaling.ts';
import type { SipTracing } from './sip-tracing.ts';
import type { Softphones } from './softphones.ts';
import type { CallJournal } from './store/call-journal.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Trunks } from './trunks.ts';

/** The parts that a call concerns. */
export interface CallParts {
  readonly config: TrunklineConfig;
  readonly logger: Logger;
  readonly accountId: string;
  readonly recordings: Recordings;
  readonly metrics: Metrics;
  readonly providers: ChosenProviders;
  readonly media: MediaEngine;
  readonly mediaAddresses: MediaAddresses;
  readonly trunks: Trunks;
  readonly softphones: Softphones;
  readonly tracing: SipTracing;
  readonly signaling: Signaling;
  readonly journal: CallJournal;
}

/** Calls among the parts: who answers them, which way they go, who hears what happens in them. */
export function superviseCalls(parts: CallParts): CallSupervisor {
  const { config, logger, recordings, media, providers, trunks, signaling } = parts;
  return new CallSupervisor({
    media,
    signaling: trunks.watch(signaling),
    mediaAddress: mediaAddressOf(parts),
    providersFor: () => providers,
    ...routesOf(parts),
    inboundSpecFor: inboundSpecs(parts),
    mayReplace: mayReplaceBy(trunks.carriers.registry),
    maxCalls: config.limits.maxCalls,
    onEvent: (callId, spec, event) => observe(parts, callId, { spec, event }),
    recordings,
    clock: monotonicClock,
    logger,
    duckDb: config.media.duckDb,
    vad: { ...DEFAULT_VAD, ...config.media.vad },
  });
}

/** What the world calls this machine, else the own address from which the peer is reached. */
function mediaAddressOf({
  config,
  mediaAddresses,
  trunks,
}: CallParts): CallSupervisorOptions['mediaAddress'] {
  const { registry } = trunks.carriers;
  const { externalIp } = config.sip;
  return ({ host, id = '' }) =>
    externalIp ?? mediaAddresses.addressFor(registry.addressesOf(id)[0] ?? host);
}

function routesOf({
  softphones,
  tracing,
  trunks,
}: CallParts): Pick<CallSupervisorOptions, 'routeFor' | 'secondLegRouteFor'> {
  return {
    routeFor: (spec) => traced(tracing, spec, softphones.routeFor(spec) ?? trunks.routeFor(spec)),
    secondLegRouteFor: (spec) =>
      traced(tracing, spec, softphones.routeFor(spec) ?? trunks.secondLegRouteFor(spec)),
  };
}

/** Every INVITE of the route goes into the ladder of the call. */
function traced(
  tracing: SipTracing,
  { callId }: CallSpec,
  route: CallRoute | undefined,
): CallRoute | undefined {
  return route && { ...route, onSent: (sipCallId) => tracing.bind(callId, sipCallId) };
}

function inboundSpecs({
  trunks,
  softphones,
  tracing,
  ...parts
}: CallParts): CallSupervisorOptions['inboundSpecFor'] {
  const reception = new Reception({
    ...parts,
    carriers: trunks.carriers.registry,
    numbers: trunks.numbers,
    sipUsers: softphones.users,
    takePlace: trunks.takeInbound,
  });
  return (incoming) => {
    const spec = reception.admit(incoming);
    if ('callId' in spec) tracing.bind(spec.callId, incoming.sipCallId);
    return spec;
  };
}

/** Those of one carrier may. */
function mayReplaceBy(carriers: CarrierRegistry) {
  return (source: string, owner: string) => {
    const carrier = carriers.carrierFor(source);
    return carrier !== undefined && carrier === carriers.carrierFor(owner);
  };
}

function observe(
  { journal, trunks, metrics, tracing, logger }: CallParts,
  callId: string,
  { spec, event }: { readonly spec: CallSpec; readonly event: CallEvent },
): void {
  journal.append(callId, event);
  trunks.observe(callId, event);
  countEvent(metrics, spec, event);
  if (event.type === 'finished') tracing.finish(callId);
  if (event.type === 'ended') logger.info(describeEnd(callId, event), 'call ended');
}

/** Without what the far end wrote of its reasons: it may name anybody. */
function describeEnd(callId: string, { termination }: Extract<CallEvent, { type: 'ended' }>) {
  const { reason, by, sipStatus } = termination;
  return { callId, reason, by, ...(sipStatus !== undefined && { sipStatus }) };
}
