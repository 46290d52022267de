import type { SeededRandom } from '../random/seeded-random.ts';

const NUMBERS = [
  '-1',
  '0',
  '1',
  '255',
  '256',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9223372036854775808',
  '999999999999999999999999999999',
  '1e9',
  '0x10',
  '1.5',
  '+1',
  '00000000000000000001',
] as const;

const TOKENS = [
  '\0',
  '"',
  '<',
  '>',
  ';',
  ',',
  ':',
  '@',
  '|',
  '#',
  '*',
  '=',
  '?',
  '%00',
  '%0d%0a',
  '%',
  '\r\n',
  '\r\n ',
  '\r\n\r\n',
  '\n',
  '\r',
  '\t',
  ' ',
  '\\',
  '[',
  ']',
  '[::1]',
  '[::ffff:192.0.2.1]',
  '\xff',
  '\xc3\xa9',
  '\xa0',
  '\x0b',
  '\x0c',
  '\x85',
  '\xe2\x80\xa8',
  ';tag=',
  ';tag=x',
  ';lr',
  ';branch=z9hG4bK',
  ';received=1.1.1.1',
  ';rport=0',
  ';transport=tcp',
  '__proto__',
  'constructor',
  'sip:',
  'sips:',
  'tel:',
  'urn:service:sos',
  'SIP/2.0',
  'SIP/2.0/UDP',
  'Digest',
  'INVITE',
  'z9hG4bK',
  'a,b,c',
  '""',
  '<>',
  '(comment)',
] as const;

const HEADERS = [
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKextra',
  'Via: ,',
  'Route: <sip:192.0.2.9;lr>',
  'Record-Route: <sip:x;lr>',
  'Contact: *',
  'Contact:',
  'From: <sip:x@y>;tag=z',
  'To: sip:x@y;tag=z',
  'CSeq: 1 INVITE',
  'Call-ID: other',
  'Content-Length: 5',
  'l: 0',
  'Content-Type: application/sdp',
  'Require: nothing',
  'Proxy-Require: foo',
  'Require: 100rel',
  'Max-Forwards: 0',
  'Expires: 4294967295',
  'Session-Expires: 1',
  'Min-SE: 99999999999',
  'RAck: 0 0 ACK',
  'RSeq: 0',
  'Event: ;id=',
  'Subscription-State: terminated',
  'Authorization: Digest',
  'WWW-Authenticate: Digest realm=',
  'Refer-To: <',
  'Replaces: ;to-tag=',
  'Supported: timer',
  'Reason: SIP;cause=',
  'Retry-After: -1',
  ': empty name',
  'no colon at all',
] as const;

/** A little more than a datagram holds and a message may have. */
const MAX_INPUT_CHARS = 70_000;
const LONG = [255, 256, 1_023, 4_096, 20_000] as const;

/** Damages byte strings: bytes, numbers, tokens, lines, lengths, and parts of other inputs. */
export class Mutator {
  readonly #random: SeededRandom;
  readonly #others: readonly string[];

  constructor(random: SeededRandom, others: readonly string[]) {
    this.#random = random;
    this.#others = others;
  }

  /** One to four changes; sometimes none. */
  mutate(text: string): string {
    let mutated = text;
    for (let left = this.#random.below(5); left > 0; left--) mutated = this.#change(mutated);
    return mutated.slice(0, MAX_INPUT_CHARS);
  }

  #change(text: string): string {
    const random = this.#random;
    switch (random.below(16)) {
      case 0:
        return this.#replaceAt(text, 1, String.fromCharCode(random.below(256)));
      case 1:
        return this.#replaceAt(text, 0, String.fromCharCode(random.below(256)));
      case 2:
        return this.#replaceAt(text, 1 + random.below(20), '');
      case 3:
      case 4:
        return this.#replaceAt(text, random.below(3), random.pick(TOKENS));
      case 5:
      case 6:
        return this.#replaceMatch(text, /[0-9]+/g, random.pick(NUMBERS));
      case 7:
        return this.#replaceMatch(text, /[A-Za-z0-9._-]+/g, random.pick(TOKENS));
      case 8:
        return this.#lengthen(text);
      case 9:
      case 10:
      case 11:
        return this.#changeLines(text);
      case 12:
        return this.#splice(text);
      case 13:
        return text.slice(0, random.below(text.length + 1));
      case 14:
        return this.#flipCase(text);
      default:
        return this.#repeatPart(text);
    }
  }

  #replaceAt(text: string, removed: number, inserted: string): string {
    const at = this.#random.below(text.length + 1);
    return text.slice(0, at) + inserted + text.slice(at + removed);
  }

  #replaceMatch(text: string, pattern: RegExp, inserted: string): string {
    const matches = [...text.matchAll(pattern)];
    const match = this.#random.pick(matches);
    if (match === undefined) return text;
    return text.slice(0, match.index) + inserted + text.slice(match.index + match[0].length);
  }

  #lengthen(text: string): string {
    const random = this.#random;
    const unit = random.oneIn(3) ? random.pick(TOKENS) : 'a';
    const length = random.oneIn(8) ? random.pick(LONG) : random.below(300);
    return this.#replaceAt(text, 0, unit.repeat(Math.ceil(length / unit.length)));
  }

  #changeLines(text: string): string {
    const random = this.#random;
    const lines = text.split('\r\n');
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    switch (random.below(6)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, ...Array.from({ length: random.oneIn(20) ? 300 : 1 }, () => line));
        break;
      case 2:
        lines.splice(at, 1, lines[random.below(lines.length)] ?? '');
        break;
      case 3:
        lines.splice(1, 0, random.pick(HEADERS));
        break;
      case 4:
        lines[at] = line.slice(0, line.indexOf(':') + 1);
        break;
      default:
        lines[at] = line.replace(/^[^:]*/, (name) => name + random.pick(TOKENS));
    }
    return lines.join(random.oneIn(40) ? '\n' : '\r\n');
  }

  #splice(text: string): string {
    const random = this.#random;
    const other = random.pick(this.#others) ?? '';
    return (
      text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1))
    );
  }

  #flipCase(text: string): string {
    const at = this.#random.below(text.length + 1);
    const part = text.slice(at, at + 8);
    const flipped = part.replace(/[A-Za-z]/g, (letter) =>
      String.fromCharCode(letter.charCodeAt(0) ^ 32),
    );
    return text.slice(0, at) + flipped + text.slice(at + 8);
  }

  #repeatPart(text: string): string {
    const random = this.#random;
    const at = random.below(text.length + 1);
    const part = text.slice(at, at + 1 + random.below(40));
    return text.slice(0, at) + part.repeat(random.oneIn(20) ? 200 : 2) + text.slice(at);
  }
}
