import type { InboundRegister, InboundRequest, SipTransport } from './signaling.ts';
import type { SrfRequest, SrfResponse } from './srf-client.ts';

const TRANSPORTS: readonly SipTransport[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];
const MAX_CREDENTIALS = 8;
/** Where the next credentials begin in a line that the library made of several; never within a quoted string. */
const SCHEME = /,\s*(?=Digest\s)/i;
const PIECE = /"(?:[^"\\]|\\.)*"|[^"]+|"/g;

export function inboundRequest(req: SrfRequest): InboundRequest {
  return {
    method: req.method,
    uri: req.uri,
    body: req.body ?? '',
    authorizations: [
      ...credentialsOf(req.get('authorization')),
      ...credentialsOf(req.get('proxy-authorization')),
    ],
    sourceAddress: bareAddress(req.source_address),
    sourcePort: req.source_port,
    transport: transportOf(req),
  };
}

export function inboundRegister(req: SrfRequest): InboundRegister {
  return {
    ...inboundRequest(req),
    to: req.get('to') ?? '',
    callId: req.get('call-id') ?? '',
    cseq: req.get('cseq') ?? '',
    contact: req.get('contact'),
    expires: req.get('expires'),
    path: req.get('path'),
    supported: req.get('supported'),
    require: req.get('require'),
    via: req.get('via') ?? '',
  };
}

/**
 * One header for each challenge, best first (RFC 8760 section 2.3): they are not one list with commas. The library has one text for a
 * header, so the others follow on lines of their own.
 */
export function challenge(res: SrfResponse, challenges: readonly string[]): void {
  const lines = challenges.map((value) => value.replace(/[\r\n]/g, ''));
  res.send(401, { headers: { 'WWW-Authenticate': lines.join('\r\nWWW-Authenticate: ') } });
}

function credentialsOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const values = [''];
  for (const [piece] of text.matchAll(PIECE)) {
    const [first = '', ...others] = piece.startsWith('"') ? [piece] : piece.split(SCHEME);
    values.push(`${values.pop() ?? ''}${first}`, ...others);
  }
  return values.slice(0, MAX_CREDENTIALS);
}

/** The server says `tcp` of WebSocket too; the sender's Via (RFC 7118 section 5.1) tells them apart. */
function transportOf(req: SrfRequest): SipTransport {
  const protocol = req.protocol.toLowerCase();
  const sent = /^SIP\s*\/\s*2\.0\s*\/\s*(wss?)\s/i.exec(req.get('via') ?? '')?.[1]?.toLowerCase();
  const transport = protocol === 'tcp' ? (sent ?? protocol) : protocol;
  return TRANSPORTS.find((each) => each === transport) ?? 'udp';
}

function bareAddress(address: string): string {
  return address.replace(/^\[|\]$/g, '');
}
