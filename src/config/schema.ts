import { z } from 'zod';
import { agentsSchema } from './agent-schema.ts';
import { carriersSchema, destinationsSchema } from './carrier-schema.ts';
import {
  baseUrl,
  dnsServer,
  host,
  ipv4,
  listeningHosts,
  listeningPort,
  name,
  numberBetween,
  phoneNumber,
  port,
  portRange,
  text,
  wholeNumber,
} from './fields.ts';
import { codecs, dtmfType, ptimeMs, srtp } from './media-fields.ts';
import { sipLimitsSchema } from './sip-limits-schema.ts';
import { speechThresholds } from './speech-thresholds.ts';

const http = z.strictObject({
  host: host.default('127.0.0.1').describe('Address that the REST API listens on.'),
  port: listeningPort.default(8_080).describe('TCP port of the REST API; 0 takes a free one.'),
  publicUrl: baseUrl('http:', 'https:')
    .exactOptional()
    .describe('Address under which clients reach the API, used in recording links.'),
});

const trace = z.strictObject({
  enabled: z
    .boolean('expected true or false')
    .default(true)
    .describe('Whether the SIP messages of every call are kept for its ladder.'),
  retentionDays: wholeNumber(1, 3_650)
    .default(30)
    .describe('Days after which a ladder is deleted.'),
  maxMessages: wholeNumber(10, 10_000)
    .default(200)
    .describe('Messages kept of one call: the first and the last.'),
  maxBytes: wholeNumber(10_000, 10_000_000)
    .default(262_144)
    .describe('Bytes of messages kept of one call.'),
  keepBodies: z
    .boolean('expected true or false')
    .default(false)
    .describe('Whether bodies other than SDP, sipfrag and DTMF are kept; else only their size is.'),
});

const hep = z.strictObject({
  host: host.describe('Where a copy of every SIP message of calls goes, such as a Homer server.'),
  port: port.default(9_060).describe('Its UDP port for HEP 3.'),
  captureId: wholeNumber(1, 4_294_967_295).default(2_001).describe('Number of this capture agent.'),
  password: text(100).exactOptional().describe('Sent with every packet, in clear.'),
  mask: z
    .boolean('expected true or false')
    .default(true)
    .describe('Whether secrets in messages are masked; keys of SRTP always are.'),
  outOfCall: z
    .boolean('expected true or false')
    .default(false)
    .describe('Whether REGISTER, OPTIONS and the like go there too.'),
});

const tls = z.strictObject({
  certificate: text(1_000)
    .exactOptional()
    .describe('PEM file of the certificate chain; left out, one is made and kept in `dataDir`.'),
  key: text(1_000).exactOptional().describe('PEM file of its key.'),
  clientCertificate: z
    .enum(['none', 'request', 'require'], 'expected none, request or require')
    .default('none')
    .describe('Whether peers that connect show a certificate: `none`, `request` or `require`.'),
  clientCa: text(1_000)
    .exactOptional()
    .describe('PEM file of who signs those; left out, the public authorities.'),
  ca: text(1_000)
    .exactOptional()
    .describe(
      'PEM file of who signs the certificates of carriers; left out, the public authorities.',
    ),
  unverifiedHosts: z
    .array(host, 'expected a list of host names or addresses')
    .default([])
    .describe('Carriers whose certificate is not checked, such as self-signed ones.'),
  wildcards: z
    .boolean('expected true or false')
    .default(false)
    .describe('Whether `*.carrier.example` in a certificate stands for a host; RFC 5922 says no.'),
});

const sipUser = z.strictObject({
  username: z
    .string('expected a name')
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/,
      'expected a name of letters, digits, dots, dashes, underscores or pluses',
    )
    .describe('User name, also the address: `sip:username`.'),
  password: text(128).min(8, 'expected at least 8 characters').describe('Password.'),
  displayName: text(100).exactOptional().describe('Name of whoever uses it.'),
  agent: name
    .exactOptional()
    .describe('Agent that answers its calls to numbers that nobody else answers.'),
  maxContacts: wholeNumber(1, 20).exactOptional().describe('Devices at once; left out, 5.'),
});

const softphones = z.strictObject({
  codecs: codecs
    .min(1, 'expected at least one codec')
    .default(['opus', 'G722', 'PCMU', 'PCMA'])
    .describe('In this order, in offers and in answers.'),
  ptimeMs: ptimeMs
    .exactOptional()
    .describe('Audio per packet where a softphone asks for no length; left out, 20.'),
  srtp: srtp.default('accept').describe('`off`, `accept`, `optional` or `required`.'),
  dtmfType: dtmfType.default('rfc2833').describe('`rfc2833`, `tones` or `info`.'),
});

const sip = z.strictObject({
  host: listeningHosts
    .default('127.0.0.1')
    .describe(
      'Address that SIP listens on, or a list, IPv4 and IPv6; `0.0.0.0` and `::` open it to the network.',
    ),
  port: listeningPort.default(5_060).describe('SIP port, UDP and TCP; 0 takes a free one.'),
  tlsPort: listeningPort
    .exactOptional()
    .describe('SIP port over TLS; 0 takes a free one. Left out, 5061 where it is free.'),
  wsPort: listeningPort
    .exactOptional()
    .describe('SIP port over WebSocket; 0 takes a free one. Left out, 5080 where it is free.'),
  wssPort: listeningPort
    .exactOptional()
    .describe(
      'SIP port over secure WebSocket; 0 takes a free one. Left out, 5081 where it is free.',
    ),
  tls: tls.prefault({}).describe('Certificates of SIP over TLS and secure WebSocket.'),
  webSocketOrigins: z
    .array(text(300), 'expected a list of origins')
    .exactOptional()
    .describe(
      'Origins of web pages that may connect, such as `https://phone.example`; left out, all.',
    ),
  keepAliveSeconds: wholeNumber(0, 600)
    .default(27)
    .describe('How often connections that we opened are pinged; 0 = never.'),
  sessionExpiresSeconds: wholeNumber(90, 86_400)
    .exactOptional()
    .describe(
      'How long a session lasts without a refresh; left out, 1800 for our calls, and for others what the caller asks for.',
    ),
  minSessionExpiresSeconds: wholeNumber(90, 86_400)
    .exactOptional()
    .describe('The shortest that our calls agree to; left out, 90.'),
  externalIp: ipv4
    .exactOptional()
    .describe('Address written into SIP and SDP when it is not the one listened on (NAT).'),
  dns: z
    .strictObject({
      servers: z
        .array(dnsServer)
        .min(1, 'expected at least one address')
        .max(8, 'expected at most 8 addresses')
        .exactOptional()
        .describe(
          'Addresses of DNS servers, `address` or `address:port`; left out, those of the system.',
        ),
    })
    .prefault({})
    .describe('How names of carriers are found (NAPTR, SRV, A).'),
  realm: text(100)
    .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'expected printable characters without quotes')
    .default('trunkline')
    .describe('Realm of softphones and `auth` trunks; passwords are good for one realm only.'),
  digestAlgorithms: z
    .array(z.enum(['SHA-256', 'MD5'], 'expected SHA-256 or MD5'), 'expected a list of algorithms')
    .min(1, 'expected at least one algorithm')
    .max(2, 'expected at most two algorithms')
    .default(['SHA-256', 'MD5'])
    .describe(
      'What softphones and `auth` trunks are asked for, best first; `[MD5]` for those that give up at SHA-256.',
    ),
  users: z
    .array(sipUser, 'expected a list of softphones')
    .max(1_000, 'expected at most 1000 softphones')
    .default([])
    .describe('Softphones that register here.'),
  softphones: softphones.prefault({}).describe('Audio of softphones.'),
  trace: trace.prefault({}).describe('SIP ladders of calls (docs/sip-trace.md).'),
  hep: hep.exactOptional().describe('Export of SIP messages by HEP 3.'),
  limits: sipLimitsSchema.prefault({}).describe('How much is heard of whom (docs/sip.md).'),
});

const rtp = z.strictObject({
  host: ipv4
    .exactOptional()
    .describe('IPv4 address of the RTP ports; left out, that of `sip.host`.'),
  ports: portRange
    .prefault('20000-29999')
    .describe('UDP ports of calls: an even one for RTP and the next for RTCP.'),
});

const vad = z.strictObject({
  ...speechThresholds,
  endFrames: wholeNumber(1, 60)
    .exactOptional()
    .describe('Silent frames of 32 ms in a row that end speech.'),
});

const media = z.strictObject({
  threads: wholeNumber(1, 64).default(1).describe('Threads of the media engine.'),
  duckDb: numberBetween(-60, 0)
    .default(-18)
    .describe('Attenuation of the agent, in dB, at the first sign of caller speech; 0 = none.'),
  vad: vad.exactOptional().describe('Voice activity detection.'),
});

const recordings = z.strictObject({
  format: z
    .enum(['mp3', 'wav', 'both'], 'expected mp3, wav or both')
    .default('mp3')
    .describe(
      'What is kept of a recording: `mp3`, `wav` (no work, 4 to 5 times the size) or `both`.',
    ),
});

const limits = z.strictObject({
  maxCalls: wholeNumber(1, 10_000)
    .default(200)
    .describe('Calls at once; one more is answered with 503.'),
  drainMs: wholeNumber(0, 3_600_000)
    .default(30_000)
    .describe('How long running calls may go on after SIGTERM.'),
  ringTimeoutMs: wholeNumber(1_000, 300_000)
    .default(60_000)
    .describe('How long an outgoing call may ring.'),
  rtpTimeoutMs: wholeNumber(0, 3_600_000)
    .default(30_000)
    .describe('A call without RTP for this long ends; 0 = never.'),
});

const drachtio = z.strictObject({
  host: host.describe('Host of a drachtio-server to use in place of the embedded SIP server.'),
  port: port.default(9_022).describe('Its application port.'),
  secret: text(200).describe('Its shared secret.'),
});

const log = z.strictObject({
  level: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'expected fatal, error, warn, info, debug, trace or silent',
    )
    .default('info')
    .describe('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.'),
});

const openai = z.strictObject({
  apiKey: text(500).exactOptional().describe('API key of OpenAI or a compatible server.'),
  baseUrl: baseUrl('http:', 'https:')
    .exactOptional()
    .describe('Address of a compatible server, up to and with `/v1`; left out, OpenAI’s own.'),
  llmModel: text(200).exactOptional().describe('Model that writes replies.'),
  sttModel: text(200).exactOptional().describe('Model that transcribes.'),
  ttsModel: text(200).exactOptional().describe('Model that speaks.'),
});

const deepgram = z.strictObject({
  apiKey: text(500).exactOptional().describe('API key of Deepgram.'),
  baseUrl: baseUrl('http:', 'https:', 'ws:', 'wss:')
    .exactOptional()
    .describe('Address of a compatible server; left out, Deepgram’s own.'),
  model: text(200).exactOptional().describe('Model that transcribes.'),
});

const providers = z.strictObject({
  stt: z
    .enum(['auto', 'openai', 'deepgram', 'sandbox'], 'expected auto, openai, deepgram or sandbox')
    .default('auto')
    .describe('Speech recognition: `openai`, `deepgram`, `sandbox`; `auto` goes by the keys set.'),
  llm: z
    .enum(['auto', 'openai', 'sandbox'], 'expected auto, openai or sandbox')
    .default('auto')
    .describe('Language model: `openai`, `sandbox`; `auto` goes by the keys set.'),
  tts: z
    .enum(['auto', 'openai', 'flite'], 'expected auto, openai or flite')
    .default('auto')
    .describe('Speech synthesis: `openai`, `flite`; `auto` goes by the keys set.'),
  openai: openai.prefault({}).describe('OpenAI or a compatible server.'),
  deepgram: deepgram.prefault({}).describe('Deepgram.'),
});

const number = z.strictObject({
  number: text(64).describe(
    'User part that was called, in quotes; "*" stands for every other one.',
  ),
  agent: name.describe('Name of the agent that answers.'),
  carrier: name
    .exactOptional()
    .describe('Name of the carrier that calls from this number leave by.'),
});

/** Every key of the configuration, with its default and its description. */
export const configSchema = z.strictObject({
  http: http.prefault({}).describe('REST API.'),
  sip: sip.prefault({}).describe('Embedded SIP server.'),
  rtp: rtp.prefault({}).describe('Audio of calls.'),
  dataDir: text(1_000).default('./data').describe('Folder of the database and the recordings.'),
  media: media.prefault({}).describe('Media engine.'),
  recordings: recordings.prefault({}).describe('Recordings of calls.'),
  limits: limits.prefault({}).describe('Limits.'),
  fromNumber: phoneNumber.exactOptional().describe('Caller id of outgoing calls that name none.'),
  apiKey: z
    .string('expected an API key')
    .regex(
      /^(tc_live_|sk_call2me_)[A-Za-z0-9_-]{16,200}$/,
      'expected tc_live_ and at least 16 letters or digits',
    )
    .exactOptional()
    .describe('The API key; left out, one is generated at the first start and printed once.'),
  drachtio: drachtio.exactOptional().describe('External SIP server.'),
  log: log.prefault({}).describe('Logging.'),
  providers: providers.prefault({}).describe('Speech and language providers.'),
  encryptionKey: text(500)
    .min(16, 'expected at least 16 characters')
    .exactOptional()
    .describe(
      'What the passwords of carriers are encrypted with in the database; left out, a key is made in the data folder.',
    ),
  carriers: carriersSchema.default([]).describe('SIP carriers.'),
  destinations: destinationsSchema.prefault({}).describe('Where accounts may call.'),
  numbers: z
    .array(number, 'expected a list of numbers')
    .default([])
    .describe('Which agent answers which number.'),
  agents: agentsSchema.default({}).describe('Agents by name.'),
});

type Frozen<T> = T extends (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

export type TrunklineConfig = Frozen<z.output<typeof configSchema>>;
