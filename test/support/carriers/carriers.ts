import {
  type Carrier,
  DEFAULT_CARRIER,
  DEFAULT_GATEWAY,
  type Gateway,
} from '../../../src/carriers/carrier.ts';

export function gatewayOf(settings: Partial<Gateway> & { readonly id: string }): Gateway {
  return { ...DEFAULT_GATEWAY, host: '192.0.2.1', netmask: 32, ...settings };
}

export function carrierOf(settings: Partial<Carrier> & { readonly id: string }): Carrier {
  return { ...DEFAULT_CARRIER, name: settings.id, ...settings };
}
