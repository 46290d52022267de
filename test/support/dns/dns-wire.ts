/** As much of RFC 1035, 2782, 3403 and 3596 as a test's DNS server needs. */
export const DNS_TYPES = { A: 1, CNAME: 5, AAAA: 28, SRV: 33, NAPTR: 35 } as const;

export type DnsTypeName = keyof typeof DNS_TYPES;

export interface ZoneRecord {
  readonly type: DnsTypeName;
  readonly ttl?: number;
  /** Address, canonical name, `priority weight port target`, or `order preference flags service replacement`. */
  readonly data: string;
}

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: DnsTypeName | undefined;
  /** The question section as it came. */
  readonly bytes: Buffer;
}

export function parseQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  while (at < message.length && message[at] !== 0) {
    const length = message[at] ?? 0;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const number = message.readUInt16BE(at + 1);
  const names = Object.keys(DNS_TYPES) as DnsTypeName[];
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: names.find((name) => DNS_TYPES[name] === number),
    bytes: message.subarray(12, at + 5),
  };
}

export interface AnswerParts {
  readonly id: number;
  readonly question: Buffer;
  readonly rcode?: number;
  readonly isTruncated?: boolean;
  readonly records: readonly (ZoneRecord & { readonly owner: string })[];
}

export function encodeAnswer({
  id,
  question,
  rcode = 0,
  isTruncated = false,
  records,
}: AnswerParts): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x8580 | (isTruncated ? 0x0200 : 0) | rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, question, ...records.map(encodeRecord)]);
}

function encodeRecord({ owner, type, ttl = 60, data }: ZoneRecord & { owner: string }): Buffer {
  const body = encodeData(type, data);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(DNS_TYPES[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(body.length, 8);
  return Buffer.concat([encodeName(owner), fixed, body]);
}

function encodeData(type: DnsTypeName, data: string): Buffer {
  const fields = data.split(' ');
  switch (type) {
    case 'A':
      return Buffer.from(data.split('.').map(Number));
    case 'AAAA':
      return encodeIpv6(data);
    case 'CNAME':
      return encodeName(data);
    case 'SRV':
      return Buffer.concat([numbers(fields.slice(0, 3)), encodeName(fields[3] ?? '')]);
    default: {
      const [order = '', preference = '', flags = '', service = '', replacement = ''] = fields;
      const texts = [flags, service, ''].map(encodeText);
      return Buffer.concat([numbers([order, preference]), ...texts, encodeName(replacement)]);
    }
  }
}

function numbers(values: readonly string[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, at) => {
    bytes.writeUInt16BE(Number(value), 2 * at);
  });
  return bytes;
}

function encodeText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map(encodeText), Buffer.from([0])]);
}

function encodeIpv6(address: string): Buffer {
  const [left = '', right] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const tail = groups(right ?? '');
  const gap = Array.from({ length: 8 - groups(left).length - tail.length }, () => '0');
  const all = right === undefined ? groups(left) : [...groups(left), ...gap, ...tail];
  return numbers(all.map((group) => `${Number.parseInt(group, 16)}`));
}
