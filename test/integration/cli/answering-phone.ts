import { RtpPeer } from '../../support/rtp/rtp-peer.ts';
import { RawPeer } from '../../support/sip/raw-peer.ts';

/** What a caller calls in these tests: SIP by hand on a bare socket, and an RTP far end. */
export class AnsweringPhone {
  readonly rtp: RtpPeer;
  readonly sip: RawPeer;

  private constructor(sip: RawPeer, rtp: RtpPeer) {
    this.sip = sip;
    this.rtp = rtp;
  }

  static async open(): Promise<AnsweringPhone> {
    return new AnsweringPhone(await RawPeer.open(), await RtpPeer.open());
  }

  /** The next INVITE, still to be answered. */
  ring(): Promise<string> {
    return this.sip.next(/^INVITE /);
  }

  async answer(): Promise<void> {
    this.respond(await this.ring(), '200 OK', this.#sdp());
  }

  respond(request: string, status: string, body = ''): void {
    const kept = request
      .split('\r\n')
      .filter((line) => /^(Via|From|Call-ID|CSeq):/.test(line))
      .concat(`${headerOf(request, 'To').split(';tag=')[0]};tag=phone`);
    const lines = [
      `SIP/2.0 ${status}`,
      ...kept,
      `Contact: <sip:phone@127.0.0.1:${this.sip.port}>`,
      `Content-Length: ${body.length}`,
    ];
    this.sip.send(`${lines.join('\r\n')}\r\n\r\n${body}`, portOf(request));
  }

  /** A BYE in the dialog of the ACK. */
  hangUp(ack: string): void {
    const lines = [
      'BYE sip:caller@127.0.0.1 SIP/2.0',
      `Via: SIP/2.0/UDP 127.0.0.1:${this.sip.port};branch=z9hG4bKbye`,
      headerOf(ack, 'To').replace('To:', 'From:'),
      headerOf(ack, 'From').replace('From:', 'To:'),
      headerOf(ack, 'Call-ID'),
      'CSeq: 1 BYE',
      'Content-Length: 0',
    ];
    this.sip.send(`${lines.join('\r\n')}\r\n\r\n`, portOf(ack));
  }

  close(): void {
    this.sip.close();
    this.rtp.close();
  }

  #sdp(): string {
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${this.rtp.port} RTP/AVP 0 101\r\n`;
  }
}

export function headerOf(message: string, name: string): string {
  return message.split('\r\n').find((line) => line.startsWith(`${name}:`)) ?? '';
}

function portOf(request: string): number {
  return Number(/:(\d+);branch/.exec(headerOf(request, 'Via'))?.[1]);
}
