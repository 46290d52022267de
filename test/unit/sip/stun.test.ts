import { expect, test } from 'vitest';
import { isStun, stunResponse } from '../../../src/sip/stun.ts';

const REQUEST = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');

// RFC 5769 sections 2.2 and 2.3: the mapped addresses of the sample responses.
test.each([
  ['192.0.2.1', '00200008' + '0001a147e112a643'],
  ['2001:db8:1234:5678:11:2233:4455:6677', '00200014' + '0002a1470113a9faa5d3f179bc25f4b5bed2b9d9'],
])('answers a binding request from %s with its address (RFC 5769)', (host, attribute) => {
  const answer = stunResponse(REQUEST, { host, port: 32_853 });
  expect(Buffer.from(answer ?? []).toString('hex')).toBe(
    `0101${(attribute.length / 2).toString(16).padStart(4, '0')}2112a442b7e7a701bc34d686fa87dfae${attribute}`,
  );
});

test('answers nothing else', () => {
  const source = { host: '192.0.2.1', port: 1 };
  expect(isStun(Buffer.from('OPTIONS sip:a SIP/2.0\r\n'))).toBe(false);
  expect(stunResponse(REQUEST.subarray(0, 19), source)).toBeUndefined();
  expect(stunResponse(Buffer.concat([REQUEST, Buffer.alloc(4)]), source)).toBeUndefined();
  expect(
    stunResponse(Buffer.concat([Buffer.of(1, 1), REQUEST.subarray(2)]), source),
  ).toBeUndefined();
});
