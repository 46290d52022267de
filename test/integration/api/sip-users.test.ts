import { expect, test } from 'vitest';
import { transferBody } from '../../../src/api/topcalls/control-body.ts';
import { SipUsers } from '../../../src/registrar/sip-users.ts';
import { SecretBox } from '../../../src/store/secret-box.ts';
import { CALL_BODY, startApi } from './api-fixture.ts';

const PATH = '/v1/sip-users';
const PASSWORD = 'never-to-be-seen';
const BODY = { username: 'alice', password: PASSWORD, display_name: 'Alice', agent: 'demo' };

test('a softphone is there at once, and nothing of its password is shown or kept in clear', async () => {
  const api = await startApi();
  const created = await api.request('POST', PATH, { body: BODY });
  expect(created.status).toBe(201);
  expect(created.json).toMatchObject({
    username: 'alice',
    realm: 'trunkline',
    address: 'sip:alice',
    display_name: 'Alice',
    agent: 'demo',
    max_contacts: 5,
    registered_contacts: 0,
    is_system: false,
  });
  const listed = await api.request('GET', PATH);
  expect(listed.json.data.map(({ username }: { username: string }) => username)).toEqual([
    'front-desk',
    'alice',
  ]);
  expect((await api.request('GET', `${PATH}/${created.json.id}`)).json).toEqual(created.json);

  const [row] = await api.store.sipUsers.all();
  const user = api.softphones.users.byUsername('alice');
  const kept = JSON.stringify(row);
  const shown = JSON.stringify([created.json, listed.json, api.logged]);
  for (const secret of [PASSWORD, user?.hashes.MD5 ?? '', user?.hashes['SHA-256'] ?? '']) {
    expect(secret).not.toBe('');
    expect(kept).not.toContain(secret);
    expect(shown).not.toContain(secret);
  }
});

test('it is there after a restart, with the same hashes', async () => {
  const api = await startApi();
  await api.request('POST', PATH, { body: BODY });
  const again = await SipUsers.open({
    configured: [],
    store: api.store.sipUsers,
    box: new SecretBox('key of the tests'),
    realm: 'trunkline',
  });
  expect(again.byUsername('alice')).toEqual(api.softphones.users.byUsername('alice'));
});

test.each([
  ['nothing', undefined, ['username', 'password']],
  ['a user name with an at sign', { ...BODY, username: 'a@b' }, ['username']],
  ['a user name with a line break', { ...BODY, username: 'a\r\nb' }, ['username']],
  ['a short password', { ...BODY, password: 'short' }, ['password']],
  ['no devices', { ...BODY, max_contacts: 0 }, ['max_contacts']],
  ['a display name with quotes', { ...BODY, display_name: 'a"b' }, ['display_name']],
])('%s is refused with the fields', async (_what, body, paths) => {
  const api = await startApi();
  const { status, json } = await api.request('POST', PATH, { body });
  expect(status).toBe(400);
  expect(json.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
});

test('a user name is good for one softphone only', async () => {
  const api = await startApi();
  await api.request('POST', PATH, { body: BODY });
  const { status, json } = await api.request('POST', PATH, { body: BODY });
  expect([status, json.type]).toEqual([409, expect.stringContaining('sip_user_conflict')]);
  const front = { ...BODY, username: 'front-desk' };
  expect((await api.request('POST', PATH, { body: front })).status).toBe(409);
});

test('it is removed; those of the configuration stay', async () => {
  const api = await startApi();
  const { json } = await api.request('POST', PATH, { body: BODY });
  expect((await api.request('DELETE', `${PATH}/${json.id}`)).status).toBe(204);
  expect((await api.request('GET', `${PATH}/${json.id}`)).status).toBe(404);
  expect(await api.store.sipUsers.all()).toEqual([]);
  expect((await api.request('DELETE', `${PATH}/config:front-desk`)).status).toBe(403);
});

test('a call may go to a softphone', async () => {
  const api = await startApi();
  const body = { ...CALL_BODY, phone_number: 'sip:alice' };
  expect((await api.request('POST', '/v1/calls', { body })).status).toBe(201);
  expect(api.gateway.created[0]?.to).toBe('sip:alice');
});

test('a transfer to a softphone is ours to make: blind it is refused', () => {
  const isTaken = (mode: string) => transferBody.safeParse({ to: 'sip:alice', mode }).success;
  expect(isTaken('blind')).toBe(false);
  expect(isTaken('attended')).toBe(true);
  expect(isTaken('bridge')).toBe(true);
});
