import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { isCountry } from '../../carriers/number-format.ts';
import type { FieldError } from '../problem.ts';
import { toFieldErrors } from './field-errors.ts';

const HOST_EXPECTED = 'must be an IP address or a host name';
const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/;
/** Nothing that could end a SIP header or a quoted string early. */
const PLAIN_TEXT = /^[^\p{Cc}"\\<>]*$/u;

const host = z
  .string('must be a string')
  .refine(
    (value) => HOST_NAME.test(value) || (isIPv6(value) && !value.includes('%')),
    HOST_EXPECTED,
  );

const domain = z.string('must be a string').refine((value) => HOST_NAME.test(value), HOST_EXPECTED);

const techPrefix = z
  .string('must be a string')
  .regex(/^[0-9*#+]{0,16}$/, 'must be up to 16 digits')
  .describe('Put before every number; empty for none.');

const codecs = z
  .array(
    z.enum(
      ['PCMU', 'PCMA', 'G722', 'opus', 'L16/8000', 'L16/16000'],
      'must be PCMU, PCMA, G722, opus, L16/8000 or L16/16000',
    ),
    'must be a list',
  )
  .max(8, 'must have at most 8 entries');

const prefix = z
  .string('must be a string')
  .regex(/^\+?\d{1,15}$/, 'must be the beginning of a number, such as +44')
  .transform((value) => value.replace('+', ''));

const maxCalls = wholeNumber(1, 10_000).describe('Calls at once.');
const maxCallsPerSecond = wholeNumber(1, 1_000).describe('Calls begun within a second.');
const yesOrNo = z.boolean('must be true or false');

const gatewayFields = {
  ipv4: host.describe('Address or, when it takes no calls in, a host name.'),
  port: wholeNumber(1, 65_535).optional().describe('Left out, a name is looked up by SRV.'),
  inbound: yesOrNo.optional().describe('Calls are accepted from it; `false` when left out.'),
  outbound: yesOrNo.optional().describe('Calls are sent to it; `true` when left out.'),
  netmask: wholeNumber(8, 128)
    .optional()
    .describe('Bits of its network; 32 (IPv6: 128) when left out.'),
  protocol: z
    .enum(['udp', 'tcp', 'tls', 'ws', 'wss'], 'must be udp, tcp, tls, ws or wss')
    .optional(),
  is_active: yesOrNo.optional(),
  send_options_ping: yesOrNo.optional().describe('`true` when left out.'),
  priority: wholeNumber(0, 65_535)
    .optional()
    .describe('The lowest is tried first; 10 when left out.'),
  weight: wholeNumber(0, 65_535).optional().describe('Share among equals; 10 when left out.'),
  prefixes: z
    .array(prefix, 'must be a list')
    .max(1_000, 'must have at most 1000 entries')
    .optional()
    .describe('Beginnings of the numbers it takes; none: all.'),
  tech_prefix: techPrefix.optional(),
  e164_leading_plus: yesOrNo.optional(),
  codecs: codecs.optional(),
  max_calls: maxCalls.optional(),
  max_calls_per_second: maxCallsPerSecond.optional(),
};

const gateway = z.object(gatewayFields, 'must be an object');
const gatewayChange = z.object({ ...gatewayFields, ipv4: host.optional() }, 'must be an object');

const account = {
  username: text(1, 64),
  password: z.string('must be a string').min(1, 'must not be empty').max(128, 'is too long'),
};

const registration = z.object(
  {
    ...account,
    sip_realm: domain.optional().describe('No other realm is answered.'),
    from_user: text(1, 128).optional(),
    from_domain: domain.optional(),
    expires: wholeNumber(60, 86_400).optional().describe('Seconds asked for; 600 when left out.'),
  },
  'must be an object',
);

const carrierFields = {
  carrier_name: text(1, 100),
  trunk_type: z
    .enum(['static_ip', 'auth', 'reg'], 'must be static_ip, auth or reg')
    .optional()
    .describe('`static_ip` when left out.'),
  sip_gateway: gateway,
  sip_gateways: z
    .array(gateway, 'must be a list')
    .max(15, 'must have at most 15 entries')
    .optional()
    .describe('More gateways.'),
  registration: registration.optional().describe('Needed by `reg`.'),
  inbound_auth: z
    .object(account, 'must be an object')
    .optional()
    .describe('Needed by `auth`: what its calls authenticate with.'),
  outbound_auth: z
    .object({ ...account, realm: domain.optional() }, 'must be an object')
    .optional()
    .describe('For outgoing calls; left out, the account of `registration`.'),
  tech_prefix: techPrefix.optional(),
  e164_leading_plus: yesOrNo.optional().describe('`false` when left out.'),
  national_country: z
    .string('must be a string')
    .refine(isCountry, 'must be a country code such as DE')
    .optional()
    .describe('Its numbers are dialled in national form.'),
  caller_id: z
    .enum(['from', 'p-asserted-identity'], 'must be from or p-asserted-identity')
    .optional(),
  from_domain: domain.optional(),
  diversion: z
    .string('must be a string')
    .regex(/^\+?[0-9]{1,20}$/, 'must be a number')
    .optional(),
  dtmf_type: z.enum(['rfc2833', 'tones', 'info'], 'must be rfc2833, tones or info').optional(),
  codecs: codecs.optional(),
  ptime_ms: z
    .literal([10, 20, 30, 40, 50, 60], 'must be 10, 20, 30, 40, 50 or 60')
    .optional()
    .describe('Audio per packet where the carrier asks for no length; 20 when left out.'),
  srtp: z
    .enum(['off', 'accept', 'optional', 'required'], 'must be off, accept, optional or required')
    .optional()
    .describe('Whether audio is encrypted; `accept` when left out: where the carrier offers it.'),
  strict_rtp_address: yesOrNo
    .optional()
    .describe('Whether audio is taken from the address of its SDP only; `false` when left out.'),
  outbound_sip_proxy: z
    .string('must be a string')
    .regex(/^sips?:[A-Za-z0-9._~:;=@[\]-]{1,250}$/, 'must be a SIP URI')
    .optional(),
  headers: z
    .record(
      z
        .string()
        .regex(
          /^X-(?!Trunkline-)[A-Za-z0-9-]{1,60}$/i,
          'must begin with X-, and not with X-Trunkline-',
        ),
      z.string('must be a string').regex(/^[\x20-\x7e]{0,500}$/, 'must be printable text'),
      'must be an object',
    )
    .refine((value) => Object.keys(value).length <= 16, 'must have at most 16 entries')
    .optional(),
  allowed_redirect_hosts: z
    .array(domain, 'must be a list of hosts')
    .max(16, 'must have at most 16 entries')
    .optional()
    .describe('Where its 3xx answers may lead beside its gateways, names below these included.'),
  pass_identity: yesOrNo.optional(),
  limit_inbound: yesOrNo.optional().describe('Whether the limits are for its calls to us too.'),
  is_default: yesOrNo.optional().describe('Takes the calls that no carrier was chosen for.'),
  max_calls: maxCalls.optional(),
  max_calls_per_second: maxCallsPerSecond.optional(),
};

/** Body of `POST /v1/phone-numbers/carriers`. What it does not name is ignored. */
export const carrierBody = z.object(carrierFields, 'must be a JSON object');

/** Body of `PATCH /v1/phone-numbers/carriers/{carrier_id}`: what is left out stays as it is. */
export const carrierChange = z.object(
  {
    ...carrierFields,
    carrier_name: carrierFields.carrier_name.optional(),
    sip_gateway: gatewayChange.optional(),
  },
  'must be a JSON object',
);

export type CarrierChange = z.output<typeof carrierChange>;
export type GatewayChange = z.output<typeof gatewayChange>;

export type CarrierBodyResult =
  | { readonly ok: true; readonly body: CarrierChange }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks every field by itself; rules between fields are in `carrier-rules.ts`. */
export function parseCarrierBody(
  schema: typeof carrierBody | typeof carrierChange,
  input: unknown,
): CarrierBodyResult {
  const parsed = schema.safeParse(input ?? {});
  if (!parsed.success) return { ok: false, errors: toFieldErrors(parsed.error, input) };
  return { ok: true, body: parsed.data };
}

function text(min: number, max: number) {
  return z
    .string('must be a string')
    .min(min, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .regex(PLAIN_TEXT, 'must not have control characters, quotes, backslashes or angle brackets');
}

function wholeNumber(from: number, to: number) {
  const expected = `must be a whole number from ${from} to ${to}`;
  return z.int(expected).min(from, expected).max(to, expected);
}
