import { describe, expect, test } from 'vitest';
import { noBytes } from '../../../src/core/bytes.ts';
import { Headers, header } from '../../../src/sip/message/headers.ts';
import type { SipRequest } from '../../../src/sip/message/sip-message.ts';
import { serializeSessionExpires } from '../../../src/sip/session-expires.ts';
import {
  answerExpires,
  tooSmallInterval,
  withAnswerExpires,
  withRequestExpires,
} from '../../../src/sip/session-negotiation.ts';

function invite(lines: readonly (readonly [string, string])[]): SipRequest {
  const headers = Headers.of(...lines);
  return { type: 'request', method: 'INVITE', uri: 'sip:x@h', headers, body: noBytes() };
}

const KNOWS = ['Supported', 'timer'] as const;

describe('our 2xx says (RFC 4028 9, table 2)', () => {
  test.each([
    ['nothing when nobody asks', [KNOWS], undefined, undefined],
    [
      'what the caller asks, the caller refreshing',
      [KNOWS, ['x', '1800']],
      undefined,
      '1800;refresher=uac',
    ],
    [
      'what a proxy asks for a caller that knows no timer',
      [['Session-Expires', '1800']],
      undefined,
      '1800;refresher=uas',
    ],
    [
      'the refresher that the caller names',
      [KNOWS, ['x', '1800;refresher=uas']],
      undefined,
      '1800;refresher=uas',
    ],
    ['what the application wants', [KNOWS], '600;refresher=uas', '600;refresher=uas'],
    ['that a caller without timers does not refresh', [], '600;refresher=uac', '600;refresher=uas'],
    ['no more than the caller asks', [KNOWS, ['x', '300']], '600', '300;refresher=uac'],
    ['no less than Min-SE', [KNOWS, ['x', '1800'], ['Min-SE', '900']], '120', '900;refresher=uac'],
    ['no less than 90 s', [], '5', '90;refresher=uas'],
    [
      'what a caller without timers asks too small, as 90 s',
      [['x', '30']],
      undefined,
      '90;refresher=uas',
    ],
  ] as const)('%s', (_name, lines, given, expected) => {
    const own = given === undefined ? [] : [header('Session-Expires', given)];
    const expires = answerExpires(invite(lines), own, undefined);

    expect(expires && serializeSessionExpires(expires)).toBe(expected);
  });

  test.each([
    ['us', [KNOWS], '1200;refresher=uas'],
    ['peer', [KNOWS], '1200;refresher=uac'],
    ['peer', [], '1200;refresher=uas'],
    ['us', [KNOWS, ['x', '600;refresher=uac']], '600;refresher=uac'],
  ] as const)(
    'with %s refreshing so far and a request with %j: %s',
    (refresher, lines, expected) => {
      const current = { intervalSeconds: 1_200, refresher };
      const expires = answerExpires(invite(lines), [], current);

      expect(expires && serializeSessionExpires(expires)).toBe(expected);
    },
  );

  test('Require: timer when the caller must refresh, and only then', () => {
    const given = [header('Session-Expires', '5'), header('X-Y', 'z')];
    const uac = withAnswerExpires(given, { seconds: 90, refresher: 'uac' });
    const uas = withAnswerExpires(given, { seconds: 90, refresher: 'uas' });

    expect(uac.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'X-Y: z',
      'Session-Expires: 90;refresher=uac',
      'Require: timer',
    ]);
    expect(uas.map(({ name }) => name)).toEqual(['X-Y', 'Session-Expires']);
  });
});

test.each([
  [[KNOWS, ['x', '89']], ['90']],
  [[KNOWS, ['x', '90']], undefined],
  [[['x', '30']], undefined],
  [[KNOWS, ['x', 'junk']], undefined],
] as const)('%j has a Min-SE of %j in its refusal (RFC 4028 9)', (lines, expected) => {
  expect(tooSmallInterval(invite(lines))?.map(({ value }) => value)).toEqual(expected);
});

test.each([
  [[], undefined, undefined, []],
  [[], undefined, 1_800, ['1800']],
  [['600'], undefined, 1_800, ['600']],
  [[], { intervalSeconds: 300, refresher: 'us' }, 1_800, ['300;refresher=uac']],
  [[], { intervalSeconds: 300, refresher: 'peer' }, undefined, ['300;refresher=uas']],
] as const)(
  'our request with %j, running %j, default %j asks for %j (RFC 4028 7.1, 7.4)',
  (given, current, seconds, expected) => {
    const own = given.map((value) => header('Session-Expires', value));
    const lines = withRequestExpires([header('Supported', 'Timer, x'), ...own], current, seconds);

    expect(lines.filter(({ key }) => key === 'session-expires').map(({ value }) => value)).toEqual(
      expected,
    );
    expect(lines.filter(({ key }) => key === 'supported').length).toBe(1);
  },
);
