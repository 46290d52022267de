import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { DEFAULT_SEND_DIGITS, type RtpRemote } from '../../../src/media/media-engine.ts';
import type { RtpPacket } from '../../support/rtp/rtp-packet.ts';
import { createEngine, ListeningSession, pcmuAt, tone } from './listening-session.ts';
import { PacketPeer } from './packet-peer.ts';

const EVENTS = 101;
const KEYS = '0123456789*#ABCD';

interface TelephoneEvent {
  readonly key: string | undefined;
  readonly isEnd: boolean;
  readonly volume: number;
  readonly duration: number;
}

function parseEvent({ payload }: RtpPacket): TelephoneEvent {
  const [event = 0, flags = 0, high = 0, low = 0] = payload;
  return {
    key: KEYS[event],
    isEnd: (flags & 0x80) !== 0,
    volume: flags & 0x3f,
    duration: (high << 8) | low,
  };
}

function trains(packets: readonly RtpPacket[]): RtpPacket[][] {
  const events = packets.filter(({ payloadType }) => payloadType === EVENTS);
  return [...Map.groupBy(events, ({ timestamp }) => timestamp).values()];
}

describe('sending keys', () => {
  let engine: NativeMediaEngine;
  let peer: PacketPeer;
  let call: ListeningSession;

  beforeEach(async () => {
    engine = createEngine(41_200, 41_263);
    peer = await PacketPeer.open();
    call = new ListeningSession(engine);
    peer.aimAt(call.session.localPort);
  });

  afterEach(async () => {
    await engine.close();
    peer.close();
  });

  async function dial(digits: string, mode: 'rfc4733' | 'inband', remote: Partial<RtpRemote> = {}) {
    call.session.connect(pcmuAt(peer.port, remote));
    await peer.received(3);
    call.session.sendDigits(digits, { ...DEFAULT_SEND_DIGITS, mode });
    const { count } = await call.event('digits-sent');
    expect(count).toBe(digits.length);
    return peer.received(peer.packets.length + 3);
  }

  it.each([
    [10, 10],
    [20, 5],
    [60, 2],
  ])(
    'sends each as a train of events with ptime %i, in place of audio (RFC 4733 2.5)',
    async (ptimeMs, perKey) => {
      const packets = await dial('12#', 'rfc4733', { ptimeMs });
      const perPacket = ptimeMs * 8;

      expect(trains(packets).map((train) => parseEvent(train[0] as RtpPacket).key)).toEqual([
        '1',
        '2',
        '#',
      ]);
      for (const train of trains(packets)) {
        const events = train.map(parseEvent);
        expect(train.map(({ marker }) => marker)).toEqual(train.map((_, index) => index === 0));
        expect(events.map(({ isEnd }) => isEnd)).toEqual(
          train.map((_, index) => index >= perKey - 1),
        );
        expect(events.filter(({ isEnd }) => isEnd)).toHaveLength(3);
        expect(events.map(({ duration }) => duration)).toEqual(
          train.map((_, index) => Math.min(800, (index + 1) * perPacket)),
        );
        expect(events.every(({ volume }) => volume === 10)).toBe(true);
      }
      const [first] = packets as [RtpPacket];
      for (const [index, packet] of packets.entries()) {
        expect(packet.sequenceNumber).toBe((first.sequenceNumber + index) & 0xffff);
        const atItsPlace = (first.timestamp + index * perPacket) >>> 0;
        if (packet.payloadType !== EVENTS || packet.marker)
          expect(packet.timestamp).toBe(atItsPlace);
      }
    },
  );

  it('counts events at the clock of the audio, and splits what is longer than 0xFFFF (RFC 4733 2.5.1.3)', async () => {
    call.session.connect(
      pcmuAt(peer.port, { codec: 'L16', sampleRateHz: 16_000, payloadType: 97 }),
    );
    await peer.received(3);
    call.session.sendDigits('5', { mode: 'rfc4733', durationMs: 4_200, gapMs: 80 });
    await call.event('digits-sent');
    const [first = [], second = [], ...more] = trains(peer.packets);

    expect(more).toEqual([]);
    expect(first.map(parseEvent).some(({ isEnd }) => isEnd)).toBe(false);
    expect(parseEvent(first.at(-1) as RtpPacket).duration).toBe(0xffff);
    expect(second[0]).toMatchObject({
      timestamp: ((first[0] as RtpPacket).timestamp + 0xffff) >>> 0,
      marker: false,
    });
    expect(parseEvent(second.at(-1) as RtpPacket)).toMatchObject({
      isEnd: true,
      duration: 4_200 * 16 - 0xffff,
    });
  });

  it('sends tones to a peer that takes no events, and another session hears them', async () => {
    const { telephoneEventPayloadType: _, ...plain } = pcmuAt(peer.port);
    const ear = new ListeningSession(engine);
    const mouth = call.session;
    ear.session.setDetection({ inbandDtmf: true, tones: false });
    ear.session.connect({ ...plain, port: mouth.localPort });
    mouth.connect({ ...plain, port: ear.session.localPort });
    await ear.event('rtp-started');
    mouth.sendDigits(KEYS, { ...DEFAULT_SEND_DIGITS, mode: 'rfc4733' });
    const heard = await ear.eventCount('dtmf', KEYS.length);
    const { atMs: sentMs } = await call.event('digits-sent');

    expect(heard.map(({ digit }) => digit).join('')).toBe(KEYS);
    expect(heard.every(({ source }) => source === 'inband')).toBe(true);
    for (const { durationMs } of heard) expect(Math.abs(durationMs - 100)).toBeLessThanOrEqual(20);
    expect((heard[0]?.onsetMs ?? 0) < sentMs).toBe(true);
  });

  it('loses nothing of what is being said: it fades, waits, and goes on', async () => {
    call.session.connect(pcmuAt(peer.port));
    await peer.received(3);
    call.session.write(1, tone(500, 1_000), 8_000);
    call.session.finish(1);
    await call.event('playout-started');
    call.session.sendDigits('99', { ...DEFAULT_SEND_DIGITS, mode: 'rfc4733' });
    const { playedMs } = await call.event('playout-ended');

    expect(playedMs).toBe(1_000);
    expect(call.eventsOf('digits-sent')).toHaveLength(1);
    expect(call.eventsOf('underrun')).toEqual([]);
    expect(trains(peer.packets)).toHaveLength(2);
  });

  it('a flush while keys go out is done at once, and the keys go on', async () => {
    call.session.connect(pcmuAt(peer.port));
    await peer.received(3);
    call.session.write(1, tone(500, 5_000), 8_000);
    await call.event('playout-started');
    call.session.sendDigits('123456', { ...DEFAULT_SEND_DIGITS, mode: 'rfc4733' });
    await peer.received(peer.packets.length + 10);
    call.session.flush();
    const { atMs } = await call.event('playout-ended');
    const sent = await call.event('digits-sent');

    expect(sent.count).toBe(6);
    expect(atMs).toBeLessThan(sent.atMs);
  });
});
