import type { CallEvent } from '../../../src/call/call-event.ts';
import type { CallSpec } from '../../../src/call/call-spec.ts';
import type { Termination } from '../../../src/call/termination.ts';
import { CallSupervisor, type CallSupervisorOptions } from '../../../src/io/call-supervisor.ts';
import { Recordings } from '../../../src/io/recordings.ts';
import { FakeMediaEngine, type FakeMediaSession } from './fake-media.ts';
import { FakeProviders } from './fake-providers.ts';
import { type FakeOutgoingCall, FakeSignaling } from './fake-signaling.ts';
import { callSpec } from './specs.ts';
import { VirtualClock } from './virtual-clock.ts';

export const ROUTE = {
  carrier: 'main',
  targets: [
    {
      id: 'main',
      host: '127.0.0.1',
      port: 5060,
      transport: 'udp',
      toUser: '+4930222',
      fromUser: '+4930111',
      callerId: 'from',
    },
  ],
} as const;

/** A call supervisor on fake ports in virtual time, and everything that it did. */
export class Switchboard {
  readonly clock = new VirtualClock();
  readonly media = new FakeMediaEngine(this.clock);
  readonly signaling = new FakeSignaling();
  readonly providers = new FakeProviders();
  readonly events: CallEvent[] = [];
  readonly faults: object[] = [];
  readonly supervisor: CallSupervisor;
  /** Called with each event before it is kept. */
  onEvent: (callId: string, event: CallEvent) => void = () => {};
  #inboundCalls = 0;

  constructor(changes: Partial<CallSupervisorOptions> = {}, spec: Partial<CallSpec> = {}) {
    this.supervisor = new CallSupervisor({
      media: this.media,
      signaling: this.signaling,
      mediaAddress: '127.0.0.1',
      providersFor: () => this.providers,
      routeFor: () => ROUTE,
      inboundSpecFor: ({ calledUser }) => {
        if (calledUser !== 'demo') return { reject: 404 };
        this.#inboundCalls += 1;
        return callSpec({ callId: `in-${this.#inboundCalls}`, ...spec });
      },
      maxCalls: 10,
      recordings: new Recordings({ directory: '/nonexistent' }),
      clock: this.clock,
      logger: { info: () => {}, warn: () => {}, error: (fields) => this.faults.push(fields) },
      onEvent: (callId, _spec, event) => {
        this.onEvent(callId, event);
        this.events.push(event);
      },
      ...changes,
    });
  }

  get session(): FakeMediaSession {
    return last(this.media.sessions);
  }

  get outgoing(): FakeOutgoingCall {
    return last(this.signaling.dialled);
  }

  get eventTypes(): readonly string[] {
    return this.events.map((event) => event.type);
  }

  get terminations(): readonly Termination[] {
    return this.events.flatMap((event) => (event.type === 'ended' ? [event.termination] : []));
  }

  /** Everything that a call may hold, counted by who gave it. */
  get held(): Readonly<Record<string, number>> {
    return {
      calls: this.supervisor.activeCalls,
      timers: this.clock.alarmsSet,
      sessions: this.media.sessionsOpen,
      streams: this.providers.streamsOpen,
      requests: this.providers.requestsOpen,
    };
  }
}

export const NOTHING_HELD = { calls: 0, timers: 0, sessions: 0, streams: 0, requests: 0 };

function last<T>(values: readonly T[]): T {
  const value = values.at(-1);
  if (value === undefined) throw new Error('there is none yet');
  return value;
}
