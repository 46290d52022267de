import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { muLawDecodeFrame, muLawEncodeFrame } from '../../audio/g711.ts';
import { levelDbfs } from '../../audio/level.ts';

const PACKET_MS = 20;
const PACKET_SAMPLES = 160;
const HEADER_BYTES = 12;
const VERSION = 2;
const MARKER = 0x80;
const PCMU = 0;
const TELEPHONE_EVENT = 101;
const DIGITS = '0123456789*#ABCD';
const KEY_PACKETS = 5;

/** A packet as it came in; `atMs` on the monotonic clock (CLOCK_MONOTONIC), so comparable with the engine's stamps. */
export interface HeardPacket {
  readonly atMs: number;
  readonly sequenceNumber: number;
  readonly levelDbfs: number;
  readonly samples: Int16Array;
}

export interface SaidClip {
  /** When the first and the last packet of the clip were sent, monotonic. */
  readonly firstPacketMs: number;
  readonly lastPacketMs: number;
}

interface KeyPacket {
  readonly payload: Uint8Array;
  readonly begins: boolean;
  /** On the first packet that says that the key is up. */
  readonly released?: (atMs: number) => void;
}

interface QueuedClip {
  readonly samples: Int16Array;
  readonly done: (said: SaidClip) => void;
  offset: number;
  firstPacketMs: number;
}

/** Monotonic time in milliseconds, on the clock of the engine's media stamps. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * The RTP half of the built-in caller: PCMU, a packet every 20 ms from {@link start} to {@link close} (RFC 3550), silence with a little
 * line noise while nothing is said, and digits as telephone events (RFC 4733).
 */
export class RtpStream {
  readonly #socket: Socket;
  readonly #ssrc = randomInt(2 ** 31);
  readonly #noise: Uint8Array[];
  readonly #clips: QueuedClip[] = [];
  readonly #keyPackets: KeyPacket[] = [];
  #keyTimestamp = 0;
  #remote: { readonly host: string; readonly port: number } | undefined;
  #sequenceNumber = randomInt(2 ** 15);
  #timestamp = randomInt(2 ** 31);
  #startMs = 0;
  #sentPackets = 0;
  #timer: NodeJS.Timeout | undefined;
  #onHeard: ((packet: HeardPacket) => void) | undefined;
  #onSent: ((samples: Int16Array | undefined) => void) | undefined;
  #isClosed = false;

  private constructor(socket: Socket, noiseDbfs: number) {
    this.#socket = socket;
    this.#noise = noisePackets(noiseDbfs);
    socket.on('message', (packet) => this.#receive(packet));
  }

  /** @param noiseDbfs level of the line noise between the clips; -Infinity for digital silence */
  static async open(localHost: string, noiseDbfs = -65): Promise<RtpStream> {
    const socket = createSocket('udp4');
    socket.bind(0, localHost);
    await once(socket, 'listening');
    return new RtpStream(socket, noiseDbfs);
  }

  get localPort(): number {
    return this.#socket.address().port;
  }

  /** Every audio packet of the far end. */
  set onHeard(listener: (packet: HeardPacket) => void) {
    this.#onHeard = listener;
  }

  /** Every 20 ms slot of ours: the samples of the clip in it, or undefined for silence. */
  set onSent(listener: (samples: Int16Array | undefined) => void) {
    this.#onSent = listener;
  }

  start(host: string, port: number): void {
    this.#remote = { host, port };
    this.#startMs = nowMs();
    this.#tick();
  }

  /** Queues 8 kHz audio; resolves when its last packet was sent. */
  say(samples: Int16Array): Promise<SaidClip> {
    return new Promise((done) => {
      this.#clips.push({ samples, done, offset: 0, firstPacketMs: 0 });
    });
  }

  /** Presses one key for 100 ms, after those pressed before; resolves when it is released. */
  press(digit: string): Promise<number> {
    const event = DIGITS.indexOf(digit);
    if (event < 0 || digit.length !== 1) throw new Error(`not a key of a telephone: ${digit}`);
    return new Promise((released) => {
      // The end packet goes out three times (RFC 4733 section 2.5.1.4).
      for (let packet = 1; packet <= KEY_PACKETS + 2; packet += 1) {
        const duration = Math.min(packet, KEY_PACKETS) * PACKET_SAMPLES;
        const payload = eventPayload(event, duration, packet >= KEY_PACKETS);
        const isRelease = packet === KEY_PACKETS;
        this.#keyPackets.push({ payload, begins: packet === 1, ...(isRelease && { released }) });
      }
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #tick(): void {
    const now = nowMs();
    while (this.#startMs + this.#sentPackets * PACKET_MS <= now) {
      this.#sendSlot();
      this.#sentPackets += 1;
    }
    const nextMs = this.#startMs + this.#sentPackets * PACKET_MS;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, nextMs - nowMs()));
  }

  #sendSlot(): void {
    const key = this.#keyPackets.shift();
    if (key) {
      if (key.begins) this.#keyTimestamp = this.#timestamp;
      this.#onSent?.(undefined);
      // All packets of an event carry the timestamp of its beginning, the first one the marker (RFC 4733 section 2.5.1.2).
      const type = TELEPHONE_EVENT | (key.begins ? MARKER : 0);
      this.#sendPacket(type, this.#keyTimestamp, key.payload);
      key.released?.(nowMs());
    } else {
      const samples = this.#nextSamples();
      this.#onSent?.(samples);
      this.#sendPacket(
        PCMU,
        this.#timestamp,
        samples ? muLawEncodeFrame(samples) : this.#silence(),
      );
    }
    this.#timestamp = (this.#timestamp + PACKET_SAMPLES) >>> 0;
  }

  #silence(): Uint8Array {
    return this.#noise[this.#sentPackets % this.#noise.length] ?? new Uint8Array(PACKET_SAMPLES);
  }

  #nextSamples(): Int16Array | undefined {
    const clip = this.#clips[0];
    if (!clip) return undefined;
    if (clip.offset === 0) clip.firstPacketMs = nowMs();
    const samples = new Int16Array(PACKET_SAMPLES);
    samples.set(clip.samples.subarray(clip.offset, clip.offset + PACKET_SAMPLES));
    clip.offset += PACKET_SAMPLES;
    if (clip.offset >= clip.samples.length) {
      this.#clips.shift();
      clip.done({ firstPacketMs: clip.firstPacketMs, lastPacketMs: nowMs() });
    }
    return samples;
  }

  #sendPacket(markerAndType: number, timestamp: number, payload: Uint8Array): void {
    if (!this.#remote) return;
    const packet = Buffer.alloc(HEADER_BYTES + payload.length);
    packet[0] = VERSION << 6;
    packet[1] = markerAndType;
    packet.writeUInt16BE(this.#sequenceNumber, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, HEADER_BYTES);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#socket.send(packet, this.#remote.port, this.#remote.host);
  }

  #receive(packet: Buffer): void {
    const [flags = 0, markerAndType = 0] = packet;
    const isAudio = flags >> 6 === VERSION && markerAndType % 128 === PCMU;
    if (!isAudio || packet.length <= HEADER_BYTES) return;
    const samples = muLawDecodeFrame(packet.subarray(HEADER_BYTES));
    this.#onHeard?.({
      atMs: nowMs(),
      sequenceNumber: packet.readUInt16BE(2),
      levelDbfs: levelDbfs(samples),
      samples,
    });
  }
}

/** RFC 4733 section 2.3: event, end bit and volume, duration in samples. */
function eventPayload(event: number, durationSamples: number, end: boolean): Uint8Array {
  return Uint8Array.of(event, (end ? 0x80 : 0) | 10, durationSamples >> 8, durationSamples & 0xff);
}

/** A second of white noise, so that a listener does not hear a loop of 20 ms. */
function noisePackets(noiseDbfs: number): Uint8Array[] {
  const peak = noiseDbfs === -Infinity ? 0 : 32_768 * 10 ** (noiseDbfs / 20) * Math.sqrt(3);
  return Array.from({ length: 50 }, () =>
    muLawEncodeFrame(
      Int16Array.from({ length: PACKET_SAMPLES }, () => (2 * Math.random() - 1) * peak),
    ),
  );
}
