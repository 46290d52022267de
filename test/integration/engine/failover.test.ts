import { expect, type TestContext, test } from 'vitest';
import type { SipLadderView } from '../../../src/api/sip-ladder-view.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { AnsweringGateway } from '../../support/sip/answering-gateway.ts';

const SILENT_HOST = '127.0.0.2';
const OTHER_HOST = '127.0.0.3';

/** Two carriers, the second of which takes what the first one does not; nobody is asked by OPTIONS. */
async function started({ onTestFinished }: TestContext) {
  const open = async (host: string) => {
    const gateway = await AnsweringGateway.open(host);
    onTestFinished(() => gateway.close());
    return gateway;
  };
  const [first, second] = [await open(SILENT_HOST), await open(OTHER_HOST)];
  const carrierAt = (name: string, host: string, port: number, priority: number) => ({
    name,
    gateway: { host, port, transport: 'udp', priority },
  });
  const running = await RunningEngine.start({
    carriers: [
      carrierAt('first', SILENT_HOST, first.port, 1),
      carrierAt('second', OTHER_HOST, second.port, 2),
    ],
  });
  onTestFinished(() => running.close());
  return { running, first, second };
}

test('the ladder and the call object of a call that failed over show every attempt', async (context) => {
  const { running, first, second } = await started(context);
  first.status = undefined;
  second.status = 486;
  const { api } = running;
  const id = await api.dial();
  await api.ended(id);
  const call = (await api.request<object>('GET', `/v1/calls/${id}`)).body;
  const { messages } = await until('the refusal is in the ladder', async () => {
    const { body } = await api.request<SipLadderView>('GET', `/v1/calls/${id}/sip`);
    return body.messages.some((each) => each.status === 486) ? body : undefined;
  });

  expect(call).toMatchObject({
    status: 'failed',
    call_status: 'busy',
    end_reason: 'busy',
    sip_status: 486,
    sip_reason: 'Said',
    signaling: [
      { type: 'attempt', carrier: 'first', gateway: SILENT_HOST, sipStatus: 408 },
      { type: 'attempt', carrier: 'second', gateway: OTHER_HOST, sipStatus: 486 },
    ],
  });
  const sent = messages.filter(({ method }) => method === 'INVITE');
  const targets = new Set(sent.map(({ text }) => /^INVITE \S+@([\d.]+)/.exec(text)?.[1]));
  expect([...targets]).toEqual([SILENT_HOST, OTHER_HOST]);
  expect(new Set(sent.map(({ text }) => /^Call-ID: (.*)$/im.exec(text)?.[1])).size).toBe(2);
});

test('how a call failed is never folded: each status stays what it was', async (context) => {
  const { running, first } = await started(context);
  const { api } = running;
  const seen: unknown[] = [];
  const outcomes = [
    [404, 'failed', 'unreachable'],
    [480, 'no-answer', 'no-answer'],
    [486, 'busy', 'busy'],
    [488, 'failed', 'unreachable'],
    [603, 'rejected', 'rejected'],
  ] as const;
  for (const [status] of outcomes) {
    first.status = status;
    const call = await api.ended(await api.dial());
    seen.push([call.sip_status, call.call_status, call.end_reason]);
  }

  expect(seen).toEqual(outcomes);
});
