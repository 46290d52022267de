import type { SeededRandom } from '../random/seeded-random.ts';

const NUMBERS = [
  '-1',
  '0',
  '1',
  '9',
  '60',
  '61',
  '127',
  '128',
  '65535',
  '65536',
  '2147483648',
  '4294967296',
  '9223372036854775808',
  '999999999999999999999999999999',
  '1e9',
  '0x10',
  '20.5',
  '00000000000000000020',
] as const;

const WORDS = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\nm=audio 1 RTP/AVP 0',
  '\r\na=crypto:1 x inline:y',
  ' ',
  '\t',
  ':',
  '/',
  ';',
  '|',
  '=',
  '==',
  '-',
  '',
  '\xff',
  '\u2028',
  '__proto__',
  'IP6',
  '::',
  '::ffff:0.0.0.0',
  '255.255.255.255',
  'RTP/SAVP',
  'RTP/SAVPF',
  'rtp/avp',
  'audio',
  'opus/48000/2',
  'L16/8000/1',
  'telephone-event/48000',
  'CN/8000',
  'AEAD_AES_256_GCM',
  'AES_CM_128_HMAC_SHA1_32',
] as const;

const KEY = 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0e';

/** Lines that mean something to us, with a `#` for each number. */
const LINES = [
  'a=rtpmap:# opus/48000/#',
  'a=rtpmap:# L16/#/#',
  'a=rtpmap:# telephone-event/#',
  'a=rtpmap:# CN/#',
  'a=rtpmap:# PCMU/#',
  'a=fmtp:# useinbandfec=#;maxplaybackrate=#',
  'a=ptime:#',
  'a=maxptime:#',
  'a=rtcp-mux',
  'a=sendonly',
  'a=inactive',
  'c=IN IP4 0.0.0.#',
  'c=IN IP6 ::#',
  'b=AS:#',
  't=# #',
  'm=audio # RTP/AVP # # #',
  'm=audio # RTP/SAVP # #',
  'm=video # RTP/AVP #',
  `a=crypto:# AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
  `a=crypto:# AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^#|#:#`,
  `a=crypto:# AES_CM_128_HMAC_SHA1_32 inline:${KEY}|# WSH=# KDR=#`,
  `a=crypto:# AEAD_AES_128_GCM inline:${KEY}==`,
  `a=crypto:# AES_CM_128_HMAC_SHA1_80 inline:${KEY};inline:${KEY} UNENCRYPTED_SRTP`,
] as const;

/** Around every limit that a list of lines has. */
const REPEATS = [1, 2, 15, 16, 17, 63, 64, 65, 1_000] as const;
const LENGTHS = [64, 65, 255, 256, 4_096, 16_384] as const;

/** Damages session descriptions by their grammar: lines, fields, numbers, and how often a line comes. */
export class SdpMutator {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** One to eight changes; sometimes none. */
  mutate(text: string): string {
    const lines = text.split('\r\n');
    for (let left = this.#random.below(9); left > 0; left--) this.#change(lines);
    return lines.join(this.#random.oneIn(30) ? '\n' : '\r\n');
  }

  #change(lines: string[]): void {
    const random = this.#random;
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    switch (random.below(10)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        this.#repeat(lines, at, line);
        break;
      case 2:
      case 3:
        lines.splice(at, 0, this.#newLine());
        break;
      case 4:
        this.#repeat(lines, at, this.#newLine());
        break;
      case 5:
      case 6:
        lines[at] = this.#replaced(line, /\d+/g, random.pick(NUMBERS));
        break;
      case 7:
        lines[at] = this.#replaced(line, /[^ :;/|=]+/g, random.pick(WORDS));
        break;
      case 8:
        lines.splice(random.below(lines.length), 0, ...lines.splice(at, 1));
        break;
      default:
        lines[at] = this.#lengthened(line);
    }
  }

  /** As it is each time, or with other numbers. */
  #repeat(lines: string[], at: number, line: string): void {
    const count = this.#random.pick(REPEATS);
    const isSame = this.#random.oneIn(2);
    const copy = () => (isSame ? line : this.#replaced(line, /\d+/g, this.#number()));
    lines.splice(at, 0, ...Array.from({ length: count }, copy));
  }

  #newLine(): string {
    return this.#random.pick(LINES).replaceAll('#', () => this.#number());
  }

  /** Mostly one that could be meant. */
  #number(): string {
    const random = this.#random;
    return random.oneIn(4) ? random.pick(NUMBERS) : String(random.below(130));
  }

  #replaced(line: string, pattern: RegExp, by: string): string {
    const match = this.#random.pick([...line.matchAll(pattern)]);
    if (match === undefined) return line;
    return line.slice(0, match.index) + by + line.slice(match.index + match[0].length);
  }

  #lengthened(line: string): string {
    const random = this.#random;
    const unit = random.oneIn(2) ? random.pick(WORDS) : 'A';
    const at = random.below(line.length + 1);
    const length = random.pick(LENGTHS) / Math.max(1, unit.length);
    return line.slice(0, at) + unit.repeat(length) + line.slice(at);
  }
}
