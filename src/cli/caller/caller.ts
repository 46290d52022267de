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
}

/** Level above which a packet of the agent counts as speech. The agent's silence is digital silence. */
const SPEECH_DBFS = -50;

/**
 * A person with a telephone, as a program: calls over real SIP and RTP sockets, says clips, presses keys, hears when the other side talks and
 * when it stops. All times are monotonic milliseconds.
 */
export class Caller {
  readonly #sip: SipClient;
  readonly #rtp: RtpStream;
  readonly #waiting = new Set<() => void>();
  /** Ends of the call: the far end hung up. */
  readonly ended: Promise<void>;
  #lastSpeechMs = -Infinity;
  #firstSpeechAfter: { readonly afterMs: number; readonly done: (atMs: number) => void }[] = [];
  #packetsHeard = 0;

  private constructor(sip: SipClient, rtp: RtpStream, options: CallerOptions) {
    this.#sip = sip;
    this.#rtp = rtp;
    this.ended = new Promise((done) => {
      sip.onBye = done;
    });
    rtp.onHeard = (packet) => {
      this.#hear(packet);
      options.onHeard?.(packet);
    };
    if (options.onSent) rtp.onSent = options.onSent;
  }

  /** Dials; rejects with status and reason when the call is not answered. */
  static async call(options: CallerOptions): Promise<Caller> {
    const { localHost = '127.0.0.1', noiseDbfs, ...target } = options;
    const rtp = await RtpStream.open(localHost, noiseDbfs);
    const sip = await SipClient.open({ ...target, localHost });
    const caller = new Caller(sip, rtp, options);
    try {
      const answer = await sip.invite(offer(localHost, rtp.localPort));
      const remote = remoteOf(answer);
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

  press(digit: string): void {
    this.#rtp.press(digit);
  }

  /** Resolves with the arrival of the first packet of speech at or after `afterMs`; rejects after `timeoutMs`. */
  hearsSpeech(afterMs: number, timeoutMs: number): Promise<number> {
    return withTimeout(
      new Promise((done) => this.#firstSpeechAfter.push({ afterMs, done })),
      timeoutMs,
      'the other side did not speak',
    );
  }

  /** Resolves once the far end has been silent for `quietMs`, with the arrival of its last packet of speech. */
  hearsSilence(quietMs: number, timeoutMs: number): Promise<number> {
    const silence = new Promise<number>((done) => {
      const check = () => {
        if (nowMs() - this.#lastSpeechMs < quietMs) return;
        this.#waiting.delete(check);
        done(this.#lastSpeechMs);
      };
      this.#waiting.add(check);
    });
    return withTimeout(silence, timeoutMs, 'the other side did not stop speaking');
  }

  /** BYE, then the sockets. */
  async hangUp(): Promise<void> {
    try {
      await this.#sip.bye();
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#rtp.close();
    this.#sip.close();
  }

  #hear(packet: HeardPacket): void {
    this.#packetsHeard += 1;
    if (packet.levelDbfs > SPEECH_DBFS) {
      this.#lastSpeechMs = packet.atMs;
      const due = this.#firstSpeechAfter.filter(({ afterMs }) => packet.atMs >= afterMs);
      this.#firstSpeechAfter = this.#firstSpeechAfter.filter((wait) => !due.includes(wait));
      for (const { done } of due) done(packet.atMs);
    }
    for (const check of this.#waiting) check();
  }
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

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
