import { describe, expect, test } from 'vitest';
import { DigestSession } from '../../../src/signaling/digest-session.ts';
import { RealmPins } from '../../../src/signaling/realm-pins.ts';
import type { Credentials } from '../../../src/signaling/signaling.ts';
import { FakeResponse } from './fake-srf.ts';

const REQUEST = { method: 'INVITE', uri: 'sip:1@gw', body: '' };

function session(credentials: Partial<Credentials> = {}, pins = new RealmPins()): DigestSession {
  return new DigestSession({
    credentials: { username: 'u', password: 'p', ...credentials },
    server: 'gw',
    pins,
    createCnonce: () => 'c',
  });
}

function authorization(headers: Readonly<Record<string, string>> | undefined): string {
  return headers === undefined ? '' : Object.values(headers).join();
}

function challenge(parameters: string, status: 401 | 407 = 401): FakeResponse {
  const name = status === 401 ? 'www-authenticate' : 'proxy-authenticate';
  return new FakeResponse(status, { [name]: `Digest ${parameters}` });
}

describe('a challenged request', () => {
  test('is sent again with credentials, once', () => {
    const round = session().round();
    const first = round.answer(challenge('realm="r", nonce="1", qop=auth'), REQUEST);

    expect(authorization(first)).toContain('nc=00000001');
    expect(round.answer(challenge('realm="r", nonce="2", qop=auth'), REQUEST)).toBeUndefined();
  });

  test('is sent once more when only the nonce was stale (RFC 7616 section 3.3)', () => {
    const round = session().round();
    round.answer(challenge('realm="r", nonce="1"'), REQUEST);
    const stale = challenge('realm="r", nonce="2", stale=true');

    expect(authorization(round.answer(stale, REQUEST))).toContain('nonce="2"');
    expect(round.answer(stale, REQUEST)).toBeUndefined();
  });

  test('satisfies a proxy and its server (RFC 3261 section 22.3)', () => {
    const round = session().round();
    const first = round.answer(challenge('realm="r", nonce="1"', 407), REQUEST);
    const second = round.answer(challenge('realm="r", nonce="2"'), REQUEST);

    expect(Object.keys(first ?? {})).toEqual(['Proxy-Authorization']);
    expect(Object.keys(second ?? {})).toEqual(['Proxy-Authorization', 'Authorization']);
  });

  test('takes the strongest of several challenges', () => {
    const both =
      'realm="r", nonce="1", algorithm=MD5,Digest realm="r", nonce="2", algorithm=SHA-256';

    expect(authorization(session().round().answer(challenge(both), REQUEST))).toContain(
      'algorithm=SHA-256',
    );
  });

  test('of another kind of response is not', () => {
    expect(session().round().answer(new FakeResponse(403), REQUEST)).toBeUndefined();
    expect(session().round().answer(new FakeResponse(401), REQUEST)).toBeUndefined();
  });
});

describe('nonce count', () => {
  test('goes on with the nonce over the requests of a call (RFC 7616 section 3.4)', () => {
    const call = session();
    const again = challenge('realm="r", nonce="1", qop=auth');
    call.round().answer(again, REQUEST);

    expect(authorization(call.round().answer(again, REQUEST))).toContain('nc=00000002');
  });
});

describe('realm', () => {
  test('none but the configured one is answered', () => {
    const call = session({ realm: 'carrier' });

    expect(call.round().answer(challenge('realm="evil", nonce="1"'), REQUEST)).toBeUndefined();
    expect(call.round().answer(challenge('realm="carrier", nonce="1"'), REQUEST)).toBeDefined();
  });

  test('the configured one is found among several', () => {
    const both = 'realm="evil", nonce="1", algorithm=SHA-256,Digest realm="carrier", nonce="2"';

    expect(
      authorization(session({ realm: 'carrier' }).round().answer(challenge(both), REQUEST)),
    ).toContain('realm="carrier"');
  });

  test('without one, the first that the server asks for is the only one, in every later call', () => {
    const pins = new RealmPins();
    session({}, pins).round().answer(challenge('realm="carrier", nonce="1"'), REQUEST);

    const later = session({}, pins).round();
    expect(later.answer(challenge('realm="evil", nonce="1"'), REQUEST)).toBeUndefined();
    expect(later.answer(challenge('realm="carrier", nonce="1"'), REQUEST)).toBeDefined();
  });
});
