import { createHash } from 'node:crypto';
import {
  type Carrier,
  type Credentials,
  DEFAULT_CARRIER,
  DEFAULT_GATEWAY,
  type Gateway,
  type NumberFormat,
} from './carrier.ts';

type Defaulted = 'id' | 'format' | 'isActive' | 'inbound' | 'outbound' | 'netmask';

/** A gateway as the configuration has it. */
type ConfiguredGateway = Omit<Gateway, Defaulted> & Partial<NumberFormat>;

/** A carrier as the configuration has it. */
export interface ConfiguredCarrier
  extends Omit<
      Carrier,
      | 'id'
      | 'accountId'
      | 'trunkType'
      | 'networks'
      | 'gateways'
      | 'credentials'
      | 'format'
      | 'isDefault'
    >,
    NumberFormat {
  readonly inbound: readonly string[];
  readonly gateway?: ConfiguredGateway;
  readonly gateways: readonly ConfiguredGateway[];
  readonly username?: string;
  readonly password?: string;
  readonly realm?: string;
}

/** A carrier of the configuration keeps its id as long as it keeps its name. */
export function carrierOfConfiguration(settings: ConfiguredCarrier): Carrier {
  const { gateway, gateways, inbound, username, password, realm, ...rest } = settings;
  const { techPrefix, e164LeadingPlus, nationalCountry, ...own } = rest;
  const credentials = credentialsOf({ username, password, realm });
  const all = [...(gateway === undefined ? [] : [gateway]), ...gateways];
  return {
    ...DEFAULT_CARRIER,
    ...own,
    id: idOf(own.name),
    trunkType: trunkTypeOf(own),
    networks: inbound,
    format: formatOf({ techPrefix, e164LeadingPlus, nationalCountry }),
    gateways: all.map((each, index) => gatewayOf(each, idOf(`${own.name}/${index}`))),
    ...(credentials !== undefined && { credentials }),
  };
}

function gatewayOf(settings: ConfiguredGateway, id: string): Gateway {
  const { techPrefix, e164LeadingPlus, nationalCountry, ...own } = settings;
  const netmask = own.host.includes(':') ? 128 : 32;
  const plus = e164LeadingPlus === undefined ? {} : { e164LeadingPlus };
  return {
    ...DEFAULT_GATEWAY,
    ...own,
    id,
    netmask,
    format: { ...definedOnly({ techPrefix, nationalCountry }), ...plus },
  };
}

function trunkTypeOf({ registration, inboundAuth }: Pick<Carrier, 'registration' | 'inboundAuth'>) {
  if (registration !== undefined) return 'reg';
  return inboundAuth === undefined ? 'static_ip' : 'auth';
}

function credentialsOf({
  username,
  password,
  realm,
}: Record<keyof Credentials, string | undefined>): Credentials | undefined {
  if (username === undefined || password === undefined) return undefined;
  return { username, password, ...definedOnly({ realm }) };
}

function formatOf(format: {
  readonly techPrefix: string | undefined;
  readonly e164LeadingPlus: boolean;
  readonly nationalCountry: string | undefined;
}): NumberFormat {
  const { e164LeadingPlus, techPrefix, nationalCountry } = format;
  return { e164LeadingPlus, ...definedOnly({ techPrefix, nationalCountry }) };
}

function definedOnly<Key extends string>(
  values: Readonly<Record<Key, string | undefined>>,
): { [Name in Key]?: string } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in Key]?: string };
}

/** The same UUID (version 8, RFC 9562) for the same name. */
function idOf(name: string): string {
  const hex = createHash('sha256').update(`trunkline carrier ${name}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
