import { isIP } from 'node:net';
import type { Carrier, Gateway } from '../../carriers/carrier.ts';
import type { FieldError } from '../problem.ts';

export type IsOwnAddress = (host: string, port: number | undefined) => boolean;

/** Of an IPv6 network this much is the carrier's alone. */
const MIN_IPV6_BITS = 32;

/** Rules between the fields of a carrier: every one that is broken, under the name that the API has for the field. */
export function carrierProblems(
  carrier: Omit<Carrier, 'id' | 'accountId'>,
  isOwnAddress: IsOwnAddress,
): readonly FieldError[] {
  const { trunkType, registration, inboundAuth, gateways } = carrier;
  const errors: FieldError[] = [];
  if (trunkType === 'reg' && registration === undefined) {
    errors.push(required('registration', 'a trunk of type reg'));
  }
  if (trunkType === 'auth' && inboundAuth === undefined) {
    errors.push(required('inbound_auth', 'a trunk of type auth'));
  }
  for (const [index, gateway] of gateways.entries()) {
    const path = index === 0 ? 'sip_gateway' : `sip_gateways.${index - 1}`;
    const problem = gatewayProblem(path, gateway, isOwnAddress);
    if (problem !== undefined) errors.push(problem);
  }
  return errors;
}

function gatewayProblem(
  path: string,
  { host, port, inbound, netmask }: Gateway,
  isOwnAddress: IsOwnAddress,
): FieldError | undefined {
  const family = isIP(host);
  const at = `${path}.ipv4`;
  if (family === 0 && /^[\d.]+$/.test(host)) return invalid(at, 'is not an IPv4 address');
  if (family === 0 && inbound) {
    return invalid(
      at,
      'must be an IP address when inbound is true: calls are known by their source',
    );
  }
  if (family !== 0 && isNobody(host)) return invalid(at, 'is not the address of one host');
  if (isOwnAddress(host, port)) return invalid(at, 'is the SIP address of this server itself');
  const isNetmaskRight = family === 6 ? netmask >= MIN_IPV6_BITS : netmask <= 32;
  if (!isNetmaskRight) return invalid(`${path}.netmask`, 'does not fit the address');
  return undefined;
}

/** Unspecified, multicast and broadcast addresses; private and loopback ones may well be a carrier's. */
function isNobody(host: string): boolean {
  if (host.includes(':')) return /^(::|ff)/i.test(host) && !/^::.*[1-9a-f]/i.test(host);
  const first = Number(host.split('.')[0]);
  return first === 0 || first >= 224;
}

function required(path: string, by: string): FieldError {
  return { path, message: `${path} is required by ${by}`, code: 'required' };
}

function invalid(path: string, problem: string): FieldError {
  return { path, message: `${path} ${problem}`, code: 'invalid_value' };
}
