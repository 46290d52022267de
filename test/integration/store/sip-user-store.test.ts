import { expect, test } from 'vitest';
import type { Binding } from '../../../src/registrar/binding.ts';
import { Registrar } from '../../../src/registrar/registrar.ts';
import { RegistrationKeeper } from '../../../src/registrar/registration-keeper.ts';
import { open, temporaryFile } from './store-fixture.ts';

const BINDING: Binding = {
  contact: 'sip:alice@192.0.2.7',
  q: 1,
  expiresAtMs: Date.now() + 3_600_000,
  callId: 'c',
  sequence: 1,
  path: [],
  flow: { transport: 'udp', address: '192.0.2.7', port: 5_060 },
};

function fail(error: unknown): void {
  throw error;
}

test('a restart keeps the telephones that do not need their connection', async () => {
  const file = temporaryFile();
  const store = await open(file);
  const keeper = await RegistrationKeeper.open(store.sipUsers, fail);
  const browser: Binding = {
    ...BINDING,
    contact: 'sip:x@y.invalid',
    flow: { ...BINDING.flow, transport: 'wss' },
  };
  keeper.keep('alice', [BINDING, browser]);
  keeper.keep('bob', [browser]);
  await keeper.settled();
  await store.close();

  const again = await RegistrationKeeper.open((await open(file)).sipUsers, fail);
  const registrar = new Registrar(again.stored);
  expect(registrar.bindingsOf('alice', Date.now())).toEqual([BINDING]);
  expect(registrar.bindingsOf('bob', Date.now())).toEqual([]);
});

test('of several changes at once the last one is kept', async () => {
  const store = await open(temporaryFile());
  const keeper = await RegistrationKeeper.open(store.sipUsers, fail);
  for (let sequence = 1; sequence <= 50; sequence++) {
    keeper.keep('alice', [{ ...BINDING, sequence }]);
  }
  await keeper.settled();
  const { stored } = await RegistrationKeeper.open(store.sipUsers, fail);
  expect(stored.get('alice')?.[0]?.sequence).toBe(50);
  keeper.keep('alice', []);
  await keeper.settled();
  expect(await store.sipUsers.registrations()).toEqual(new Map());
});
