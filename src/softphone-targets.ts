import { type Binding, type Flow, outlivesItsFlow } from './registrar/binding.ts';
import { type SipUser, softphoneOf } from './registrar/sip-user.ts';
import type { DialTarget } from './signaling/signaling.ts';

/**
 * How one device of a softphone is called: back the way its REGISTER came, whatever its Contact says. So it is reached behind NAT and in a browser,
 * and nobody can register the address of somebody else to have us call there.
 */
export function softphoneTargets(
  { id, username }: SipUser,
  binding: Binding,
  from: string,
  settings: Pick<DialTarget, 'media' | 'dtmfType'>,
): readonly DialTarget[] {
  const { flow, contact } = binding;
  const target: DialTarget = {
    id: `softphone:${id}`,
    host: flow.address,
    port: flow.port,
    transport: flow.transport,
    toUser: username,
    requestUri: contact,
    fromUser: softphoneOf(from) ?? from,
    callerId: 'from',
    ...settings,
  };
  const overFlow = { ...target, outboundProxy: flowUri(flow) };
  // Its connection may be gone; it listens at the same address.
  const listens = flow.transport !== 'udp' && outlivesItsFlow(binding);
  return listens ? [overFlow, target] : [overFlow];
}

function flowUri({ transport, address, port }: Flow): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `sip:${host}:${port};transport=${transport};lr`;
}
