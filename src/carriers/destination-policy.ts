import parsePhoneNumber, { type PhoneNumber } from 'libphonenumber-js/max';

/** Where calls may go. All prefixes are digits of the international number, without the plus. */
export interface DestinationRules {
  /** ISO 3166 codes; empty: every country. */
  readonly countries: readonly string[];
  /** Beginnings of numbers that are called whatever else is said here; a short code (`112`) stands for itself. */
  readonly allow: readonly string[];
  /** Beginnings of numbers that are never called. */
  readonly block: readonly string[];
}

export type DestinationVerdict =
  | { readonly isAllowed: true }
  | {
      readonly isAllowed: false;
      /** What comes after the name of the field: `is a satellite number, ...`. */
      readonly detail: string;
    };

/** E.164 country codes of satellite networks and of numbers that cost what their owner likes. */
const COSTLY_PREFIXES: Readonly<Record<string, string>> = Object.freeze({
  '870': 'a satellite number',
  '878': 'a personal number of the international kind',
  '881': 'a satellite number',
  '882': 'a number of an international network',
  '883': 'a number of an international network',
  '979': 'an international premium-rate number',
});

/** Shorter than any number of a subscriber: emergency calls, directory enquiries, text-message services. */
const SHORT_CODE_MAX_DIGITS = 6;
const MAX_DIGITS = 15;

const PREMIUM_RATE = 'PREMIUM_RATE';
const ALLOWED: DestinationVerdict = Object.freeze({ isAllowed: true });

/** How often a national prefix may be in front of a number: `+49 0 0 30`. */
const MAX_NATIONAL_PREFIXES = 3;

/**
 * The number that a network may well connect for this one: `+49 0 30 1234` is `+49 30 1234`, written with the national prefix. Every rule holds for
 * both. What is no number stays as it is.
 */
export function withoutNationalPrefix(number: string): string {
  const whole = `+${number.replace(/^\+/, '')}`;
  let current = whole;
  for (let round = 0; round < MAX_NATIONAL_PREFIXES; round += 1) {
    const shorter = parsePhoneNumber(current)?.number;
    if (shorter === undefined || shorter.length >= current.length) break;
    current = shorter;
  }
  return current === whole ? number : current;
}

/**
 * Whether a number may be called. What a rule says of the longest beginning counts; of equals, `block`. Without a rule, short codes (emergency calls
 * among them), satellite and premium-rate numbers, other countries than those named, and what is not in international form are refused.
 */
export function checkDestination(rules: DestinationRules, number: string): DestinationVerdict {
  const verdict = checkNumber(rules, number);
  const other = withoutNationalPrefix(number);
  return verdict.isAllowed && other !== number ? checkNumber(rules, other) : verdict;
}

function checkNumber(rules: DestinationRules, number: string): DestinationVerdict {
  const digits = number.replace(/^\+/, '');
  if (!/^\d+$/.test(digits) || digits.length > MAX_DIGITS) return refused('is not a phone number');
  if (digits.length <= SHORT_CODE_MAX_DIGITS) return checkShortCode(rules, digits);
  const allowed = longestMatch(rules.allow, digits);
  const blocked = longestMatch(rules.block, digits);
  if (blocked > 0 && blocked >= allowed) return refused('is blocked by the configuration');
  if (allowed > 0) return ALLOWED;
  // No country code begins with it: some network would read it as an escape to anywhere.
  if (digits.startsWith('0')) return refused('is not in international form');
  const costly = COSTLY_PREFIXES[digits.slice(0, 3)];
  if (costly !== undefined) return refused(`is ${costly}, which is not called unless allowed`);
  return checkCountry(rules, parsePhoneNumber(`+${digits}`));
}

function checkShortCode({ allow, block }: DestinationRules, digits: string): DestinationVerdict {
  if (allow.includes(digits) && !block.includes(digits)) return ALLOWED;
  return refused(
    'is an emergency number or another short code, which is not called unless allowed',
  );
}

function checkCountry(
  { countries }: DestinationRules,
  parsed: PhoneNumber | undefined,
): DestinationVerdict {
  if (parsed !== undefined && isPremiumRate(parsed)) {
    return refused('is a premium-rate number, which is not called unless allowed');
  }
  if (countries.length === 0) return ALLOWED;
  const country = parsed?.country;
  if (country !== undefined && countries.includes(country)) return ALLOWED;
  return refused(`is in ${country ?? 'an unknown country'}, which is not called unless allowed`);
}

/** A number with too many or too few digits is judged by what it begins with: the network may still connect it. */
function isPremiumRate(parsed: PhoneNumber): boolean {
  const type = parsed.getType();
  if (type !== undefined) return type === PREMIUM_RATE;
  const digits = parsed.number.slice(1);
  for (let length = SHORT_CODE_MAX_DIGITS + 1; length <= MAX_DIGITS; length += 1) {
    const other = parsePhoneNumber(`+${digits.slice(0, length).padEnd(length, '0')}`);
    if (other?.getType() === PREMIUM_RATE) return true;
  }
  return false;
}

/** 0 when none does. */
function longestMatch(prefixes: readonly string[], digits: string): number {
  return Math.max(
    0,
    ...prefixes.filter((each) => digits.startsWith(each)).map((each) => each.length),
  );
}

function refused(what: string): DestinationVerdict {
  return { isAllowed: false, detail: what };
}
