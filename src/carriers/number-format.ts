import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import type { Carrier, Gateway, NumberFormat } from './carrier.ts';

/** What the gateway says over what its carrier says. */
export function formatOf(carrier: Carrier, gateway: Gateway): NumberFormat {
  return { ...carrier.format, ...gateway.format };
}

/** The number as it is to be dialled. What is not E.164 (an extension, a short code) keeps its digits. */
export function dialledUser(format: NumberFormat, number: string): string {
  return `${format.techPrefix ?? ''}${writtenOut(format, number)}`;
}

function writtenOut({ nationalCountry, e164LeadingPlus }: NumberFormat, number: string): string {
  const national =
    nationalCountry === undefined ? undefined : nationalForm(number, nationalCountry);
  return national ?? (e164LeadingPlus ? number : number.replace(/^\+/, ''));
}

function nationalForm(number: string, country: string): string | undefined {
  if (!number.startsWith('+')) return undefined;
  const parsed = parsePhoneNumberFromString(number);
  return parsed?.country === country ? parsed.formatNational().replace(/\D/g, '') : undefined;
}

/** What people put between digits (RFC 3966 section 5.1.1). */
const SEPARATORS = /[-.() ]/g;

/** The number that the user part of a URI is dialled as, however it is written; undefined for a name such as `alice`. */
export function dialledNumber(user: string): string | undefined {
  const [bare = ''] = user.split(/[;:]/, 1);
  return bare === '' || /^[\p{L}_]/u.test(bare) ? undefined : bare.replace(SEPARATORS, '');
}

/** The international number that a user part stands for where numbers are written as in {@link dialledUser}; undefined for a name. */
export function numberOf(format: Partial<NumberFormat>, user: string): string | undefined {
  const { techPrefix = '', nationalCountry } = format;
  const own = user.startsWith(techPrefix) ? user.slice(techPrefix.length) : user;
  const number = dialledNumber(own)?.replace(/^00/, '+');
  if (number === undefined || number.startsWith('+')) return number;
  if (nationalCountry === undefined || !isCountry(nationalCountry)) return number;
  return parsePhoneNumberFromString(number, nationalCountry)?.number ?? number;
}

export function isCountry(code: string): code is CountryCode {
  return isSupportedCountry(code);
}
