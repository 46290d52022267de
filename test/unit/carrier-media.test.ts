import { expect, test } from 'vitest';
import { mediaTermsOf } from '../../src/carrier-media.ts';
import { DEFAULT_CARRIER } from '../../src/carriers/carrier.ts';

const CARRIER = { ...DEFAULT_CARRIER, id: 'a', name: 'a' };

test('a carrier without settings settles nothing', () => {
  expect(mediaTermsOf(CARRIER)).toEqual({});
});

test('its settings are the terms of its calls, but for codecs that its gateway has of its own', () => {
  const settings = { ptimeMs: 30, srtp: 'required', strictRtpAddress: true } as const;
  const carrier = { ...CARRIER, codecs: ['PCMA'], ...settings };

  expect(mediaTermsOf(carrier)).toEqual({
    codecs: ['PCMA'],
    ptimeMs: 30,
    srtp: 'required',
    strictAddress: true,
  });
  expect(mediaTermsOf(carrier, {})).toMatchObject({ codecs: ['PCMA'] });
  expect(mediaTermsOf(carrier, { codecs: ['PCMU'] })).toMatchObject({ codecs: ['PCMU'] });
});
