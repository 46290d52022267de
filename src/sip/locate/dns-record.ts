export type DnsType = 'NAPTR' | 'SRV' | 'A' | 'AAAA';

export interface DnsQuery {
  readonly name: string;
  readonly type: DnsType;
}

/** RFC 3403 section 4.1. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** What a name has of one type; no records when it has none or does not exist. */
export type DnsRecords =
  | { readonly type: 'NAPTR'; readonly records: readonly NaptrRecord[] }
  | { readonly type: 'SRV'; readonly records: readonly SrvRecord[] }
  | { readonly type: 'A' | 'AAAA'; readonly records: readonly string[] };

export function queryKey({ name, type }: DnsQuery): string {
  return `${type} ${name.toLowerCase().replace(/\.$/, '')}`;
}
