/** SRV prefixes and NAPTR services of the transports: RFC 3263 section 4.1, RFC 7118 section 5.2. */
interface Service {
  readonly srv: string;
  readonly naptr: string;
  readonly isSecure: boolean;
  readonly defaultPort: number;
}

const SERVICES: Readonly<Record<string, Service>> = Object.freeze({
  udp: { srv: '_sip._udp', naptr: 'SIP+D2U', isSecure: false, defaultPort: 5_060 },
  tcp: { srv: '_sip._tcp', naptr: 'SIP+D2T', isSecure: false, defaultPort: 5_060 },
  tls: { srv: '_sips._tcp', naptr: 'SIPS+D2T', isSecure: true, defaultPort: 5_061 },
  ws: { srv: '_sip._ws', naptr: 'SIP+D2W', isSecure: false, defaultPort: 80 },
  wss: { srv: '_sips._ws', naptr: 'SIPS+D2W', isSecure: true, defaultPort: 443 },
});

export function serviceOf(transport: string): Service | undefined {
  return SERVICES[transport];
}
