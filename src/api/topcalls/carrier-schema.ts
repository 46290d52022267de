import { z } from 'zod';

/** The answers about carriers. No password is ever in them. */

const time = () => z.string().meta({ format: 'date-time' });
const uuid = () => z.string().meta({ format: 'uuid' });

const gatewayState = z.object({
  state: z.enum(['unknown', 'up', 'down']),
  reason: z.string().describe('Of the last change, as SIP said it.'),
  since: time().nullable(),
  last_ping_at: time().nullable(),
  last_ping_rtt_ms: z.number().nullable(),
  calls_in_use: z.int(),
});

const sipGateway = z.object({
  sip_gateway_sid: uuid(),
  ipv4: z.string(),
  port: z.int().nullable(),
  inbound: z.boolean(),
  outbound: z.boolean(),
  netmask: z.int(),
  protocol: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']).nullable(),
  is_active: z.boolean(),
  send_options_ping: z.boolean(),
  priority: z.int(),
  weight: z.int(),
  prefixes: z.array(z.string()).readonly(),
  tech_prefix: z.string().nullable(),
  e164_leading_plus: z.boolean().nullable(),
  codecs: z.array(z.string()).readonly().nullable(),
  max_calls: z.int().nullable(),
  max_calls_per_second: z.int().nullable(),
  status: gatewayState,
});

const registrationState = z.object({
  state: z.enum(['trying', 'registered', 'failed', 'refused', 'closed']),
  reason: z.string(),
  since: time().nullable(),
  next_attempt_at: time().nullable(),
  expires_at: time().nullable(),
});

export const carrierSchema = z
  .object({
    id: uuid().describe('What `DELETE` takes.'),
    account_id: z.string().nullable(),
    voip_carrier_sid: uuid().describe('What numbers are added with.'),
    sip_gateway_sid: uuid().nullable().describe('Of the first gateway.'),
    carrier_name: z.string(),
    trunk_type: z.enum(['static_ip', 'auth', 'reg']),
    created_at: time().nullable(),
    updated_at: time().nullable(),
    is_system: z.boolean().describe('Of the configuration file: cannot be changed here.'),
    is_default: z.boolean(),
    sip_gateway: sipGateway.nullable(),
    sip_gateways: z.array(sipGateway).describe('The others.'),
    networks: z
      .array(z.string())
      .readonly()
      .describe('Whose calls are the carrier’s, beside its gateways.'),
    registration: z
      .object({
        username: z.string(),
        sip_realm: z.string().nullable(),
        from_user: z.string().nullable(),
        from_domain: z.string().nullable(),
        expires: z.int(),
      })
      .nullable(),
    register_status: registrationState.nullable(),
    inbound_auth: z.object({ username: z.string() }).nullable(),
    outbound_auth: z.object({ username: z.string(), realm: z.string().nullable() }).nullable(),
    tech_prefix: z.string().nullable(),
    e164_leading_plus: z.boolean(),
    national_country: z.string().nullable(),
    caller_id: z.enum(['from', 'p-asserted-identity']),
    from_domain: z.string().nullable(),
    diversion: z.string().nullable(),
    dtmf_type: z.enum(['rfc2833', 'tones', 'info']),
    codecs: z.array(z.string()).readonly().nullable(),
    ptime_ms: z.int().nullable(),
    srtp: z.enum(['off', 'accept', 'optional', 'required']),
    strict_rtp_address: z.boolean(),
    outbound_sip_proxy: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    allowed_redirect_hosts: z.array(z.string()).readonly(),
    pass_identity: z.boolean(),
    limit_inbound: z.boolean(),
    max_calls: z.int().nullable(),
    max_calls_per_second: z.int().nullable(),
    calls_in_use: z.int().describe('Calls at the moment, in and out.'),
  })
  .meta({ id: 'Carrier' });

export const carrierPageSchema = z
  .object({
    data: z.array(carrierSchema),
    next_cursor: z.null(),
    has_more: z.literal(false),
  })
  .meta({ id: 'CarrierPage' });

export type CarrierView = z.input<typeof carrierSchema>;
export type CarrierPageView = z.input<typeof carrierPageSchema>;
