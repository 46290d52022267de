import { expect, test } from 'vitest';
import { dialledUser, formatOf, isCountry } from '../../../src/carriers/number-format.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';

test.each([
  [{ e164LeadingPlus: true }, '+15551234567', '+15551234567'],
  [{ e164LeadingPlus: false }, '+15551234567', '15551234567'],
  [{ e164LeadingPlus: true, techPrefix: '88' }, '+15551234567', '88+15551234567'],
  [{ e164LeadingPlus: false, techPrefix: '99#' }, '+15551234567', '99#15551234567'],
  [{ e164LeadingPlus: true, nationalCountry: 'DE' }, '+493012345678', '03012345678'],
  [{ e164LeadingPlus: true, nationalCountry: 'DE' }, '+33142278186', '+33142278186'],
  [{ e164LeadingPlus: false, nationalCountry: 'FR' }, '+33142278186', '0142278186'],
  [{ e164LeadingPlus: false, nationalCountry: 'DE' }, '1001', '1001'],
])('with %j, %s is dialled as %s', (format, number, expected) => {
  expect(dialledUser(format, number)).toBe(expected);
});

test('what the gateway says goes over what the carrier says', () => {
  const carrier = carrierOf({ id: 'a', format: { e164LeadingPlus: true, techPrefix: '1' } });
  const gateway = gatewayOf({ id: 'g', format: { techPrefix: '2' } });

  expect(formatOf(carrier, gateway)).toEqual({ e164LeadingPlus: true, techPrefix: '2' });
});

test('countries are those that numbers are known of', () => {
  expect(['DE', 'US', 'de', 'XX', 'constructor'].map(isCountry)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
