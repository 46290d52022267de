import type {
  AgentSpec,
  BargeInOptions,
  EndpointingOptions,
  TurnTimeouts,
} from '../voice/agent-spec.ts';

/** An agent as it is written down: only what differs from the defaults. */
export interface AgentDefinition extends Pick<AgentSpec, 'background' | 'listening'> {
  readonly instructions: string;
  readonly firstSentence?: string;
  readonly language?: string;
  readonly voice?: string;
  readonly model?: string;
  readonly temperature?: number;
  readonly endpointing?: Partial<EndpointingOptions>;
  readonly bargeIn?: Partial<BargeInOptions>;
  readonly timeouts?: Partial<TurnTimeouts>;
  readonly failureSentence?: string;
  readonly onProviderFailure?: 'continue' | 'end-call';
}

export const DEFAULT_AGENT = Object.freeze({
  language: 'en-US',
  voice: 'alloy',
  failureSentence: 'I am sorry, I have a technical problem at the moment.',
  onProviderFailure: 'continue',
} as const satisfies Partial<AgentDefinition>);
