import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EstablishedCall } from '../../../src/signaling/signaling.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { SignalingNode } from '../../support/sipp/signaling-node.ts';

interface SignalingView {
  readonly completed: boolean;
  readonly end_reason: string | null;
  readonly sip_headers: Readonly<Record<string, string>>;
  readonly signaling: readonly { readonly type: string; readonly state?: string }[];
}

let running: RunningEngine;
/** A carrier's switch: calls the engine, and is its gateway. */
let carrier: SignalingNode;

beforeAll(async () => {
  carrier = await SignalingNode.start();
  const gateway = { host: '127.0.0.1', port: carrier.remote.port };
  running = await RunningEngine.start({
    carriers: [{ name: 'local', inbound: ['127.0.0.1/32'], gateway, dtmfType: 'info' }],
  });
});

afterAll(async () => {
  await running.close();
  await carrier.close();
});

test('a call is held, resumed, pressed, bridged in vain and transferred over the API', async () => {
  const { outcome } = carrier.dial(running.remote, {
    toUser: 'demo',
    headers: { 'X-Customer': '4711' },
  });
  const { established } = await outcome;
  if (established === undefined) throw new Error('not answered');
  const keys: string[] = [];
  established.onInfo = ({ body }) => keys.push(body);
  established.onRefer = (refer) => {
    refer.accept();
    refer.notify(200, 'OK');
  };
  const id = await running.api.newest();
  const command = (name: string, body?: object) =>
    running.api.request('POST', `/v1/calls/${id}/${name}`, body);
  const happened = (type: string, state?: string) =>
    until(`${type} ${state ?? ''}`, async () => {
      const { body } = await running.api.request<SignalingView>('GET', `/v1/calls/${id}`);
      return body.signaling.find((event) => event.type === type && event.state === state);
    });

  await held(command, happened);
  expect(await command('dtmf', { digits: '1#' })).toMatchObject({ status: 202 });
  await until('two keys', () => (keys.length === 2 ? keys : undefined));
  expect(await command('transfer', { to: '+493099999', mode: 'bridge' })).toMatchObject({
    status: 202,
  });
  await happened('transfer', 'failed');
  await transferred(established, command, happened);

  const { body } = await running.api.request<SignalingView>('GET', `/v1/calls/${id}`);
  expect(body.sip_headers).toMatchObject({ 'x-customer': '4711' });
  expect(body.signaling.find(({ state }) => state === 'failed')).toMatchObject({ sipStatus: 404 });
  expect(await running.api.ended(id)).toMatchObject({
    status: 'completed',
    end_reason: 'transferred',
    ended_by: 'api',
  });
  expect(await command('hold')).toMatchObject({ status: 409 });
});

type Command = (name: string, body?: object) => Promise<unknown>;
type Happened = (type: string, state?: string) => Promise<unknown>;

async function held(command: Command, happened: Happened): Promise<void> {
  const asked = carrier.next('re-INVITE recvonly');
  expect(await command('hold')).toMatchObject({ status: 202 });
  await asked;
  await happened('held');
  expect(await command('hold')).toMatchObject({ status: 409 });
  expect(await command('resume')).toMatchObject({ status: 202 });
  await happened('resumed');
}

async function transferred(
  established: EstablishedCall,
  command: Command,
  happened: Happened,
): Promise<void> {
  const ended = new Promise<string>((resolve) => {
    established.onEnded = (_by, reason) => resolve(reason);
  });
  expect(await command('transfer', { to: '+493099999' })).toMatchObject({ status: 202 });
  await happened('transfer', 'completed');
  expect(await ended).toBe('Q.850;cause=16;text="Call transferred"');
}
