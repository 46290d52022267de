import type { PeerCertificate } from 'node:tls';
import type { Framed } from '../sip/message/stream-framer.ts';

/** What a connection hears; nothing comes after `onClosed`. */
export interface SipChannelListener {
  /** It can carry messages: connected, the certificate checked, the upgrade done. */
  onOpen(): void;
  onFramed(framed: readonly Framed[]): void;
  /** The other side answered a ping. */
  onPong(): void;
  /** `reason` is a phrase for a person, without addresses. */
  onClosed(reason: string): void;
}

/** One connection that carries SIP messages: a stream or a WebSocket. What is sent before it is open waits. */
export interface SipChannel {
  listener: SipChannelListener | undefined;
  /** Whether what is sent may still arrive. */
  readonly isUsable: boolean;
  readonly unsentBytes: number;
  /** Whether the beginning of a message waits for its rest. */
  readonly isPartial: boolean;
  /** The verified certificate of the other side, once it is open. */
  readonly certificate: PeerCertificate | undefined;
  send(message: Uint8Array): void;
  ping(): void;
  pong(): void;
  /** Closes after what was sent before. */
  end(): void;
  destroy(): void;
}

const PHRASES: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: 'Connection Refused',
  ECONNRESET: 'Connection Reset',
  EPIPE: 'Connection Reset',
  EHOSTUNREACH: 'Host Unreachable',
  ENETUNREACH: 'Network Unreachable',
  EADDRNOTAVAIL: 'Network Unreachable',
  EINVAL: 'Network Unreachable',
  ETIMEDOUT: 'Connection Timed Out',
});

/** What failed, as the reason phrase of a 503. The text of a library is kept for TLS alone, where it says what to change. */
export function failurePhrase(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = PHRASES[code];
  if (known !== undefined) return known;
  const isTls =
    /CERT|SSL|TLS|ISSUER|SIGNATURE|CHAIN/.test(code) || /certificate/.test(error.message);
  return isTls ? `TLS Failure: ${plain(error.message)}` : 'Connection Failed';
}

function plain(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0] ?? '';
  return line
    .replace(/^[0-9A-F]{8,}:error:[0-9A-F]*:/, '')
    .replace(/[^ -~]/g, '')
    .slice(0, 120);
}
