import type { Endpoint } from '../sip/endpoint.ts';
import type { LocationTarget } from '../sip/locate/location-target.ts';
import type { Header } from '../sip/message/headers.ts';
import type { UserAgentOptions, UserAgentStats } from '../sip/user-agent-io.ts';

export interface DrachtioServerOptions extends UserAgentOptions {
  readonly secret: string;
  /** Wall-clock time at zero of the monotonic clock, in milliseconds since 1970: for the time of day in the protocol. */
  readonly epochMs: number;
}

export type DrachtioServerInput =
  | { readonly type: 'client-connected'; readonly connection: number }
  | { readonly type: 'client-bytes'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly type: 'client-closed'; readonly connection: number }
  | { readonly type: 'sip-received'; readonly bytes: Uint8Array; readonly source: Endpoint }
  | {
      readonly type: 'sip-located';
      readonly transaction: string;
      readonly endpoints: readonly Endpoint[];
    }
  /** A message of a stranger that gets a challenge. */
  | {
      readonly type: 'sip-stranger';
      readonly bytes: Uint8Array;
      readonly source: Endpoint;
      readonly headers: readonly Header[];
    }
  | { readonly type: 'sip-overloaded'; readonly isOverloaded: boolean }
  | { readonly type: 'sip-failed'; readonly transaction: string; readonly reason: string };

export type DrachtioServerOutput =
  | { readonly type: 'client-send'; readonly connection: number; readonly bytes: Uint8Array }
  /** Close after what was sent before. */
  | { readonly type: 'client-close'; readonly connection: number }
  | {
      readonly type: 'sip-send';
      readonly bytes: Uint8Array;
      readonly to: Endpoint;
      readonly transaction: string | undefined;
    }
  /** Answered by `sip-located` or `sip-failed`. */
  | { readonly type: 'sip-locate'; readonly transaction: string; readonly target: LocationTarget }
  | { readonly type: 'sip-unreachable'; readonly to: Endpoint };

export interface DrachtioServerStats extends UserAgentStats {
  /** Transactions and dialogs whose events go to an application connection. */
  readonly owned: number;
  /** Requests that no application has reacted to. */
  readonly waiting: number;
}

/** The protocol version that drachtio-srf checks before it pings; the rest says that it is this server. */
export const SERVER_VERSION = 'v0.9.10-trunkline';
