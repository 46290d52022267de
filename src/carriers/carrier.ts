export type TrunkType = 'static_ip' | 'auth' | 'reg';
export type GatewayTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** For digest authentication (RFC 3261 section 22). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Answers no other realm. */
  readonly realm?: string;
}

/** How a number is written in the user part of the Request-URI. */
export interface NumberFormat {
  /** Put before every number. */
  readonly techPrefix?: string;
  /** Whether numbers keep their leading plus. */
  readonly e164LeadingPlus: boolean;
  /** ISO 3166 code of the country whose own numbers are dialled in national form, such as `030123456` for `DE`. */
  readonly nationalCountry?: string;
}

/** Calls at once and calls begun within a second; left out, as many as come. */
export interface CallLimit {
  readonly maxCalls?: number;
  readonly maxCallsPerSecond?: number;
}

/** How we REGISTER with a carrier (RFC 3261 section 10). */
export interface RegistrationSettings extends Credentials {
  /** User of From and To; left out, the user name. */
  readonly fromUser?: string;
  /** Domain of From and To; left out, the realm, and without one the host of the gateway. */
  readonly fromDomain?: string;
  /** Asked for; the registrar has the last word. */
  readonly expiresSeconds: number;
}

/** One SIP address of a carrier. */
export interface Gateway extends CallLimit {
  readonly id: string;
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  /** Left out with a name: found by RFC 3263. */
  readonly port?: number;
  readonly transport?: GatewayTransport;
  /** The lower the sooner (RFC 2782). */
  readonly priority: number;
  /** Share among gateways of the same priority (RFC 2782). */
  readonly weight: number;
  /** Beginnings of the numbers it takes, digits only; empty takes every number. */
  readonly prefixes: readonly string[];
  /** What differs from the carrier's. */
  readonly format: Partial<NumberFormat>;
  readonly codecs?: readonly string[];
  readonly sendOptionsPing: boolean;
  readonly isActive: boolean;
  /** Calls are accepted from it. */
  readonly inbound: boolean;
  /** Calls are sent to it. */
  readonly outbound: boolean;
  /** Bits of the network around an address whose calls are the carrier's: 32 is the one IPv4 address. */
  readonly netmask: number;
}

/** A SIP carrier: who may call from where, and where calls are sent. */
export interface Carrier extends CallLimit {
  readonly id: string;
  /** Left out: a carrier of the configuration, for every account. */
  readonly accountId?: string;
  readonly name: string;
  readonly trunkType: TrunkType;
  /** Addresses and networks (`203.0.113.0/24`, `2001:db8::/32`) whose calls are its, beside those of its gateways. */
  readonly networks: readonly string[];
  readonly gateways: readonly Gateway[];
  /** For outgoing calls. */
  readonly credentials?: Credentials;
  /** What its calls to us must authenticate with. */
  readonly inboundAuth?: Credentials;
  readonly registration?: RegistrationSettings;
  readonly format: NumberFormat;
  readonly callerId: 'from' | 'p-asserted-identity';
  readonly fromDomain?: string;
  /** User of a Diversion header on every outgoing call (RFC 5806). */
  readonly diversion?: string;
  readonly dtmfType: 'rfc2833' | 'tones' | 'info';
  readonly codecs?: readonly string[];
  /** Audio per packet where the carrier asks for no length: 10 to 60, in tens. */
  readonly ptimeMs?: number;
  /** Left out: `accept`. */
  readonly srtp?: 'off' | 'accept' | 'optional' | 'required';
  /** Audio is taken from the address of its SDP only. */
  readonly strictRtpAddress?: boolean;
  /** SIP URI that every request goes through. */
  readonly outboundProxy?: string;
  /** Where its redirects may lead, beside its gateways: names, and what is below them. */
  readonly allowedRedirectHosts: readonly string[];
  /** On every outgoing INVITE. */
  readonly headers: Readonly<Record<string, string>>;
  /** Identity headers (RFC 8224) are passed on untouched. */
  readonly passIdentity: boolean;
  /** Its limits are for calls from it too. */
  readonly limitInbound: boolean;
  /** Takes the account's calls that no carrier was chosen for. */
  readonly isDefault: boolean;
}

/** Without an account of their own, calls use that of the registration. */
export function outboundCredentials({
  credentials,
  registration,
}: Carrier): Credentials | undefined {
  if (credentials !== undefined || registration === undefined) return credentials;
  const { username, password, realm } = registration;
  return { username, password, ...(realm !== undefined && { realm }) };
}

export const DEFAULT_GATEWAY = Object.freeze({
  priority: 10,
  weight: 10,
  prefixes: [],
  format: {},
  sendOptionsPing: true,
  isActive: true,
  inbound: false,
  outbound: true,
} as const satisfies Partial<Gateway>);

export const DEFAULT_CARRIER = Object.freeze({
  trunkType: 'static_ip',
  networks: [],
  gateways: [],
  format: { e164LeadingPlus: false },
  callerId: 'from',
  dtmfType: 'rfc2833',
  headers: {},
  allowedRedirectHosts: [],
  passIdentity: true,
  limitInbound: true,
  isDefault: false,
} as const satisfies Partial<Carrier>);

export const DEFAULT_REGISTRATION_EXPIRES_SECONDS = 600;
