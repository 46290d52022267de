import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type AuthenticationOutcome,
  Authenticator,
  type CredentialedRequest,
} from '../../../src/registrar/authenticator.ts';
import { GUESS_LIMITS } from '../../../src/registrar/guess-limiter.ts';
import { userHashesOf } from '../../../src/registrar/user-hashes.ts';
import { NONCE_LIFETIME_MS } from '../../../src/sip/digest/nonce.ts';
import {
  type Algorithm,
  authorizationFor,
  type Challenge,
  challengesOf,
} from '../../support/registrar/digest.ts';

const ALICE = { username: 'alice', password: 'p' };
const SOURCE = '192.0.2.7';
const IDENTITY = { kind: 'sip-user', id: 'a' } as const;

let authenticator: Authenticator;
let random = 0;

beforeEach(() => {
  const hashes = userHashesOf({ ...ALICE, realm: 'r' });
  authenticator = new Authenticator({
    realm: 'r',
    algorithms: ['SHA-256', 'MD5'],
    mac: (text) => createHmac('sha256', 'key').update(text).digest('hex'),
    createRandom: () => (++random).toString(16).padStart(16, '0'),
    decoy: 'f'.repeat(64),
    loginOf: (username) =>
      username === 'alice'
        ? {
            identity: IDENTITY,
            hashFor: (algorithm) => (algorithm === 'SHA-512-256' ? undefined : hashes[algorithm]),
          }
        : undefined,
  });
});

function ask(edit: Partial<CredentialedRequest> = {}, nowMs = 0): AuthenticationOutcome {
  const request = { method: 'INVITE', uri: 'sip:demo@pbx', body: '', sourceAddress: SOURCE };
  return authenticator.authenticate({ ...request, authorizations: [], ...edit }, nowMs);
}

function challenges(outcome: AuthenticationOutcome): readonly Challenge[] {
  if (outcome.type !== 'challenge') throw new Error(`no challenge: ${outcome.type}`);
  return challengesOf(outcome.challenges.map((each) => `WWW-Authenticate: ${each}`).join('\n'));
}

function challenge(algorithm: Algorithm = 'SHA-256', source = SOURCE): Challenge {
  const found = challenges(ask({ sourceAddress: source })).find(
    (each) => each.algorithm === algorithm,
  );
  if (found === undefined) throw new Error('no such challenge');
  return found;
}

function answer(given: Challenge, edit: object = {}): readonly string[] {
  const options = { ...ALICE, method: 'INVITE', uri: 'sip:demo@pbx', ...edit };
  return [authorizationFor(given, options)];
}

test('without credentials both algorithms are offered, the better one first (RFC 8760 section 2.4)', () => {
  expect(challenges(ask()).map(({ algorithm }) => algorithm)).toEqual(['SHA-256', 'MD5']);
});

test.each(['SHA-256', 'MD5'] as const)('%s credentials say who it is', (algorithm) => {
  const authorizations = answer(challenge(algorithm));
  expect(ask({ authorizations })).toEqual({
    type: 'authenticated',
    identity: IDENTITY,
    username: 'alice',
  });
});

test('credentials are found among those for others', () => {
  const others = answer({ ...challenge(), realm: 'elsewhere' });
  const authorizations = [...others, 'Basic abc', ...answer(challenge())];
  expect(ask({ authorizations })).toMatchObject({ type: 'authenticated' });
  expect(authenticator.isAddressed({ authorizations })).toBe(true);
  expect(authenticator.isAddressed({ authorizations: others })).toBe(false);
});

test('a captured request is good for nothing (RFC 7616 section 5.5)', () => {
  const authorizations = answer(challenge());
  ask({ authorizations });
  const [again] = challenges(ask({ authorizations }));
  expect(again?.isStale).toBe(true);
});

test('the next count of the same nonce is good', () => {
  const given = challenge();
  ask({ authorizations: answer(given) });
  const authorizations = answer(given, { count: 2 });
  expect(ask({ authorizations })).toMatchObject({ type: 'authenticated' });
});

test('a nonce that is too old is said to be stale', () => {
  const authorizations = answer(challenge());
  const [again] = challenges(ask({ authorizations }, NONCE_LIFETIME_MS + 1));
  expect(again?.isStale).toBe(true);
});

test('auth-int covers the body: a changed description is refused (RFC 7616 section 3.4.3)', () => {
  const given = challenge();
  const authorizations = answer(given, { body: 'v=0 mine' });
  expect(ask({ authorizations, body: 'v=0 theirs' }).type).toBe('challenge');
  expect(ask({ authorizations, body: 'v=0 mine' }).type).toBe('authenticated');
});

test('credentials for another request are refused', () => {
  expect(ask({ authorizations: answer(challenge(), { uri: 'sip:other@pbx' }) }).type).toBe(
    'challenge',
  );
  expect(ask({ authorizations: answer(challenge(), { method: 'REGISTER' }) }).type).toBe(
    'challenge',
  );
});

test('a nonce is good for the source only that it was given to', () => {
  const authorizations = answer(challenge('SHA-256', '198.51.100.1'));
  const [again] = challenges(ask({ authorizations }));
  expect(again?.isStale).toBe(false);
});

describe('guessing', () => {
  function guess(edit: object = {}, nowMs = 0, source = SOURCE): AuthenticationOutcome {
    const given = challenges(ask({ sourceAddress: source }, nowMs))[0];
    if (given === undefined) throw new Error('no challenge');
    const authorizations = answer(given, { password: 'wrong', ...edit });
    return ask({ authorizations, sourceAddress: source }, nowMs);
  }

  test('a user who does not exist gets the answer of one who does', () => {
    const [known] = challenges(guess());
    const [unknown] = challenges(guess({ username: 'nobody' }));
    expect({ ...unknown, nonce: '' }).toEqual({ ...known, nonce: '' });
  });

  test('a source has ten tries a minute, then silence', () => {
    const tries = Array.from({ length: GUESS_LIMITS.perSource }, () => guess().type);
    expect(tries.slice(0, -1).every((type) => type === 'challenge')).toBe(true);
    expect(tries.at(-1)).toBe('silence');
    expect(ask().type).toBe('silence');
    expect(ask({}, GUESS_LIMITS.silenceMs - 1).type).toBe('silence');
    expect(ask({}, GUESS_LIMITS.silenceMs).type).toBe('challenge');
  });

  test('whoever does not hear our answers cannot have somebody else silenced', () => {
    const forged = answer({ ...challenge(), nonce: 'made-up' }, { password: 'wrong' });
    const elsewhere = answer(challenge('SHA-256', '198.51.100.1'), { password: 'wrong' });
    for (let i = 0; i < 100; i++) {
      expect(ask({ authorizations: forged }).type).toBe('challenge');
      expect(ask({ authorizations: elsewhere }).type).toBe('challenge');
    }
  });

  test('many sources together get no further, and the user is not locked out where it was right before', () => {
    expect(ask({ authorizations: answer(challenge()) }).type).toBe('authenticated');
    for (let i = 0; i < GUESS_LIMITS.perUser; i++) guess({}, 0, `198.51.100.${i}`);
    const right = guess({ password: 'p' }, 0, '203.0.113.1');
    expect(right.type).toBe('challenge');
    expect(guess({ password: 'p' }).type).toBe('authenticated');
    expect(guess({ password: 'p' }, GUESS_LIMITS.windowMs, '203.0.113.1').type).toBe(
      'authenticated',
    );
  });
});
