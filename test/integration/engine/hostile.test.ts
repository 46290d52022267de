import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Phone } from '../../support/engine/phone.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { serializeRtp } from '../../support/rtp/rtp-packet.ts';
import { RawPeer, rawRequest } from '../../support/sip/raw-peer.ts';

const RANDOM_MESSAGES = 200;
/** Fewer at a time than a socket buffer holds: each one must be seen. */
const BURST = 40;

describe('garbage during a call', () => {
  let running: RunningEngine;
  let phone: Phone;

  beforeAll(async () => {
    running = await RunningEngine.start();
    phone = await Phone.call({ remote: running.remote });
  });

  afterAll(async () => {
    phone.close();
    await running.close();
  });

  async function expectCallGoesOn(): Promise<void> {
    const heard = phone.rtp.received.length;
    await phone.rtp.heard(heard + 25);
    expect(phone.rtp.continuity()).toMatchObject({
      ssrcChanges: 0,
      sequenceBreaks: 0,
      timestampBreaks: 0,
    });
    expect(running.fatal).toEqual([]);
    expect(running.engine.activeCalls).toBe(1);
  }

  /** Every SIP message that came in, whatever it was. */
  async function seen(): Promise<number> {
    const { malformed, requests, responses } = (await running.stats()).sip;
    return malformed + requests + responses;
  }

  test('malformed SIP over UDP is counted (RFC 4475 section 3.1.2), and the call goes on', async () => {
    const before = (await running.stats()).sip;
    const seenBefore = await seen();
    const peer = await RawPeer.open();
    const messages = [...tortures(peer), ...randomMessages()];
    for (const [index, message] of messages.entries()) {
      peer.send(message, running.remote.port);
      if (index % BURST !== BURST - 1) continue;
      await until('every message is seen', async () =>
        (await seen()) >= seenBefore + index + 1 ? true : undefined,
      );
    }
    peer.send(rawRequest({ method: 'OPTIONS', from: peer, callId: 'alive' }), running.remote.port);
    await until('an answer', () => peer.received.find((text) => text.includes('Call-ID: alive')));
    peer.close();

    expect((await running.stats()).sip.malformed).toBeGreaterThan(
      before.malformed + RANDOM_MESSAGES,
    );
    await expectCallGoesOn();
  });

  test('a TCP connection that sends no SIP is closed, and the call goes on', async () => {
    const { host, port } = running.remote;
    const socket = connect(port, host);
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    socket.write(randomBytes(70_000));
    socket.write('\r\n\r\n');
    await once(socket, 'close');

    await until('the connection is forgotten', async () =>
      (await running.stats()).sip.tcpConnections === 0 ? true : undefined,
    );
    await expectCallGoesOn();
  });

  test('RTP that is none, from the caller and from a stranger, is counted, and the call goes on', async () => {
    const before = (await running.stats()).media.packetsDropped;
    const { address, port } = phone.engineRtp;
    const stranger = createSocket('udp4');
    for (const packet of brokenPackets()) {
      phone.rtp.sendBytes(packet);
      stranger.send(packet, port, address);
      stranger.send(packet, port + 1, address);
    }
    // Sound in every way but for where it comes from.
    stranger.send(serializeRtp({ ...SOUND, ssrc: 1 }), port, address);
    await expectCallGoesOn();
    stranger.close();

    expect((await running.stats()).media.packetsDropped).toBeGreaterThan(before);
  });

  test('afterwards the call ends as any other, and so does the next one', async () => {
    await phone.hangUp();
    const next = await Phone.call({ remote: running.remote });
    await next.rtp.heard(10);
    await next.hangUp();
    const [second, first] = (await running.api.calls()).map(({ id }) => id);

    expect(next.answer.status).toBe(200);
    for (const id of [first, second]) {
      expect(await running.api.ended(id ?? '')).toMatchObject({ end_reason: 'hangup' });
    }
    expect((await running.stats()).media.sessionsOpen).toBe(0);
  });
});

const SOUND = {
  payloadType: 0,
  marker: false,
  sequenceNumber: 1,
  timestamp: 160,
  payload: new Uint8Array(160).fill(0x55),
};

/** In the manner of RFC 4475 section 3.1.2 and 3.3: what a parser must take for wrong. */
function tortures(from: RawPeer): readonly string[] {
  const invite = rawRequest({
    method: 'INVITE',
    from,
    callId: 'torture',
    uri: 'sip:demo@127.0.0.1',
  });
  return [
    invite.replace('Content-Length: 0', 'Content-Length: 9999'),
    invite.replace('Content-Length: 0', 'Content-Length: -999'),
    invite.replace('CSeq: 1 INVITE', 'CSeq: 36893488147419103232 INVITE'),
    invite.replace('CSeq: 1 INVITE', 'CSeq: 8 OPTIONS'),
    invite.replace('SIP/2.0\r\n', 'SIP/7.0\r\n'),
    invite.replace('Max-Forwards: 70', 'Max-Forwards: 300000000'),
    invite.replace(/^Via: .*\r\n/m, ''),
    invite.replace(/^Call-ID: .*\r\n/m, ''),
    invite.replace(/^From: .*\r\n/m, 'From: "unterminated <sip:a@b>;tag=\r\n'),
    invite.replace('INVITE sip:demo@127.0.0.1', 'INVITE  <sip:demo@127.0.0.1>'),
    invite.replace('INVITE sip:demo@127.0.0.1', 'INVITE http://127.0.0.1/'),
    invite.replace(/^INVITE/, 'INV\0ITE'),
    'SIP/2.0 4294967301 better not break the receiver\r\n\r\n',
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnone\r\n\r\n',
    'INVITE',
  ];
}

function randomMessages(): readonly string[] {
  return Array.from({ length: RANDOM_MESSAGES }, (_, index) =>
    randomBytes(8 + ((index * 37) % 1_400)).toString('latin1'),
  );
}

function brokenPackets(): readonly Uint8Array[] {
  const sound = serializeRtp({ ...SOUND, ssrc: 7 });
  const change = (at: number, value: number) => sound.with(at, value);
  return [
    new Uint8Array(0),
    sound.subarray(0, 11),
    // Version 1; fifteen CSRCs, an extension, padding of 255 octets that are not there.
    change(0, 0x40),
    change(0, 0x8f).subarray(0, 20),
    change(0, 0x90).subarray(0, 14),
    change(0, 0xa0).with(sound.length - 1, 0xff),
    // Payload types that nobody agreed on, and RTCP of no known kind.
    change(1, 96),
    change(1, 200),
    change(1, 223),
    ...Array.from({ length: 50 }, (_, index) => new Uint8Array(randomBytes(1 + index * 25))),
  ];
}
