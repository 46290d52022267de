import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { createOffer } from '../../../src/sdp/offer-answer.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { headerOf, RawPeer, rawRequest, toTagOf } from '../../support/sip/raw-peer.ts';

const outward = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

let engine: RunningEngine | undefined;
let peer: RawPeer | undefined;

afterEach(async () => {
  peer?.close();
  await engine?.close();
});

async function answerTo(sip: object, from: string): Promise<{ contact: string; media: string }> {
  engine = await RunningEngine.start({
    sip: { port: 0, ...sip },
    carriers: [{ name: 'all', inbound: ['127.0.0.0/8', ...(outward ? [`${outward}/32`] : [])] }],
  });
  peer = await RawPeer.open(from);
  const body = createOffer({ address: from, port: 40_000, sessionId: 1 });
  const uri = 'sip:demo@127.0.0.1';
  const invite = rawRequest({ method: 'INVITE', from: peer, callId: 'c', uri, body });
  peer.send(invite, engine.remote.port, from);
  const answer = await peer.next(/^SIP\/2\.0 200 /);
  const bye = { from: peer, callId: 'c', toTag: toTagOf(answer), uri };
  peer.send(rawRequest({ ...bye, method: 'ACK' }), engine.remote.port, from);
  peer.send(rawRequest({ ...bye, method: 'BYE', sequence: 2 }), engine.remote.port, from);
  await peer.next(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/);
  return {
    contact: headerOf(answer, 'Contact'),
    media: /^c=IN IP4 (\S+)/m.exec(answer)?.[1] ?? '',
  };
}

describe('bound to every address, the engine is found', () => {
  const ALL = { host: '0.0.0.0' };

  test('over loopback at loopback', async () => {
    const { contact, media } = await answerTo(ALL, '127.0.0.1');

    expect(media).toBe('127.0.0.1');
    expect(contact).toContain('sip:127.0.0.1:');
  });

  test.skipIf(outward === undefined)('from a network at its address there', async () => {
    const { contact, media } = await answerTo(ALL, outward ?? '');

    expect(media).toBe(outward);
    expect(contact).toContain(`sip:${outward}:`);
  });

  test('where the configuration says it is, whoever asks', async () => {
    const { contact, media } = await answerTo({ ...ALL, externalIp: '192.0.2.7' }, '127.0.0.1');

    expect(media).toBe('192.0.2.7');
    expect(contact).toContain('sip:192.0.2.7:');
  });
});
