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

export function isCountry(code: string): code is CountryCode {
  return isSupportedCountry(code);
}
