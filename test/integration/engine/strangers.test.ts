import { expect, type TestContext, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import type { ConfigKeys } from '../../support/engine/engine-config.ts';
import { Phone } from '../../support/engine/phone.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { AnsweringGateway } from '../../support/sip/answering-gateway.ts';

const SAID = 'a call from an address of no carrier is refused';

/** The engine with a SIP server of its own that hears everybody. */
async function started({ onTestFinished }: TestContext, keys: ConfigKeys = {}) {
  const server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['0.0.0.0/0'],
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => server.close());
  const { controlHost: host, controlPort: port, secret } = server;
  const running = await RunningEngine.start({ drachtio: { host, port, secret }, ...keys });
  onTestFinished(() => running.close());
  const call = async (localHost: string) => {
    const phone = await Phone.call({
      remote: { host: '127.0.0.1', port: server.port },
      localHost,
    });
    onTestFinished(() => phone.hangUp());
    return phone.answer.status;
  };
  return { running, call };
}

test('with an external SIP server, strangers get no agent and are named once', async (context) => {
  const { running, call } = await started(context);

  expect(await call('127.0.0.9')).toBe(403);
  expect(await call('127.0.0.9')).toBe(403);
  expect(await call('127.0.0.1')).toBe(200);
  expect(running.log.filter(({ msg }) => msg === SAID)).toHaveLength(1);
});

test('a trunk that we register with is known by what its name stands for', async (context) => {
  const gateway = await AnsweringGateway.open('127.0.0.1');
  context.onTestFinished(() => gateway.close());
  const { call } = await started(context, {
    carriers: [
      {
        name: 'registered',
        gateway: { host: 'localhost', port: gateway.port, transport: 'udp' },
        registration: { username: 'u', password: 'p' },
      },
    ],
  });

  expect(await call('127.0.0.1')).toBe(200);
  expect(await call('127.0.0.9')).toBe(403);
});
