import { describe, expect, test } from 'vitest';
import { aggregate, chooseBest, isChallenge } from '../../../../src/sip/proxy/best-response.ts';
import { response } from '../../../support/sip/response-context-run.ts';

function finals(...messages: readonly ReturnType<typeof response>[]) {
  return messages.map((message) => ({ statusCode: message.statusCode, message }));
}

describe('RFC 3261 16.7 step 6', () => {
  test.each([
    [[404, 603, 302], 603],
    [[500, 404], 404],
    [[404, 302], 302],
    [[486, 420, 407, 401], 401],
    [[487, 404], 404],
    [[503, 504], 504],
    [[408, 503], 408],
    [[486, 404], 486],
  ])('%j: %i', (statuses, expected) => {
    expect(chooseBest(finals(...statuses.map((status) => response(status))))?.statusCode).toBe(
      expected,
    );
  });

  test('nothing of nothing', () => {
    expect(chooseBest([])).toBeUndefined();
  });
});

test('a 401 without a challenge asks for nothing', () => {
  expect(isChallenge(response(401))).toBe(false);
  expect(isChallenge(response(407, ['Proxy-Authenticate', 'Digest']))).toBe(true);
  expect(isChallenge(response(404, ['Proxy-Authenticate', 'Digest']))).toBe(false);
});

describe('RFC 3261 16.7 step 7', () => {
  test('a 401 goes back with the challenges of every 401 and 407, and of no other', () => {
    const all = finals(
      response(401, ['WWW-Authenticate', 'a']),
      response(407, ['Proxy-Authenticate', 'b'], ['WWW-Authenticate', 'c']),
      response(404, ['WWW-Authenticate', 'd']),
    );
    const { headers } = aggregate(all[0]?.message ?? response(0), all);
    expect(headers.lines('www-authenticate').map(({ value }) => value)).toEqual(['a', 'c']);
    expect(headers.lines('proxy-authenticate').map(({ value }) => value)).toEqual(['b']);
  });

  test('a 3xx goes back with the Contacts of all, each once', () => {
    const all = finals(
      response(302, ['Contact', '<sip:a>']),
      response(300, ['Contact', '<sip:b>;q=0.5, "A" <sip:a>']),
    );
    const { headers } = aggregate(all[0]?.message ?? response(0), all);
    expect(headers.values('contact')).toEqual(['<sip:a>', '<sip:b>;q=0.5']);
  });

  test('any other goes back as it is', () => {
    const all = finals(response(404), response(401, ['WWW-Authenticate', 'a']));
    const best = all[0]?.message ?? response(0);
    expect(aggregate(best, all)).toBe(best);
  });
});
