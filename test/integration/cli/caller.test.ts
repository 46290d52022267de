import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Caller, type CallerOptions } from '../../../src/cli/caller/caller.ts';
import { AnsweringPhone, headerOf } from './answering-phone.ts';

const LIMIT_MS = 5_000;
const PACKET_SAMPLES = 160;
const EVENT = 101;

let phone: AnsweringPhone;
let caller: Caller | undefined;

beforeEach(async () => {
  phone = await AnsweringPhone.open();
});

afterEach(() => {
  caller?.close();
  caller = undefined;
  phone.close();
});

function dial(options: Partial<CallerOptions> = {}): Promise<Caller> {
  const target = { host: '127.0.0.1', port: phone.sip.port };
  return Caller.call({ ...target, toUser: 'demo', fromUser: '+15550100', ...options });
}

async function connect(options: Partial<CallerOptions> = {}): Promise<Caller> {
  const [connected] = await Promise.all([dial(options), phone.answer()]);
  caller = connected;
  return connected;
}

function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, at) => 8_000 * Math.sin((at * Math.PI) / 8));
}

describe('the built-in caller dials', () => {
  test('with one Call-ID, acknowledges the answer in the dialog, and ends it with BYE (RFC 3261 sections 13.2.2.4, 15)', async () => {
    const connected = await connect();
    const ack = await phone.sip.next(/^ACK /);
    expect(headerOf(ack, 'Call-ID')).toBe(`Call-ID: ${connected.sipCallId}`);
    expect(headerOf(ack, 'To')).toContain(';tag=phone');

    const hungUp = connected.hangUp();
    const bye = await phone.sip.next(/^BYE /);
    expect(headerOf(bye, 'CSeq')).toBe('CSeq: 2 BYE');
    phone.respond(bye, '200 OK');
    await hungUp;
  });

  test('sends the INVITE again until it is answered (RFC 3261 section 17.1.1.2)', async () => {
    const dialling = dial();
    const first = await phone.ring();
    const second = await phone.ring();
    expect(second).toBe(first);
    phone.respond(second, '486 Busy Here');
    await expect(dialling).rejects.toThrow('call refused: 486 Busy Here');
    expect(headerOf(await phone.sip.next(/^ACK /), 'Via')).toBe(headerOf(first, 'Via'));
  });

  test('stops dialling when told to', async () => {
    const abort = new AbortController();
    const dialling = dial({ signal: abort.signal });
    await phone.ring();
    abort.abort(new Error('interrupted'));
    await expect(dialling).rejects.toThrow('interrupted');
  });
});

describe('the built-in caller speaks', () => {
  test('in one stream of a packet every 20 ms, clips and silence alike (RFC 3550 section 5.1)', async () => {
    const connected = await connect();
    const said = await connected.say(tone(200));
    await phone.rtp.heard(40);
    expect(phone.rtp.continuity()).toMatchObject({
      ssrcChanges: 0,
      sequenceBreaks: 0,
      timestampBreaks: 0,
    });
    expect(said.lastPacketMs).toBeGreaterThan(said.firstPacketMs);
    const loud = phone.rtp.audio().filter((sample) => Math.abs(sample) > 2_000).length;
    // |sin| is above a quarter for 84 % of a period.
    expect(loud / (200 * 8)).toBeCloseTo(0.84, 1);
  });

  test('keys as telephone events with a marker, one timestamp and three ends each (RFC 4733 section 2.5)', async () => {
    const connected = await connect();
    await connected.press('7');
    await connected.press('#');
    await connected.say(new Int16Array(PACKET_SAMPLES * 3));
    await phone.rtp.heard(18);
    const events = phone.rtp.received.filter(({ payloadType }) => payloadType === EVENT);
    for (const [key, packets] of [
      [7, events.slice(0, 7)],
      [11, events.slice(7)],
    ] as const) {
      expect(packets.map(({ payload }) => payload[0])).toEqual(Array(7).fill(key));
      expect(packets.map(({ marker }) => marker)).toEqual([true, ...Array(6).fill(false)]);
      expect(new Set(packets.map(({ timestamp }) => timestamp)).size).toBe(1);
      const isEnd = packets.map(({ payload }) => ((payload[1] ?? 0) & 0x80) !== 0);
      expect(isEnd).toEqual([false, false, false, false, true, true, true]);
    }
  });

  test('no key that a telephone does not have', async () => {
    const connected = await connect();
    expect(() => connected.press('x')).toThrow('not a key of a telephone: x');
  });
});

describe('the built-in caller hears', () => {
  test('speech, how much of it, and the silence after it', async () => {
    const connected = await connect();
    const speaking = connected.hearsSpeech(connected.answeredMs, LIMIT_MS);
    const enough = connected.hearsMore(200, LIMIT_MS);
    const spoken = phone.rtp.speak(tone(400));
    const startedMs = await speaking;
    await enough;
    expect(connected.lastSpeechMs).toBeGreaterThan(startedMs);
    await spoken;
    const lastMs = await connected.hearsSilence(200, LIMIT_MS);
    expect(lastMs).toBe(connected.lastSpeechMs);
    expect(connected.packetsHeard).toBeGreaterThan(20);
  });

  test('that nobody speaks', async () => {
    const connected = await connect();
    const waiting = connected.hearsSpeech(connected.answeredMs, 100);
    await expect(waiting).rejects.toThrow('the other side did not speak within 100 ms');
  });

  test('nothing in what is not audio of the call', async () => {
    const connected = await connect();
    await phone.rtp.heard(1);
    for (const bytes of [Uint8Array.of(), Uint8Array.of(0x80), new Uint8Array(200).fill(0x55)]) {
      phone.rtp.sendBytes(bytes);
    }
    await phone.rtp.speak(tone(20));
    await connected.hearsSilence(100, LIMIT_MS);
    const lost = connected.hearsMore(40, 100);
    await expect(lost).rejects.toThrow('the other side did not speak for 40 ms within 100 ms');
  });

  test('the other side hang up, and answers (RFC 3261 section 15.1.2)', async () => {
    const connected = await connect();
    const waiting = connected.hearsSpeech(connected.answeredMs, LIMIT_MS);
    phone.hangUp(await phone.sip.next(/^ACK /));
    await expect(waiting).rejects.toThrow('the other side hung up');
    await connected.ended;
    expect(await phone.sip.next(/^SIP\/2.0 200 OK/)).toContain('CSeq: 1 BYE');
  });

  test('that it is to stop waiting', async () => {
    const abort = new AbortController();
    const connected = await connect({ signal: abort.signal });
    const waiting = connected.hearsSilence(LIMIT_MS, LIMIT_MS);
    abort.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow('interrupted');
  });
});
