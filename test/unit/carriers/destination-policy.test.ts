import { describe, expect, test } from 'vitest';
import {
  checkDestination,
  type DestinationRules,
  withoutNationalPrefix,
} from '../../../src/carriers/destination-policy.ts';

const OPEN: DestinationRules = { countries: [], allow: [], block: [] };

function verdict(rules: Partial<DestinationRules>, number: string): string {
  const found = checkDestination({ ...OPEN, ...rules }, number);
  return found.isAllowed ? 'allowed' : found.detail;
}

describe('without any rule', () => {
  test.each([
    ['a number of a town', '+493012345678', /^allowed$/],
    ['a mobile number', '+4915112345678', /^allowed$/],
    ['a number of the USA', '+14155550123', /^allowed$/],
    ['Inmarsat', '+870773111632', /satellite/],
    ['a personal number', '+878101234567', /personal number/],
    ['Iridium', '+881612345678', /satellite/],
    ['an international network', '+882161234567', /international network/],
    ['another one', '+883510001234', /international network/],
    ['an international premium-rate number', '+979123456789', /premium/],
    ['a premium-rate number of Germany', '+499001234567', /premium-rate/],
    ['one with a digit too many', '+4990012345678', /premium-rate/],
    ['one with a digit too few', '+49900123456', /premium-rate/],
    ['a number that is none, but not costly', '+493099999', /^allowed$/],
    ['one for examples', '+15551234567', /^allowed$/],
    ['a premium-rate number of the USA', '+19002345678', /premium-rate/],
    ['a premium-rate number of Britain', '+449098790000', /premium-rate/],
    ['112', '112', /emergency/],
    ['911', '911', /emergency/],
    ['999', '+999', /emergency/],
    ['directory enquiries', '11880', /short code/],
    ['six digits', '116117', /short code/],
    ['an international call in national form', '00881612345678', /international form/],
    ['one from the USA', '011881612345678', /international form/],
    ['a national number', '03012345678', /international form/],
    ['letters', 'sip:x', /is not a phone number/],
    ['too many digits', '+1234567890123456', /is not a phone number/],
    ['nothing', '', /is not a phone number/],
  ])('%s', (_name, number, expected) => {
    expect(verdict({}, number)).toMatch(expected);
  });

  test('a refusal has no digit of the number', () => {
    expect(verdict({}, '+881612345678')).toMatch(/^is [^\d]+$/);
  });
});

describe('countries', () => {
  test.each([
    ['+493012345678', 'allowed'],
    ['+4990012345678', /premium-rate/],
    ['+33142278186', 'is in FR, which is not called unless allowed'],
    ['+14155550123', 'is in US, which is not called unless allowed'],
    ['+18765551234', 'is in JM, which is not called unless allowed'],
    ['+80012345678', /unknown country/],
  ])('with DE only, %s: %s', (number, expected) => {
    expect(verdict({ countries: ['DE'] }, number)).toMatch(expected);
  });

  test('those that share a country code are told apart', () => {
    expect(verdict({ countries: ['CA'] }, '+14165550123')).toBe('allowed');
    expect(verdict({ countries: ['CA'] }, '+12125550123')).toContain('US');
  });
});

describe('prefixes', () => {
  test.each([
    ['satellites', { allow: ['881'] }, '+881612345678', 'allowed'],
    ['premium-rate numbers', { allow: ['49900'] }, '+4990012345678', 'allowed'],
    ['a country', { countries: ['DE'], allow: ['33'] }, '+33142278186', 'allowed'],
    ['an emergency number', { allow: ['112'] }, '112', 'allowed'],
    ['only the whole of a short code', { allow: ['11'] }, '112', /emergency/],
  ])('%s can be allowed', (_name, rules, number, expected) => {
    expect(verdict(rules, number)).toMatch(expected);
  });

  test.each([
    ['the longer one counts', { block: ['49'], allow: ['4930'] }, '+493012345678', 'allowed'],
    ['either way', { allow: ['49'], block: ['4930'] }, '+493012345678', /blocked/],
    ['of equals, block', { allow: ['49'], block: ['49'] }, '+493012345678', /blocked/],
    ['a short code too', { allow: ['112'], block: ['112'] }, '112', /emergency/],
  ])('%s', (_name, rules, number, expected) => {
    expect(verdict(rules, number)).toMatch(expected);
  });
});

test.each([
  ['+4930123456', '+4930123456'],
  ['+49030123456', '+4930123456'],
  ['+490030123456', '+4930123456'],
  ['49030123456', '+4930123456'],
  ['+390612345678', '+390612345678'],
  ['112', '112'],
  ['sip:x', 'sip:x'],
])('%s may be connected as %s: the rules are for both', (number, expected) => {
  expect(withoutNationalPrefix(number)).toBe(expected);
});

test.each(['+4930123456', '+49030123456', '+490030123456', '49030123456'])(
  'a block of Berlin holds for %s',
  (number) => {
    expect(verdict({ block: ['4930'] }, number)).toBe('is blocked by the configuration');
  },
);
