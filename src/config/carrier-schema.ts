import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { host, name, network, port, text, wholeNumber } from './fields.ts';
import { codecs, dtmfType, ptimeMs, srtp } from './media-fields.ts';

const sipHost = z
  .string('expected a host name or an IP address')
  .refine(
    (value) => isIPv6(value) || host.safeParse(value).success,
    'expected a host name or an IP address',
  );

const techPrefix = z
  .string('expected digits in quotes')
  .regex(/^[0-9*#+]{1,16}$/, 'expected up to 16 digits in quotes');

const prefixes = z.array(
  z
    .string('expected digits in quotes, such as "+44"')
    .regex(/^\+?[0-9]{1,15}$/, 'expected digits in quotes, such as "+44"')
    .transform((value) => value.replace('+', '')),
  'expected a list of prefixes',
);

const country = z
  .string('expected a country code such as DE')
  .regex(/^[A-Z]{2}$/, 'expected a country code such as DE');

const maxCalls = wholeNumber(1, 10_000);
const maxCallsPerSecond = wholeNumber(1, 1_000);
const yesOrNo = z.boolean('expected true or false');

const gateway = z.strictObject({
  host: sipHost.describe('Where outgoing calls are sent.'),
  port: port
    .exactOptional()
    .describe('Its SIP port; left out, a name is looked up by SRV and an address has 5060.'),
  transport: z
    .enum(['udp', 'tcp', 'tls', 'ws', 'wss'], 'expected udp, tcp, tls, ws or wss')
    .exactOptional()
    .describe('`udp`, `tcp`, `tls`, `ws` or `wss`; left out, by NAPTR and SRV, or UDP.'),
  priority: wholeNumber(0, 65_535).default(10).describe('The lowest is tried first.'),
  weight: wholeNumber(0, 65_535)
    .default(10)
    .describe('Share of the calls among gateways of the same priority.'),
  prefixes: prefixes
    .default([])
    .describe('Beginnings of the numbers it takes; empty takes all. The longest wins.'),
  techPrefix: techPrefix.exactOptional().describe('In place of the carrier’s.'),
  e164LeadingPlus: yesOrNo.exactOptional().describe('In place of the carrier’s.'),
  codecs: codecs.exactOptional().describe('In place of the carrier’s.'),
  maxCalls: maxCalls.exactOptional().describe('Calls at once.'),
  maxCallsPerSecond: maxCallsPerSecond.exactOptional().describe('Calls begun within a second.'),
  sendOptionsPing: yesOrNo
    .default(true)
    .describe('Whether it is asked by OPTIONS if it is still there.'),
});

const registration = z.strictObject({
  username: text(64).describe('User name of the account.'),
  password: text(64).describe('Its password.'),
  realm: text(255).exactOptional().describe('Only this realm is answered.'),
  fromUser: text(128).exactOptional().describe('User of the address that is registered.'),
  fromDomain: text(255).exactOptional().describe('Domain of the address that is registered.'),
  expiresSeconds: wholeNumber(60, 86_400).default(600).describe('Asked for.'),
});

const inboundAuth = z.strictObject({
  username: text(64).describe('User name.'),
  password: text(64).describe('Password.'),
});

const carrier = z.strictObject({
  name: name.describe('Name in logs and in the call object.'),
  inbound: z
    .array(network, 'expected a list of networks')
    .default([])
    .describe('Networks that calls are accepted from; everybody else gets no answer.'),
  gateway: gateway.exactOptional().describe('Left out, the carrier takes no outgoing calls.'),
  gateways: z.array(gateway, 'expected a list of gateways').default([]).describe('More of them.'),
  username: text(100).exactOptional().describe('User name for digest authentication.'),
  password: text(200).exactOptional().describe('Password for digest authentication.'),
  realm: text(255).exactOptional().describe('Only this realm is answered.'),
  registration: registration.exactOptional().describe('We register with the carrier.'),
  inboundAuth: inboundAuth
    .exactOptional()
    .describe('Its calls are authenticated by digest, wherever they come from.'),
  techPrefix: techPrefix.exactOptional().describe('Put before every number dialled.'),
  e164LeadingPlus: yesOrNo
    .default(true)
    .describe('Whether the carrier wants numbers with the leading plus.'),
  nationalCountry: country
    .exactOptional()
    .describe('Numbers of this country are dialled in national form, such as 030123456.'),
  callerId: z
    .enum(['from', 'p-asserted-identity'], 'expected from or p-asserted-identity')
    .default('from')
    .describe('Where the caller id goes: `from` or `p-asserted-identity`.'),
  fromDomain: text(255).exactOptional().describe('Domain of From.'),
  diversion: text(128).exactOptional().describe('User of a Diversion header on outgoing calls.'),
  dtmfType: dtmfType.default('rfc2833').describe('`rfc2833`, `tones` or `info`.'),
  codecs: codecs
    .exactOptional()
    .describe('In this order; left out, G.711 is offered and everything taken.'),
  ptimeMs: ptimeMs
    .exactOptional()
    .describe('Audio per packet where the carrier asks for no length; left out, 20.'),
  srtp: srtp
    .exactOptional()
    .describe('`off`, `accept`, `optional` or `required` (docs/carriers.md); left out, `accept`.'),
  strictRtpAddress: yesOrNo
    .exactOptional()
    .describe('Whether audio is taken from the address of its SDP only.'),
  outboundProxy: z
    .string('expected a SIP URI')
    .regex(/^sips?:[^\s<>"]{1,250}$/, 'expected a SIP URI')
    .exactOptional()
    .describe('SIP URI that every request goes through.'),
  headers: z
    .record(
      z
        .string()
        .regex(
          /^X-(?!Trunkline-)[A-Za-z0-9-]{1,60}$/i,
          'expected a name that begins with X-, and not with X-Trunkline-',
        ),
      z.string().regex(/^[\x20-\x7e]{0,500}$/, 'expected printable text'),
      'expected X- headers by name',
    )
    .default({})
    .describe('X- headers of every outgoing call.'),
  allowedRedirectHosts: z
    .array(sipHost, 'expected a list of hosts')
    .default([])
    .describe('Where 3xx answers may lead beside its gateways, names below these included.'),
  passIdentity: yesOrNo.default(true).describe('Whether Identity headers are passed on.'),
  maxCalls: maxCalls.exactOptional().describe('Calls at once with all of its gateways.'),
  limitInbound: yesOrNo
    .default(true)
    .describe('Whether the limits are for its calls to us too: 486, or 503 with Retry-After.'),
  maxCallsPerSecond: maxCallsPerSecond
    .exactOptional()
    .describe('Calls begun within a second, with all of its gateways.'),
});

export const carriersSchema = z.array(carrier, 'expected a list of carriers');

/** Against toll fraud. */
export const destinationsSchema = z.strictObject({
  countries: z
    .array(country, 'expected a list of country codes')
    .default([])
    .describe('Countries that may be called, such as `DE`; empty: all.'),
  allow: prefixes
    .default([])
    .describe(
      'Beginnings of numbers that may be called in spite of the rest; "112" is that short code.',
    ),
  block: prefixes.default([]).describe('Beginnings of numbers that are never called.'),
  maxCallsPerSecond: maxCallsPerSecond
    .default(30)
    .describe('Calls that an account may begin within a second.'),
  maxCalls: maxCalls.exactOptional().describe('Outgoing calls of an account at once.'),
  dailyUsd: z
    .number('expected an amount in USD')
    .min(0, 'expected an amount in USD')
    .max(1_000_000, 'expected at most 1000000')
    .default(500)
    .describe('What an account may spend in a day (UTC), by the rates below.'),
  dailyMinutes: wholeNumber(0, 10_000_000)
    .exactOptional()
    .describe('Minutes that an account may call in a day; a minute counts when it begins.'),
  dailyCalls: wholeNumber(0, 10_000_000)
    .exactOptional()
    .describe('Calls that an account may place in a day.'),
  usdPerMinute: usd().default(0.05).describe('What a minute costs that no rate is known for.'),
  rates: z
    .record(
      z.string().regex(/^\+?[0-9]{1,15}$/, 'expected the beginning of a number'),
      usd(),
      'expected prices by prefix',
    )
    .default({})
    .describe('USD per minute by the beginning of the number, such as `"+44": 0.02`.'),
});

function usd() {
  return z
    .number('expected an amount in USD')
    .min(0, 'expected an amount in USD')
    .max(1_000, 'expected at most 1000');
}
