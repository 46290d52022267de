import { expect, test } from 'vitest';
import { parseSessionExpires } from '../../../src/sip/session-expires.ts';

test.each([
  ['1800', { seconds: 1_800, refresher: undefined }],
  ['1800;refresher=uac', { seconds: 1_800, refresher: 'uac' }],
  ['1800 ; Refresher = UAS', { seconds: 1_800, refresher: 'uas' }],
  ['1800;refresher=both;x', { seconds: 1_800, refresher: undefined }],
  ['4294967295', { seconds: 86_400, refresher: undefined }],
  ['4294967296', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Session-Expires %j is %j (RFC 4028 4)', (text, expected) => {
  expect(parseSessionExpires(text)).toEqual(expected);
});
