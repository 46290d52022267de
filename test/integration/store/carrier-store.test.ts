import { expect, test } from 'vitest';
import { Carriers } from '../../../src/carriers/carriers.ts';
import { SecretBox } from '../../../src/store/secret-box.ts';
import type { Store } from '../../../src/store/store.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';
import { open, temporaryFile } from './store-fixture.ts';

const KEY = new SecretBox('a key of this test');
const { id: _id, ...SETTINGS } = carrierOf({
  id: '',
  name: 'telco',
  trunkType: 'reg',
  gateways: [gatewayOf({ id: 'g' })],
  registration: { username: 'u', password: 'secret', expiresSeconds: 600 },
});

function carriersOf(store: Store, box = KEY): Promise<Carriers> {
  return Carriers.open({ system: [], store: store.carriers, box });
}

test('what was made is there after a restart, passwords and all', async () => {
  const file = temporaryFile();
  const store = await open(file);
  const accountId = await store.accounts.ensureDefaultAccount();
  const carriers = await carriersOf(store);
  const first = carriers.draft(accountId, SETTINGS);
  await carriers.add(first);
  const second = carriers.draft(accountId, { ...SETTINGS, name: 'second' });
  await carriers.add(second);
  await carriers.update(accountId, { ...second.carrier, name: 'renamed' });
  const gone = carriers.draft(accountId, { ...SETTINGS, name: 'gone' });
  await carriers.add(gone);
  await carriers.remove(accountId, gone.carrier.id);
  const before = carriers.list(accountId);
  await store.close();

  const again = await carriersOf(await open(file));
  expect(again.list(accountId)).toEqual(before);
  expect(before.map(({ carrier }) => carrier.name)).toEqual(['telco', 'renamed']);
  expect(again.find(accountId, first.carrier.id).carrier.registration?.password).toBe('secret');
});

test('with another key the start ends with one clear line', async () => {
  const store = await open(temporaryFile());
  const accountId = await store.accounts.ensureDefaultAccount();
  const carriers = await carriersOf(store);
  await carriers.add(carriers.draft(accountId, SETTINGS));

  await expect(carriersOf(store, new SecretBox('another key'))).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('encryptionKey'),
  });
});

test('what another account made cannot be seen, changed or removed', async () => {
  const store = await open(temporaryFile());
  const accountId = await store.accounts.ensureDefaultAccount();
  const carriers = await carriersOf(store);
  const { carrier } = carriers.draft(accountId, SETTINGS);
  await carriers.add({ ...carriers.draft(accountId, SETTINGS), carrier });

  expect(carriers.list('other')).toEqual([]);
  expect(() => carriers.find('other', carrier.id)).toThrow('no carrier');
  await expect(carriers.update('other', carrier)).rejects.toThrow('no carrier');
  await expect(carriers.remove('other', carrier.id)).rejects.toThrow('no carrier');
});

test('what could not be kept is not used', async () => {
  const store = await open(temporaryFile());
  const carriers = await carriersOf(store);
  const draft = carriers.draft('an account that does not exist', SETTINGS);

  await expect(carriers.add(draft)).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(carriers.registry.all).toEqual([]);
});
