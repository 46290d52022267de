/** A SIP carrier: who may call from where, and where calls are sent. */
export interface Carrier {
  readonly name: string;
  /** IPv4 networks (`203.0.113.0/24`, or one address) whose calls are its. */
  readonly inbound: readonly string[];
  /** Undefined: it takes no outgoing calls. */
  readonly gateway?: Gateway;
  /** For digest authentication of outgoing calls. */
  readonly username?: string;
  readonly password?: string;
  /** Put before the number dialled. */
  readonly techPrefix?: string;
  /** Whether numbers keep their leading plus. */
  readonly e164LeadingPlus: boolean;
}

interface Gateway {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/** How one number is reached: where, with whose credentials, and as which user part. */
export interface Route {
  readonly carrier: Carrier;
  readonly gateway: Gateway;
  readonly toUser: string;
}

/** The number as the carrier wants it dialled. */
export function dialledUser(carrier: Carrier, number: string): string {
  const digits = carrier.e164LeadingPlus ? number : number.replace(/^\+/, '');
  return `${carrier.techPrefix ?? ''}${digits}`;
}
