import { type HeardPacket, nowMs, RtpStream, type SaidClip } from './rtp-stream.ts';
import { type SipAnswer, SipClient } from './sip-client.ts';

export interface CallerOptions {
  readonly host: string;
  readonly port: number;
  readonly toUser: string;
  readonly fromUser: string;
  readonly localHost?: string;
  readonly noiseDbfs?: number;
  /** Every audio packet heard, and every slot sent (undefined: no speech in it), for a recording or a measurement. */
  readonly onHeard?: (packet: HeardPacket) => void;
  readonly onSent?: (samples: Int16Array | undefined) => void;
  /** Ends the dialling and whatever is waited for, with its reason; the call itself is left to {@link Caller.hangUp}. */
  readonly signal?: AbortSignal;
}

/** Level above which a packet of the agent counts as speech. The agent's silence is digital silence. */
const SPEECH_DBFS = -50;
const PACKET_MS = 20;

/** Looks at each packet that arrives; gives a value when it is the one waited for. */
type Look<T> = (packet: HeardPacket) => T | undefined;

interface Watch {
  readonly look: (packet: HeardPacket) => void;
  readonly fail: (error: Error) => void;
}

/**
 * A person with a telephone, as a program: calls over real SIP and RTP sockets, says clips, presses keys, hears when the other side talks and
 * when it stops. All times are monotonic milliseconds. What is waited for rejects when it does not come in time, and when the other
 * side hangs up.
 */
export class Caller {
  readonly #sip: SipClient;
  readonly #rtp: RtpStream;
  readonly #watches = new Set<Watch>();
  /** Ends of the call: the far end hung up. */
  readonly ended: Promise<void>;
  #lastSpeechMs = -Infinity;
  #packetsHeard = 0;
  #answeredMs = 0;

  private constructor(sip: SipClient, rtp: RtpStream, options: CallerOptions) {
    this.#sip = sip;
    this.#rtp = rtp;
    this.ended = new Promise((done) => {
      sip.onBye = () => {
        this.#failWatches(new Error('the other side hung up'));
        done();
      };
    });
    options.signal?.addEventListener('abort', () => this.#failWatches(options.signal?.reason), {
      once: true,
    });
    rtp.onHeard = (packet) => {
      this.#hear(packet);
      options.onHeard?.(packet);
    };
    if (options.onSent) rtp.onSent = options.onSent;
  }

  /** Dials; rejects with status and reason when the call is not answered. */
  static async call(options: CallerOptions): Promise<Caller> {
    const { localHost = '127.0.0.1', noiseDbfs, signal, ...target } = options;
    signal?.throwIfAborted();
    const rtp = await RtpStream.open(localHost, noiseDbfs);
    const sip = await SipClient.open({ ...target, localHost });
    const caller = new Caller(sip, rtp, options);
    try {
      const inviting = sip.invite(offer(localHost, rtp.localPort));
      const answer = await (signal ? Promise.race([inviting, aborted(signal)]) : inviting);
      const remote = remoteOf(answer);
      caller.#answeredMs = nowMs();
      rtp.start(remote.host, remote.port);
      return caller;
    } catch (error) {
      caller.close();
      throw error;
    }
  }

  get rtpPort(): number {
    return this.#rtp.localPort;
  }

  /** The Call-ID of the dialog (RFC 3261 section 8.1.1.4): finds the call at the other side. */
  get sipCallId(): string {
    return this.#sip.callId;
  }

  get answeredMs(): number {
    return this.#answeredMs;
  }

  get packetsHeard(): number {
    return this.#packetsHeard;
  }

  /** When the far end was last heard speaking; -Infinity before. */
  get lastSpeechMs(): number {
    return this.#lastSpeechMs;
  }

  /** Says 8 kHz samples; resolves when the last packet was sent. */
  say(samples: Int16Array): Promise<SaidClip> {
    return this.#rtp.say(samples);
  }

  /** Presses one key, after those pressed before; resolves when it is released. */
  press(digit: string): Promise<number> {
    return this.#rtp.press(digit);
  }

  /** Resolves with the arrival of the first packet of speech at or after `afterMs`; rejects after `timeoutMs`. */
  hearsSpeech(afterMs: number, timeoutMs: number): Promise<number> {
    return this.#watch({
      look: (packet) => (isSpeech(packet) && packet.atMs >= afterMs ? packet.atMs : undefined),
      timeoutMs,
      failure: 'the other side did not speak',
    });
  }

  /** Resolves once `speechMs` of speech were heard from now on, pauses not counted. */
  hearsMore(speechMs: number, timeoutMs: number): Promise<void> {
    let heardMs = 0;
    return this.#watch({
      look: (packet) => {
        if (isSpeech(packet)) heardMs += PACKET_MS;
        return heardMs >= speechMs ? true : undefined;
      },
      timeoutMs,
      failure: `the other side did not speak for ${speechMs} ms`,
    }).then(() => undefined);
  }

  /** Resolves once the far end has been silent for `quietMs`, with the arrival of its last packet of speech. */
  hearsSilence(quietMs: number, timeoutMs: number): Promise<number> {
    return this.#watch({
      look: ({ atMs }) => (atMs - this.#lastSpeechMs >= quietMs ? this.#lastSpeechMs : undefined),
      timeoutMs,
      failure: 'the other side did not stop speaking',
    });
  }

  /** Resolves after `count` more packets, silent or not: a wait in the far end's time. */
  hearsPackets(count: number, timeoutMs: number): Promise<void> {
    const until = this.#packetsHeard + count;
    return this.#watch({
      look: () => (this.#packetsHeard >= until ? true : undefined),
      timeoutMs,
      failure: `the other side did not send ${count} packets`,
    }).then(() => undefined);
  }

  /** BYE, then the sockets. */
  async hangUp(): Promise<void> {
    try {
      await this.#sip.bye();
    } finally {
      this.close();
    }
  }

  /** Without a BYE. What was waited for never comes. */
  close(): void {
    this.#failWatches(new Error('the call is over'));
    this.#rtp.close();
    this.#sip.close();
  }

  #hear(packet: HeardPacket): void {
    this.#packetsHeard += 1;
    if (isSpeech(packet)) this.#lastSpeechMs = packet.atMs;
    for (const { look } of this.#watches) look(packet);
  }

  #failWatches(error: Error): void {
    for (const { fail } of this.#watches) fail(error);
  }

  #watch<T>(wait: {
    readonly look: Look<T>;
    readonly timeoutMs: number;
    readonly failure: string;
  }): Promise<T> {
    const { look, timeoutMs, failure } = wait;
    return new Promise<T>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#watches.delete(watch);
      };
      const watch: Watch = {
        look: (packet) => {
          const found = look(packet);
          if (found === undefined) return;
          settle();
          resolve(found);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(
        () => watch.fail(new Error(`${failure} within ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#watches.add(watch);
    });
  }
}

function isSpeech(packet: HeardPacket): boolean {
  return packet.levelDbfs > SPEECH_DBFS;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function offer(host: string, port: number): string {
  return [
    'v=0',
    `o=caller ${Date.now()} 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

function remoteOf(answer: SipAnswer): { host: string; port: number } {
  if (answer.status >= 300) throw new Error(`call refused: ${answer.status} ${answer.reason}`);
  const host = /^c=IN IP4 (\S+)/m.exec(answer.body)?.[1];
  const port = /^m=audio (\d+)/m.exec(answer.body)?.[1];
  if (!host || !port) throw new Error('the answer has no audio');
  return { host, port: Number(port) };
}
