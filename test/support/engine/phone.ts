import { type SipAnswer, SipClient } from '../../../src/cli/caller/sip-client.ts';
import { type G711Law, PAYLOAD_TYPE } from '../rtp/g711-reference.ts';
import { RtpPeer } from '../rtp/rtp-peer.ts';
import type { Remote } from './running-engine.ts';
import { within } from './until.ts';

export interface PhoneOptions {
  readonly remote: Remote;
  readonly number?: string;
  readonly law?: G711Law;
  readonly localHost?: string;
  readonly fromUser?: string;
}

/** A telephone with the test's own ears: the built-in caller's signalling, and an RTP far end that keeps every packet. */
export class Phone {
  readonly answer: SipAnswer;
  readonly rtp: RtpPeer;
  /** The other side hung up. */
  readonly ended: Promise<void>;
  readonly #sip: SipClient;
  #hasAudio = true;
  #isClosed = false;

  private constructor(sip: SipClient, rtp: RtpPeer, call: Pick<Phone, 'answer' | 'ended'>) {
    this.#sip = sip;
    this.rtp = rtp;
    this.answer = call.answer;
    this.ended = call.ended;
  }

  /** Resolves with the final answer, whatever it is. */
  static async call(options: PhoneOptions): Promise<Phone> {
    const { remote, number = 'demo', law = 'PCMU', localHost = '127.0.0.1' } = options;
    const rtp = await RtpPeer.open({ address: localHost, law });
    const sip = await SipClient.open({
      ...remote,
      toUser: number,
      fromUser: options.fromUser ?? '+4930555',
      localHost,
    });
    const ended = new Promise<void>((resolve) => {
      sip.onBye = resolve;
    });
    const answer = await sip.invite(phoneSdp(localHost, rtp.port, law));
    const audio = audioOf(answer.body);
    if (audio) rtp.start(audio);
    return new Phone(sip, rtp, { answer, ended });
  }

  /** Where the engine wants our audio. */
  get engineRtp(): { readonly address: string; readonly port: number } {
    const audio = audioOf(this.answer.body);
    if (!audio) throw new Error(`no audio in the answer ${this.answer.status}`);
    return audio;
  }

  /** Resolves with its end by the other side. */
  async isHungUp(limitMs: number): Promise<void> {
    await within(limitMs, 'the engine hangs up', this.ended);
  }

  async hangUp(): Promise<void> {
    try {
      if (this.answer.status < 300) await this.#sip.bye();
    } finally {
      this.close();
    }
  }

  /** No more packets, as if the network were gone for them; signalling goes on. */
  loseAudio(): void {
    if (!this.#hasAudio) return;
    this.#hasAudio = false;
    this.rtp.close();
  }

  /** Frees the sockets without a word. Idempotent. */
  close(): void {
    this.loseAudio();
    if (!this.#isClosed) this.#sip.close();
    this.#isClosed = true;
  }
}

export function phoneSdp(host: string, port: number, law: G711Law = 'PCMU'): string {
  const payloadType = PAYLOAD_TYPE[law];
  return [
    'v=0',
    `o=phone 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloadType} 101`,
    `a=rtpmap:${payloadType} ${law}/8000`,
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

function audioOf(sdp: string): { readonly address: string; readonly port: number } | undefined {
  const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
  return address !== undefined && port !== undefined ? { address, port: Number(port) } : undefined;
}
