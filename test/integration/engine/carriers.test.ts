import { expect, type TestContext, test } from 'vitest';
import { API_KEY, type ConfigKeys } from '../../support/engine/engine-config.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { AnsweringGateway } from '../../support/sip/answering-gateway.ts';

const PATH = '/v1/phone-numbers/carriers';
const CARRIER_HOST = '127.0.0.3';
const PASSWORD = 'never-to-be-seen';

interface CarrierView {
  readonly id: string;
  readonly sip_gateway: { readonly status: { readonly state: string; readonly reason: string } };
  readonly register_status: { readonly state: string } | null;
}

async function started(
  { onTestFinished }: TestContext,
  keys: ConfigKeys = {},
): Promise<{ readonly running: RunningEngine; readonly gateway: AnsweringGateway }> {
  const gateway = await AnsweringGateway.open(CARRIER_HOST);
  onTestFinished(() => gateway.close());
  const running = await RunningEngine.start(keys);
  onTestFinished(() => running.close());
  return { running, gateway };
}

async function add({ api }: RunningEngine, port: number, more: object = {}): Promise<CarrierView> {
  const { status, body } = await api.request<CarrierView>('POST', PATH, {
    carrier_name: 'telco',
    sip_gateway: { ipv4: CARRIER_HOST, port },
    ...more,
  });
  expect(status).toBe(201);
  return body;
}

async function shown({ api }: RunningEngine, id: string): Promise<CarrierView> {
  return (await api.request<CarrierView>('GET', `${PATH}/${id}`)).body;
}

function untilState(running: RunningEngine, id: string, state: string): Promise<CarrierView> {
  const isThere = async () => {
    const carrier = await shown(running, id);
    return carrier.sip_gateway.status.state === state ? carrier : undefined;
  };
  return until(`the gateway is ${state}`, isThere, 30_000);
}

test('a carrier made by the API is asked, called and forgotten without a restart', async (context) => {
  const { running, gateway } = await started(context);
  const { id } = await add(running, gateway.port);
  await untilState(running, id, 'up');
  gateway.status = 486;
  const call = await running.api.ended(await running.api.dial());

  expect(call).toMatchObject({ carrier: 'telco', end_reason: 'busy', sip_status: 486 });
  expect(gateway.requests.map((line) => line.split(' ')[0])).toContain('OPTIONS');
  expect(gateway.requests.find((line) => line.startsWith('INVITE'))).toMatch(/sip:493099999@/);

  const removed = await fetch(`${running.api.url}${PATH}/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  expect(removed.status).toBe(204);
  await expect(running.api.dial()).rejects.toThrow('no_route');
});

test('a gateway that answers no more is down within 30 s, and up again by itself', async (context) => {
  const { running, gateway } = await started(context);
  const { id } = await add(running, gateway.port);
  await untilState(running, id, 'up');
  gateway.status = 503;
  const down = await untilState(running, id, 'down');
  expect(down.sip_gateway.status.reason).toContain('503');
  gateway.status = 200;
  await untilState(running, id, 'up');

  const said = running.log.map(({ msg }) => msg).filter((msg) => msg.startsWith('gateway is'));
  expect(said).toEqual(['gateway is up', 'gateway is down', 'gateway is up']);
});

test('a reg trunk is registered with, and taken back at the end; its password is in no log', async (context) => {
  const { running, gateway } = await started(context);
  const registration = { username: 'trunk', password: PASSWORD };
  const { id } = await add(running, gateway.port, { trunk_type: 'reg', registration });
  await until('registered', async () => {
    return (await shown(running, id)).register_status?.state === 'registered' || undefined;
  });
  const before = gateway.requests.filter((line) => line.startsWith('REGISTER')).length;
  await running.engine.close();

  expect(gateway.requests.filter((line) => line.startsWith('REGISTER'))).toHaveLength(before + 1);
  expect(JSON.stringify(running.log)).not.toContain(PASSWORD);
});

test('a number that may not be called is refused, and no INVITE leaves', async (context) => {
  const { running, gateway } = await started(context, { destinations: { dailyCalls: 1 } });
  await add(running, gateway.port);
  gateway.status = 486;
  await expect(running.api.dial({ phone_number: '+881612345678' })).rejects.toThrow('satellite');
  expect(gateway.requests.filter((line) => line.startsWith('INVITE'))).toEqual([]);
  await running.api.ended(await running.api.dial());

  await expect(running.api.dial()).rejects.toThrow('calls of today');
  expect(gateway.requests.filter((line) => line.startsWith('INVITE'))).toHaveLength(1);
});

test('our own SIP address is no carrier', async (context) => {
  const { running } = await started(context);
  const { host, port } = running.remote;
  const { status, body } = await running.api.request<{
    readonly errors: readonly { readonly path: string }[];
  }>('POST', PATH, { carrier_name: 'loop', sip_gateway: { ipv4: host, port } });

  expect(status).toBe(400);
  expect(body.errors[0]?.path).toBe('sip_gateway.ipv4');
});
