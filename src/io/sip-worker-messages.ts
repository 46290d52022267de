import type { DrachtioServerStats } from '../drachtio/drachtio-server-io.ts';
import type { AdmissionLimits } from '../sip/admission/admission.ts';
import type { OverloadLimits } from '../sip/admission/overload.ts';
import type { DigestAlgorithm } from '../sip/digest/digest-algorithm.ts';
import type { Endpoint } from '../sip/endpoint.ts';
import type { OtherPorts } from '../sip/local-identity.ts';
import type { SipAcceptLimits } from './sip-accept-gate.ts';
import type { SipConnectionLimits } from './sip-connections.ts';
import type { CaptureBatch } from './sip-tap.ts';
import type { SipTlsOptions } from './sip-tls.ts';

export interface SipListen {
  /** 0 takes a free one. */
  readonly port: number;
  /** Left out when the port is taken, where the start would fail otherwise. */
  readonly isOptional: boolean;
}

/** TLS without a certificate, which the thread reads or makes. */
export interface SipTlsSettings extends Omit<SipTlsOptions, 'certificate'> {
  /** PEM files of the operator; left out, a self-signed one is made. */
  readonly files: { readonly certificate: string; readonly key: string } | undefined;
  /** Where a self-signed certificate is kept; left out, it lasts as long as the server. */
  readonly folder: string | undefined;
}

/** How much is taken from the network. */
export interface SipServerLimits {
  readonly admission: AdmissionLimits;
  readonly overload: OverloadLimits;
  readonly connections: SipConnectionLimits;
  readonly accept: SipAcceptLimits;
}

/** What the thread is started with. */
export interface SipWorkerOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly listen: Readonly<Partial<Record<'tls' | 'ws' | 'wss', SipListen>>>;
  readonly tls: SipTlsSettings;
  readonly webSocketOrigins: readonly string[] | undefined;
  readonly externalIp: string | undefined;
  readonly allow: readonly string[];
  readonly t1Ms: number;
  readonly secret: string;
  /** DNS servers instead of those of the system. */
  readonly dnsServers: readonly string[] | undefined;
  /** Whether every message is posted too, in batches. */
  readonly captures: boolean;
  readonly limits: SipServerLimits;
}

/** The far end of a connection that came in. */
export type SipFlow = Pick<Endpoint, 'transport' | 'host' | 'port'>;

/** What strangers are challenged with. */
export interface SipChallenge {
  readonly realm: string;
  /** Key of the nonces: whoever verifies credentials has the same one. */
  readonly secret: string;
  /** Left out, SHA-256 and MD5. */
  readonly algorithms?: readonly DigestAlgorithm[];
}

export interface SipServerStats extends DrachtioServerStats {
  /** Datagrams and connections of sources that are not on the list. */
  readonly droppedNotAllowed: number;
  /** Connections of allowed sources that were too many at once. */
  readonly refusedConnections: number;
  /** Messages of sources that sent more than their share. */
  readonly droppedRate: number;
  /** Messages of strangers that may not be asked by strangers. */
  readonly droppedMethod: number;
  /** 401 to strangers. */
  readonly challenges: number;
  /** New calls are refused with 503 at the moment. */
  readonly isOverloaded: boolean;
  /** Over TCP, TLS and WebSocket. */
  readonly tcpConnections: number;
}

export interface SipThreadStats extends SipServerStats {
  /** JavaScript heap of the thread; without garbage under `node --expose-gc`. */
  readonly heapUsedBytes: number;
  /** What its heap holds outside of itself: buffers. */
  readonly externalBytes: number;
}

export type ToSipWorker =
  | { readonly type: 'set-allowed'; readonly cidrs: readonly string[] }
  | { readonly type: 'set-challenge'; readonly challenge: SipChallenge | undefined }
  | { readonly type: 'admit-guest'; readonly address: string; readonly forMs: number }
  | { readonly type: 'silence'; readonly address: string; readonly forMs: number }
  | { readonly type: 'stats'; readonly id: number }
  /** One batch of captured messages is read. */
  | { readonly type: 'capture-read' }
  | { readonly type: 'close' };

export type FromSipWorker =
  | {
      readonly type: 'started';
      readonly port: number;
      readonly ports: OtherPorts;
      readonly controlPort: number;
      readonly addresses: readonly string[];
    }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'flow-closed'; readonly flow: SipFlow }
  | { readonly type: 'capture'; readonly batch: CaptureBatch }
  | { readonly type: 'stats'; readonly id: number; readonly stats: SipThreadStats };
