import type { Carrier, Gateway } from '../../carriers/carrier.ts';
import type { CarrierRecord } from '../../carriers/carriers.ts';
import type { MonotonicMs } from '../../core/time.ts';
import { isoTimeAt, systemClock } from '../../store/wall-clock.ts';
import type { CarrierDirectory } from '../carrier-directory.ts';
import type { CarrierView } from './carrier-schema.ts';

type GatewayView = NonNullable<CarrierView['sip_gateway']>;

/** What of the directory says how a carrier is at the moment. */
export type CarrierState = Pick<CarrierDirectory, 'healthOf' | 'registrationOf' | 'callsInUse'>;

/** A carrier with its state, without its passwords. */
export function toCarrierView(record: CarrierRecord, state: CarrierState): CarrierView {
  const { carrier, sid, createdAt, updatedAt } = record;
  const [first = null, ...more] = carrier.gateways.map((each) => toGatewayView(each, state));
  return {
    id: carrier.id,
    account_id: carrier.accountId ?? null,
    voip_carrier_sid: sid,
    sip_gateway_sid: first?.sip_gateway_sid ?? null,
    carrier_name: carrier.name,
    trunk_type: carrier.trunkType,
    created_at: createdAt ?? null,
    updated_at: updatedAt ?? null,
    is_system: carrier.accountId === undefined,
    is_default: carrier.isDefault,
    sip_gateway: first,
    sip_gateways: more,
    networks: carrier.networks,
    ...accountsOf(carrier),
    register_status: toRegisterStatus(carrier.id, state),
    ...formOf(carrier),
    max_calls: carrier.maxCalls ?? null,
    max_calls_per_second: carrier.maxCallsPerSecond ?? null,
    calls_in_use: state.callsInUse(carrier.id),
  };
}

function accountsOf({ registration, inboundAuth, credentials }: Carrier) {
  return {
    registration: registration
      ? {
          username: registration.username,
          sip_realm: registration.realm ?? null,
          from_user: registration.fromUser ?? null,
          from_domain: registration.fromDomain ?? null,
          expires: registration.expiresSeconds,
        }
      : null,
    inbound_auth: inboundAuth ? { username: inboundAuth.username } : null,
    outbound_auth: credentials
      ? { username: credentials.username, realm: credentials.realm ?? null }
      : null,
  };
}

function formOf(carrier: Carrier) {
  const { format } = carrier;
  return {
    tech_prefix: format.techPrefix || null,
    e164_leading_plus: format.e164LeadingPlus,
    national_country: format.nationalCountry ?? null,
    caller_id: carrier.callerId,
    from_domain: carrier.fromDomain ?? null,
    diversion: carrier.diversion ?? null,
    dtmf_type: carrier.dtmfType,
    codecs: carrier.codecs ?? null,
    ptime_ms: carrier.ptimeMs ?? null,
    srtp: carrier.srtp ?? 'accept',
    strict_rtp_address: carrier.strictRtpAddress ?? false,
    outbound_sip_proxy: carrier.outboundProxy ?? null,
    headers: carrier.headers,
    allowed_redirect_hosts: carrier.allowedRedirectHosts,
    pass_identity: carrier.passIdentity,
    limit_inbound: carrier.limitInbound,
  };
}

function toGatewayView(gateway: Gateway, state: CarrierState): GatewayView {
  const { format } = gateway;
  return {
    sip_gateway_sid: gateway.id,
    ipv4: gateway.host,
    port: gateway.port ?? null,
    inbound: gateway.inbound,
    outbound: gateway.outbound,
    netmask: gateway.netmask,
    protocol: gateway.transport ?? null,
    is_active: gateway.isActive,
    send_options_ping: gateway.sendOptionsPing,
    priority: gateway.priority,
    weight: gateway.weight,
    prefixes: gateway.prefixes,
    tech_prefix: format.techPrefix || null,
    e164_leading_plus: format.e164LeadingPlus ?? null,
    codecs: gateway.codecs ?? null,
    max_calls: gateway.maxCalls ?? null,
    max_calls_per_second: gateway.maxCallsPerSecond ?? null,
    status: toGatewayStatus(gateway.id, state),
  };
}

function toGatewayStatus(gatewayId: string, state: CarrierState): GatewayView['status'] {
  const health = state.healthOf(gatewayId);
  const ping = health?.lastPing;
  return {
    state: health?.state ?? 'unknown',
    reason: health?.reason ?? 'not watched',
    since: timeAt(health?.sinceMs),
    last_ping_at: timeAt(ping?.atMs),
    last_ping_rtt_ms: ping === undefined ? null : Math.round(ping.rttMs * 10) / 10,
    calls_in_use: state.callsInUse(gatewayId),
  };
}

function toRegisterStatus(carrierId: string, state: CarrierState): CarrierView['register_status'] {
  const registration = state.registrationOf(carrierId);
  if (registration === undefined) return null;
  return {
    state: registration.state,
    reason: registration.reason,
    since: timeAt(registration.sinceMs),
    next_attempt_at: timeAt(registration.nextAttemptMs),
    expires_at: timeAt(registration.expiresMs),
  };
}

function timeAt(atMs: MonotonicMs | undefined): string | null {
  return atMs === undefined ? null : isoTimeAt(systemClock, atMs);
}
