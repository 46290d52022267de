import { describe, expect, test } from 'vitest';
import { AuthenticatedDialog } from '../../../src/signaling/authenticated-dialog.ts';
import { DigestSession } from '../../../src/signaling/digest-session.ts';
import { RealmPins } from '../../../src/signaling/realm-pins.ts';
import { FakeDialog } from './fake-srf.ts';

const CHALLENGE = { 'www-authenticate': 'Digest realm="r", nonce="1", qop="auth"' };

function authenticated() {
  const inner = new FakeDialog();
  const credentials = { username: 'u', password: 'p' };
  const digest = new DigestSession({ credentials, server: 'gw', pins: new RealmPins() });
  return { inner, dialog: new AuthenticatedDialog(inner, digest) };
}

describe('a request in a dialog', () => {
  test('is sent again with credentials when it is challenged', () => {
    const { inner, dialog } = authenticated();
    const statuses: (number | undefined)[] = [];
    const headers = { 'Content-Type': 'text/plain' };
    dialog.request({ method: 'INFO', headers, body: 'x' }, (_error, response) =>
      statuses.push(response?.status),
    );
    inner.respond(401, '', CHALLENGE);
    inner.respond(200);

    expect(inner.requests).toMatchObject([
      { method: 'INFO', headers, body: 'x' },
      { method: 'INFO', headers: { ...headers, Authorization: expect.any(String) }, body: 'x' },
    ]);
    expect(statuses).toEqual([200]);
  });

  test('each has its own try, and the nonce count goes on', () => {
    const { inner, dialog } = authenticated();
    for (const method of ['INFO', 'REFER']) {
      dialog.request({ method }, () => undefined);
      inner.respond(401, '', CHALLENGE);
    }

    expect(inner.requests.map(({ headers }) => Object.values(headers ?? {}).join())).toEqual([
      '',
      expect.stringContaining('nc=00000001'),
      '',
      expect.stringContaining('nc=00000002'),
    ]);
  });

  test('wrong credentials are told', () => {
    const { inner, dialog } = authenticated();
    const statuses: (number | undefined)[] = [];
    dialog.request({ method: 'INFO' }, (_error, response) => statuses.push(response?.status));
    inner.respond(401, '', CHALLENGE);
    inner.respond(401, '', CHALLENGE);

    expect(statuses).toEqual([401]);
  });
});

test('BYE too, and the dialog is over with its last answer', () => {
  const { inner, dialog } = authenticated();
  let ends = 0;
  dialog.destroy({ headers: { Reason: 'x' } }, () => {
    ends += 1;
  });
  inner.respond(401, '', CHALLENGE);
  expect(ends).toBe(0);
  inner.respond(200);

  expect(ends).toBe(1);
  expect(inner.requests).toMatchObject([
    { method: 'BYE', headers: { Reason: 'x' } },
    { method: 'BYE', headers: { Reason: 'x', Authorization: expect.any(String) } },
  ]);
});
