import { parseSipUri } from '../sip/uri.ts';

export const FLOW_TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

export type FlowTransport = (typeof FLOW_TRANSPORTS)[number];

/** The way that a registration came, and that calls to it go back (RFC 5626 section 3.1). */
export interface Flow {
  readonly transport: FlowTransport;
  /** IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Where a user is reached: one Contact of a REGISTER (RFC 3261 section 10). */
export interface Binding {
  readonly contact: string;
  /** From 0 to 1; the highest is called first. */
  readonly q: number;
  readonly expiresAtMs: number;
  readonly callId: string;
  readonly sequence: number;
  readonly path: readonly string[];
  readonly flow: Flow;
  /** RFC 5626 section 6: the device, and which of its flows this is. */
  readonly outbound?: { readonly instance: string; readonly regId: number };
  /** As it came, for the answer (RFC 5626 section 4.1). */
  readonly instance?: string;
}

/** Under which two Contacts are the same one: RFC 5626 section 6 for a flow of a device, else the URI (RFC 3261 section 19.1.4). */
export function bindingKey({ contact, outbound }: Pick<Binding, 'contact' | 'outbound'>): string {
  if (outbound !== undefined) return `${outbound.instance} ${outbound.regId}`;
  const uri = parseSipUri(contact);
  if (uri === undefined) return contact;
  const { scheme, user = '', host, port = '', parameters } = uri;
  const transport = parameters.get('transport')?.toLowerCase() ?? '';
  return `${scheme}:${user}@${host.toLowerCase()}:${port};${transport}`;
}

export function isSameFlow(a: Flow, b: Flow): boolean {
  return a.transport === b.transport && a.address === b.address && a.port === b.port;
}

/** Whether its device can be called when its connection is gone, or after a restart: it listens where its Contact says. */
export function outlivesItsFlow({ contact, flow }: Pick<Binding, 'contact' | 'flow'>): boolean {
  if (flow.transport === 'udp') return true;
  if (flow.transport === 'ws' || flow.transport === 'wss') return false;
  return parseSipUri(contact)?.host.replace(/^\[|\]$/g, '') === flow.address;
}
