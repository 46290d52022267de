import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { createOffer } from '../../../src/sdp/offer-answer.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import { headerOf, RawPeer, rawRequest, rawResponse, toTagOf } from '../../support/sip/raw-peer.ts';
import { TransportPeer } from '../../support/sip/transport-peer.ts';

const CARRIER_HOST = '127.0.0.3';
/** C0 and C1 controls, DEL, and what separates lines elsewhere. */
const CONTROL = /\p{Cc}|[\u2028\u2029]/u;
/** Clears a screen, rings, ends a line in JavaScript, begins an escape in eight bits. */
const NASTY = '\x1b[2J\x07\x00\xe2\x80\xa8\xc2\x9b';
const HAS_IPV6 = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .some(({ address }) => address === '::1');

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(): Promise<{ readonly running: RunningEngine; readonly gateway: RawPeer }> {
  const gateway = await RawPeer.open(CARRIER_HOST);
  const running = await RunningEngine.start({
    carriers: [
      {
        name: 'telco',
        inbound: ['127.0.0.0/8'],
        gateway: { host: CARRIER_HOST, port: gateway.port },
      },
    ],
  });
  closing.push(() => gateway.close());
  closing.push(() => running.close());
  return { running, gateway };
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...stringsOf(each)]);
}

function unprintable(value: unknown): readonly string[] {
  return stringsOf(value).filter((text) => CONTROL.test(text));
}

/** Every text of the store but the ladders, which hold the messages as they were. */
async function stored({ dataDir, engine }: RunningEngine): Promise<readonly unknown[]> {
  // It has the store for itself.
  await engine.close();
  const database = new DatabaseSync(join(dataDir, 'trunkline.db'), { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const rows = tables
    .map(({ name }) => String(name))
    .filter((name) => !/ladder|sip_message/i.test(name))
    .flatMap((name) => database.prepare(`SELECT * FROM "${name}"`).all());
  database.close();
  return rows.map((row) => Object.values(row).map(parsed));
}

/** Without instructions, which have lines of their own. */
function parsed(value: unknown): unknown {
  try {
    return JSON.parse(String(value), (key, each) => (key === 'instructions' ? '' : each));
  } catch {
    return value;
  }
}

async function shownOf({ api }: RunningEngine, id: string): Promise<readonly unknown[]> {
  const ladder = await api.request<{ readonly messages: readonly { readonly text: string }[] }>(
    'GET',
    `/v1/calls/${id}/sip`,
  );
  // A message has its line breaks.
  const messages = ladder.body.messages.map((each) => ({
    ...each,
    text: each.text.replace(/[\r\n]/g, ''),
  }));
  return [await api.call(id), await api.calls(), messages];
}

describe('control characters of a peer', () => {
  test('in an incoming call reach no log, no record, no answer of the API and no trace', async () => {
    const { running } = await open();
    const peer = await RawPeer.open();
    closing.push(() => peer.close());
    const body = createOffer({ address: '127.0.0.1', port: 40_000, sessionId: 1 });
    const headers = ['User-Agent', 'X-Tenant', 'Subject', 'P-Asserted-Identity'].map(
      (name) => `${name}: a${NASTY}b`,
    );
    const call = { from: peer, callId: 'nasty', uri: 'sip:demo@127.0.0.1' };
    const send = (request: string) =>
      peer.send(
        request.replace('"Caller" <sip:+15550100@', `"\\\x07" <sip:a%1B%07%C2%9Bb@`),
        running.remote.port,
      );
    send(rawRequest({ ...call, method: 'INVITE', headers, body }));
    const toTag = toTagOf(await peer.next(/^SIP\/2\.0 200 /));
    send(rawRequest({ ...call, method: 'ACK', toTag }));
    const reason = [`Reason: SIP;cause=200;text="${NASTY}"`];
    send(rawRequest({ ...call, method: 'BYE', toTag, sequence: 2, headers: reason }));
    await peer.next(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/);
    const id = await running.api.newest();
    await running.api.ended(id);

    expect(unprintable(await shownOf(running, id))).toEqual([]);
    expect(unprintable(running.log)).toEqual([]);
    const rows = await stored(running);
    expect(unprintable(rows)).toEqual([]);
    expect(stringsOf(rows)).toContain('a%1B%07%C2%9Bb');
  });

  test('in the phrase of a refusal neither', async () => {
    const { running, gateway } = await open();
    const id = await running.api.dial();
    const invite = await gateway.next(/^INVITE /);
    gateway.send(rawResponse(invite, `486 Busy${NASTY}Here`), running.remote.port);
    const { sip_reason: said } = await running.api.ended(id);

    expect(said).toMatch(/^Busy.*Here$/);
    expect(unprintable(await shownOf(running, id))).toEqual([]);
    expect(unprintable(running.log)).toEqual([]);
    expect(unprintable(await stored(running))).toEqual([]);
  });
});

test('a carrier that sends our calls back to us ends them: 482 after one round (RFC 3261 8.2.2.2)', async () => {
  const { running, gateway } = await open();
  let rounds = 0;
  const sendBack = async (): Promise<void> => {
    const invite = await gateway.next(/^INVITE /);
    rounds++;
    void sendBack();
    const via = `Via: SIP/2.0/UDP ${CARRIER_HOST}:${gateway.port};branch=z9hG4bKround${rounds}`;
    gateway.send(invite.replace('\r\n', `\r\n${via}\r\n`), running.remote.port);
  };
  const answerBack = async (): Promise<void> => {
    const answer = await gateway.next(/^SIP\/2\.0 [2-6]/);
    void answerBack();
    gateway.send(answer.replace(/^Via: .*\r\n/m, ''), running.remote.port);
  };
  void sendBack();
  void answerBack();
  const call = await running.api.ended(await running.api.dial());

  expect(call).toMatchObject({ sip_status: 482 });
  expect(rounds).toBeLessThanOrEqual(10);
  expect((await running.api.calls()).length).toBe(1);
});

describe.skipIf(!HAS_IPV6)('over IPv6', () => {
  test.each(['udp', 'tcp'] as const)(
    'a carrier calls from ::1 by %s, with its audio at an IPv4 address',
    async (transport) => {
      const running = await RunningEngine.start({
        sip: { host: ['127.0.0.1', '::1'], port: 0 },
        carriers: [{ name: 'six', inbound: ['::1/128'] }],
      });
      closing.push(() => running.close());
      const { port } = running.remote;
      const peer = await TransportPeer.connect(transport, { host: '::1', port });
      closing.push(() => peer.close());
      const rtp = await RtpPeer.open({ address: '127.0.0.1', law: 'PCMU' });
      closing.push(() => rtp.close());
      const from = { host: '[::1]', port: peer.port } as RawPeer;
      const call = { from, callId: `six-${transport}`, uri: 'sip:demo@[::1]' };
      const send = (request: string) =>
        peer.send(request.replace('SIP/2.0/UDP', `SIP/2.0/${transport.toUpperCase()}`));
      const body = createOffer({ address: '127.0.0.1', port: rtp.port, sessionId: 1 });
      send(rawRequest({ ...call, method: 'INVITE', body }));
      const answer = await peer.next(/^SIP\/2\.0 200 /);
      const toTag = toTagOf(answer);
      send(rawRequest({ ...call, method: 'ACK', toTag }));
      const [, media = ''] = /^m=audio (\d+)/m.exec(answer) ?? [];
      const [, address = ''] = /^c=IN IP4 (\S+)/m.exec(answer) ?? [];
      rtp.start({ address, port: Number(media) });
      await rtp.heard(10);
      send(rawRequest({ ...call, method: 'BYE', toTag, sequence: 2 }));
      await peer.next(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/);

      expect(address).toBe('127.0.0.1');
      expect(headerOf(answer, 'Contact')).toContain('sip:[::1]:');
      const view = await running.api.ended(await running.api.newest());
      expect(view).toMatchObject({ carrier: 'six', end_reason: 'hangup' });
    },
  );
});

test('while it drains the engine answers OPTIONS with 503, and 200 before', async () => {
  const { running } = await open();
  const peer = await RawPeer.open();
  closing.push(() => peer.close());
  const ask = (callId: string) => {
    peer.send(rawRequest({ method: 'OPTIONS', from: peer, callId }), running.remote.port);
    return peer.next(/^SIP\/2\.0 [2-6]/);
  };
  expect(await ask('before')).toMatch(/^SIP\/2\.0 200 /);
  const drained = running.engine.drain(1_000);
  expect(await ask('after')).toMatch(/^SIP\/2\.0 503 /);
  await drained;
});
