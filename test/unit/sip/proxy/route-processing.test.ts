import { expect, test } from 'vitest';
import { noBytes } from '../../../../src/core/bytes.ts';
import { LocalIdentity } from '../../../../src/sip/local-identity.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import { processRoutes } from '../../../../src/sip/proxy/route-processing.ts';

const US = '<sip:10.0.0.1:5060;lr>';
const KEYED = '<sip:10.0.0.1;lr;via-key=k>';
const OTHER = '<sip:198.51.100.1;lr>';
const identity = new LocalIdentity({ addresses: ['10.0.0.1'], port: 5_060 });

test.each([
  ['nothing of ours', 'sip:a@b', [OTHER], { uri: 'sip:a@b', routes: [OTHER], tokens: [] }],
  ['our value on top', 'sip:a@b', [US, OTHER], { uri: 'sip:a@b', routes: [OTHER], tokens: [] }],
  ['both of our two values', 'sip:a@b', [KEYED, US], { uri: 'sip:a@b', routes: [], tokens: ['k'] }],
  [
    'not one that is behind another proxy',
    'sip:a@b',
    [OTHER, US],
    { uri: 'sip:a@b', routes: [OTHER, US], tokens: [] },
  ],
  [
    'the Request-URI of a strict router',
    'sip:10.0.0.1;lr;via-key=k',
    [OTHER, '<sip:a@b>'],
    { uri: 'sip:a@b', routes: [OTHER], tokens: ['k'] },
  ],
  [
    'a Request-URI that names us and has no route',
    'sip:10.0.0.1;lr',
    [],
    { uri: 'sip:10.0.0.1;lr', routes: [], tokens: [] },
  ],
])('takes off %s (RFC 3261 16.4)', (_, uri, routes, expected) => {
  const headers = new Headers(routes.map((value) => ({ name: 'Route', key: 'route', value })));
  const request = { type: 'request', method: 'BYE', uri, headers, body: noBytes() } as const;
  expect(processRoutes(request, identity)).toEqual(expected);
});
