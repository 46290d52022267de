import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SipLadderView } from '../../../src/api/sip-ladder-view.ts';
import { openStore } from '../../../src/store/store.ts';
import { API_KEY } from '../../support/engine/engine-config.ts';
import { Phone } from '../../support/engine/phone.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';

const hasTshark = spawnSync('tshark', ['--version']).error === undefined;

let running: RunningEngine;
let callId: string;

beforeAll(async () => {
  running = await RunningEngine.start();
  const phone = await Phone.call({ remote: running.remote });
  await phone.rtp.heard(10);
  await phone.hangUp();
  callId = await running.api.newest();
  await running.api.ended(callId);
});

afterAll(() => running.close());

function ladderOf(id: string): Promise<SipLadderView> {
  return until('the BYE is answered', async () => {
    const { body } = await running.api.request<SipLadderView>('GET', `/v1/calls/${id}/sip`);
    const { start_line: last, cseq } = body.messages.at(-1) ?? {};
    return last === 'SIP/2.0 200 OK' && cseq?.endsWith('BYE') ? body : undefined;
  });
}

async function download(path: string): Promise<Response> {
  return fetch(`${running.api.url}${path}`, { headers: { authorization: `Bearer ${API_KEY}` } });
}

test('every message of a call is in its ladder, in the order of the wire', async () => {
  const { messages, omitted, note } = await ladderOf(callId);

  expect(
    messages.map(({ direction, method, status }) => `${direction} ${method ?? status}`),
  ).toEqual(['in INVITE', 'out 100', 'out 180', 'out 200', 'in ACK', 'in BYE', 'out 200']);
  expect({ omitted, note }).toEqual({ omitted: 0, note: null });
  const [invite] = messages;
  expect(invite).toMatchObject({ transport: 'udp', sdp: true, retransmission: false, delta_ms: 0 });
  expect(invite?.local).toBe(running.engine.addresses.sip);
  expect(Math.abs(Date.parse(invite?.at ?? '') - Date.now())).toBeLessThan(60_000);
});

test('as text it is a picture, with the messages when asked', async () => {
  await ladderOf(callId);
  const picture = await (await download(`/v1/calls/${callId}/sip.txt`)).text();
  const whole = await (await download(`/v1/calls/${callId}/sip.txt?messages=true`)).text();

  expect(picture).toContain('INVITE (SDP)');
  expect(picture).toContain('◀── 180 Ringing');
  expect(picture).not.toContain('Via:');
  expect(whole).toContain('Via: SIP/2.0/UDP');
});

test.skipIf(!hasTshark)('tshark reads every message of the capture file as SIP', async () => {
  const { messages } = await ladderOf(callId);
  const answer = await download(`/v1/calls/${callId}/sip.pcap`);
  const file = join(running.dataDir, 'call.pcap');
  await writeFile(file, new Uint8Array(await answer.arrayBuffer()));
  const read = execFileSync(
    'tshark',
    [
      '-r',
      file,
      '-o',
      'udp.check_checksum:TRUE',
      '-o',
      'ip.check_checksum:TRUE',
      '-T',
      'fields',
      '-e',
      'sip.CSeq',
      '-e',
      'udp.checksum.status',
      '-e',
      'ip.checksum.status',
    ],
    { encoding: 'utf8' },
  );

  expect(read.trim().split('\n')).toEqual(messages.map(({ cseq }) => `${cseq}\t1\t1`));
});

describe('what is not there', () => {
  test.each(['sip', 'sip.txt', 'sip.pcap'])(
    '%s of an unknown call is 404, without a key 401',
    async (form) => {
      const path = `/v1/calls/0c1f0000-0000-4000-8000-000000000000/${form}`;
      const anonymous = await fetch(`${running.api.url}${path}`);

      expect((await download(path)).status).toBe(404);
      expect(anonymous.status).toBe(401);
    },
  );
});

test('captured messages are counted', async () => {
  const metrics = await (await fetch(`${running.api.url}/metrics`)).text();

  expect(Number(/trunkline_sip_trace_captured_total (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(6);
  expect(metrics).toContain('trunkline_sip_trace_dropped_total 0');
});

test('after the end of the process the ladder is in the store, masked and whole', async () => {
  const { messages } = await ladderOf(callId);
  await running.engine.close();
  const file = join(running.dataDir, 'trunkline.db');
  const store = await openStore({ file, onFailure: () => undefined });
  const stored = JSON.parse((await store.ladders.find(callId)) ?? '{}');
  await store.close();

  expect(stored.messages).toHaveLength(messages.length);
});
