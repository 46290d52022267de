import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { isSecure } from '../sip/endpoint.ts';
import { hostText, isIpv6 } from '../sip/ip-address.ts';
import { MAX_MESSAGE_BYTES } from '../sip/message/sip-message.ts';
import type { SipChannel } from './sip-channel.ts';
import type { SipDestination } from './sip-connections.ts';
import { SipStreamChannel } from './sip-stream-channel.ts';
import { clientTls, type SipTlsOptions } from './sip-tls.ts';
import { SipWebSocketChannel } from './sip-websocket-channel.ts';

export interface SipDiallerOptions {
  readonly tls: SipTlsOptions;
  /** The own address to connect from, or undefined when the system is to choose. */
  readonly localAddressFor: (address: string) => string | undefined;
  readonly handshakeMs: number;
}

/** Opens a connection for SIP. `certificateName` is whom a certificate has to be for. */
export function dialSip(
  { tls, localAddressFor, handshakeMs }: SipDiallerOptions,
  to: SipDestination,
  certificateName: string,
): SipChannel {
  const { transport, address, port } = to;
  const localAddress = localAddressFor(address);
  const place = { host: address, port, ...(localAddress !== undefined && { localAddress }) };
  const security = isSecure(transport) ? clientTls(tls, certificateName) : {};
  if (transport === 'tls') {
    return new SipStreamChannel(connectTls({ ...place, ...security }), 'secureConnect');
  }
  if (transport !== 'ws' && transport !== 'wss') {
    return new SipStreamChannel(connect(place), 'connect');
  }
  // RFC 7118 section 4.1. The name stays in the Host header; the address is known already.
  const url = `${transport}://${hostText(certificateName)}:${port}/`;
  const family = isIpv6(address) ? 6 : 4;
  const socket = new WebSocket(url, 'sip', {
    ...security,
    ...(localAddress !== undefined && { localAddress }),
    lookup: (_name, options, found) => {
      if (options.all === true) found(null, [{ address, family }]);
      else found(null, address, family);
    },
    handshakeTimeout: handshakeMs,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  });
  return new SipWebSocketChannel(socket);
}
