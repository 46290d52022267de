import { randomUUID } from 'node:crypto';
import {
  type Carrier,
  DEFAULT_CARRIER,
  DEFAULT_GATEWAY,
  DEFAULT_REGISTRATION_EXPIRES_SECONDS,
  type Gateway,
  type NumberFormat,
} from '../../carriers/carrier.ts';
import type { CarrierChange, GatewayChange } from './carrier-body.ts';

type Settings = Omit<Carrier, 'id' | 'accountId'>;

const NEW_CARRIER: Settings = { ...DEFAULT_CARRIER, name: '' };
const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** The carrier that a checked body asks for; with `base`, that one with the changes of the body. */
export function toCarrierSettings(body: CarrierChange, base: Settings = NEW_CARRIER): Settings {
  const { registration, inbound_auth: inboundAuth, outbound_auth: credentials } = body;
  return {
    ...base,
    ...given({
      name: body.carrier_name,
      trunkType: body.trunk_type,
      registration: registration && toRegistration(registration),
      inboundAuth,
      credentials: credentials && withoutUndefined(credentials),
      callerId: body.caller_id,
      fromDomain: body.from_domain,
      diversion: body.diversion,
      dtmfType: body.dtmf_type,
      codecs: body.codecs,
      ptimeMs: body.ptime_ms,
      srtp: body.srtp,
      strictRtpAddress: body.strict_rtp_address,
      outboundProxy: body.outbound_sip_proxy,
      headers: body.headers,
      passIdentity: body.pass_identity,
      allowedRedirectHosts: body.allowed_redirect_hosts,
      limitInbound: body.limit_inbound,
      isDefault: body.is_default,
      maxCalls: body.max_calls,
      maxCallsPerSecond: body.max_calls_per_second,
    }),
    format: {
      ...withFormat(base.format, body),
      ...given({ nationalCountry: body.national_country }),
    },
    gateways: toGateways(body, base.gateways),
  };
}

function toRegistration(settings: NonNullable<CarrierChange['registration']>) {
  const { username, password } = settings;
  return {
    username,
    password,
    expiresSeconds: settings.expires ?? DEFAULT_REGISTRATION_EXPIRES_SECONDS,
    ...given({
      realm: settings.sip_realm,
      fromUser: settings.from_user,
      fromDomain: settings.from_domain,
    }),
  };
}

/** `sip_gateway` is the first one, `sip_gateways` are the others, all of them. */
function toGateways(body: CarrierChange, base: readonly Gateway[]): readonly Gateway[] {
  const [baseFirst, ...baseMore] = base;
  const { sip_gateway: first, sip_gateways: more } = body;
  const gateways = more === undefined ? baseMore : replaced(baseMore, more);
  const main = first === undefined ? baseFirst : toGateway(first, baseFirst);
  return main === undefined ? gateways : [main, ...gateways];
}

/** Nothing stays of the old list but the ids of gateways that are in the new one too, and with them their health. */
function replaced(base: readonly Gateway[], list: readonly GatewayChange[]): readonly Gateway[] {
  const left = [...base];
  return list.map((each) => {
    const { ipv4: host = '', port, protocol } = each;
    const at = left.findIndex(
      (old) => old.host === host && old.port === port && old.transport === protocol,
    );
    const [same] = at === -1 ? [] : left.splice(at, 1);
    const gateway = toGateway(each, undefined);
    return same === undefined ? gateway : { ...gateway, id: same.id };
  });
}

function toGateway(body: GatewayChange, base: Gateway | undefined): Gateway {
  const host = body.ipv4 ?? base?.host ?? '';
  const isMoved = host !== base?.host;
  const bits = host.includes(':') ? IPV6_BITS : IPV4_BITS;
  return {
    ...(base ?? { ...DEFAULT_GATEWAY, id: randomUUID() }),
    host,
    netmask: body.netmask ?? (isMoved || base === undefined ? bits : base.netmask),
    format: withFormat(base?.format ?? {}, body),
    ...given({
      port: body.port,
      transport: body.protocol,
      priority: body.priority,
      weight: body.weight,
      prefixes: body.prefixes,
      codecs: body.codecs,
      sendOptionsPing: body.send_options_ping,
      isActive: body.is_active,
      inbound: body.inbound,
      outbound: body.outbound,
      maxCalls: body.max_calls,
      maxCallsPerSecond: body.max_calls_per_second,
    }),
  };
}

type FormatChange = Pick<GatewayChange, 'tech_prefix' | 'e164_leading_plus'>;

/** An empty tech prefix is none. */
function withFormat<Format extends Partial<NumberFormat>>(
  base: Format,
  body: FormatChange,
): Format {
  const { tech_prefix: techPrefix, e164_leading_plus: e164LeadingPlus } = body;
  return { ...base, ...given({ techPrefix, e164LeadingPlus }) };
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Only what has a value. */
function given<T extends object>(values: T): Given<T> {
  return withoutUndefined(values) as Given<T>;
}

function withoutUndefined<T extends object>(
  values: T,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
