import { expect, test } from 'vitest';
import { outboundCredentials } from '../../../src/carriers/carrier.ts';
import { carrierOf } from '../../support/carriers/carriers.ts';

const registration = { username: 'reg', password: 'r', realm: 'telco', expiresSeconds: 600 };
const credentials = { username: 'out', password: 'o' };

test.each([
  [{}, undefined],
  [{ credentials }, credentials],
  [{ registration }, { username: 'reg', password: 'r', realm: 'telco' }],
  [{ registration, credentials }, credentials],
])('calls of %j authenticate with %j', (settings, expected) => {
  expect(outboundCredentials(carrierOf({ id: 'a', ...settings }))).toEqual(expected);
});
