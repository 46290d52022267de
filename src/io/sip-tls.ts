import type { ConnectionOptions, PeerCertificate, TlsOptions } from 'node:tls';
import { isIpAddress, isSameHost } from '../sip/ip-address.ts';
import type { SipCertificate } from './sip-certificate.ts';

export interface SipTlsOptions {
  /** Shown to both sides: to peers that connect, and to those that ask for one when we do. Undefined when nobody can connect. */
  readonly certificate: SipCertificate | undefined;
  /** What peers that connect have to show. */
  readonly clientCertificate: 'none' | 'request' | 'require';
  /** PEM: who signs the certificates of peers that connect; left out, the authorities that node trusts. */
  readonly clientAuthorities: string | undefined;
  /** PEM: who signs the certificates of servers; left out, the authorities that node trusts. */
  readonly serverAuthorities: string | undefined;
  /** Hosts whose certificate is taken as it is: self-signed, for another name or over. */
  readonly unverifiedHosts: readonly string[];
  /** Whether `*.carrier.example` stands for a host of it. RFC 5922 section 7.2 forbids it; some carriers have no other. */
  readonly allowsWildcards: boolean;
}

const MIN_VERSION = 'TLSv1.2';

export function serverTls(options: SipTlsOptions, handshakeTimeoutMs: number): TlsOptions {
  const { certificate, clientCertificate, clientAuthorities } = options;
  return {
    ...shown(certificate),
    minVersion: MIN_VERSION,
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'require',
    ...(clientAuthorities !== undefined && { ca: clientAuthorities }),
  };
}

/** For a connection to `host`: what the certificate has to be for (RFC 5922 section 7.1). */
export function clientTls(options: SipTlsOptions, host: string): ConnectionOptions {
  const { certificate, serverAuthorities } = options;
  return {
    ...shown(certificate),
    minVersion: MIN_VERSION,
    // RFC 6066 section 3: a name, never an address.
    servername: isIpAddress(host) ? '' : host,
    rejectUnauthorized: !isUnverified(options, host),
    checkServerIdentity: (_name, peer) =>
      certifies(peer, host, options) ? undefined : new Error(`the certificate is not for ${host}`),
    ...(serverAuthorities !== undefined && { ca: serverAuthorities }),
  };
}

function shown(certificate: SipCertificate | undefined) {
  return certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key };
}

export function isUnverified({ unverifiedHosts }: SipTlsOptions, host: string): boolean {
  return unverifiedHosts.some((each) => isSameHost(each, host));
}

/**
 * Whether a certificate is for a SIP domain (RFC 5922 sections 7.1 and 7.2): its `sip:` URIs decide, without them its DNS names, without any
 * subject alternative name its common name. An address has to be an `iPAddress` of it.
 */
export function certifies(
  { subjectaltname, subject }: Pick<PeerCertificate, 'subjectaltname' | 'subject'>,
  host: string,
  { allowsWildcards }: Pick<SipTlsOptions, 'allowsWildcards'>,
): boolean {
  const alternatives = (subjectaltname ?? '').split(', ');
  const ofKind = (prefix: string) =>
    alternatives.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
  if (isIpAddress(host)) return ofKind('IP Address:').some((each) => isSameHost(each, host));
  const domains = ofKind('URI:')
    .map((uri) => (uri.includes('@') ? undefined : /^sip:([^;?:]+)/i.exec(uri)?.[1]))
    .filter((domain) => domain !== undefined);
  const names = domains.length > 0 ? domains : ofKind('DNS:');
  const isBare = subjectaltname === undefined || subjectaltname === '';
  const candidates = isBare ? [subject?.CN].flat() : names;
  return candidates.some((name) => name !== undefined && matches(name, host, allowsWildcards));
}

function matches(name: string, host: string, allowsWildcards: boolean): boolean {
  const [left, right] = [name.toLowerCase(), host.toLowerCase().replace(/\.$/, '')];
  if (left === right) return true;
  if (!allowsWildcards || !left.startsWith('*.')) return false;
  const dot = right.indexOf('.');
  return dot > 0 && right.slice(dot) === left.slice(1) && left.split('.').length > 2;
}
