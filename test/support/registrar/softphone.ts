import { randomBytes } from 'node:crypto';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { rawResponse } from '../sip/raw-peer.ts';
import { TransportPeer } from '../sip/transport-peer.ts';
import {
  type Algorithm,
  authorizationFor,
  type Challenge,
  type Credentials,
  challengesOf,
} from './digest.ts';

export interface SoftphoneOptions extends Credentials {
  readonly transport: Transport;
  readonly port: number;
  readonly host?: string;
  readonly algorithm?: Algorithm;
}

export interface RequestOptions {
  readonly uri?: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly callId?: string;
}

const DOMAIN = '127.0.0.1';

/** What a softphone says, over any transport, written out by hand. */
export class Softphone {
  readonly peer: TransportPeer;
  readonly options: SoftphoneOptions;
  readonly registration = `reg-${randomBytes(6).toString('hex')}`;
  #sequence = 0;

  private constructor(peer: TransportPeer, options: SoftphoneOptions) {
    this.peer = peer;
    this.options = options;
  }

  static async open(options: SoftphoneOptions): Promise<Softphone> {
    const { transport, port, host } = options;
    const peer = await TransportPeer.connect(transport, { port, ...(host && { host }) });
    return new Softphone(peer, options);
  }

  /** As a browser writes it (RFC 7118 section 5), or where it is heard from. */
  get contact(): string {
    const { username, transport } = this.options;
    if (transport === 'ws' || transport === 'wss') {
      return `sip:${username}@${this.registration}.invalid;transport=ws`;
    }
    const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
    return `sip:${username}@${this.peer.host}:${this.peer.port}${parameter}`;
  }

  /** One request as it goes out; the CSeq is one more each time. */
  request(method: string, options: RequestOptions = {}): string {
    const { transport, username } = this.options;
    const { peer } = this;
    const { uri = `sip:${DOMAIN}`, body = '', headers = [] } = options;
    const { to = `sip:${username}@${DOMAIN}`, callId = this.registration } = options;
    this.#sequence++;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${transport.toUpperCase()} ${peer.host}:${peer.port};rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`,
      'Max-Forwards: 70',
      `From: <sip:${username}@${DOMAIN}>;tag=softphone`,
      `To: <${to}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${this.#sequence} ${method}`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  /** Sends it and waits for the final answer. */
  async ask(method: string, options: RequestOptions = {}): Promise<string> {
    this.peer.send(this.request(method, options));
    return this.peer.next(/^SIP\/2\.0 [2-6]/);
  }

  /** Sends it, answers the challenge, and waits for the final answer to that. */
  async askWithCredentials(method: string, options: RequestOptions = {}): Promise<string> {
    const first = await this.ask(method, options);
    if (!first.startsWith('SIP/2.0 401')) return first;
    if (method === 'INVITE') this.acknowledge(first, options);
    return this.ask(method, this.withCredentials(method, this.challenge(first), options));
  }

  withCredentials(method: string, challenge: Challenge, options: RequestOptions): RequestOptions {
    const { uri = `sip:${DOMAIN}`, headers = [] } = options;
    const value = authorizationFor(challenge, { ...this.options, method, uri });
    return { ...options, headers: [...headers, `Authorization: ${value}`] };
  }

  challenge(response: string): Challenge {
    const { algorithm = 'SHA-256' } = this.options;
    const found = challengesOf(response).find((each) => each.algorithm === algorithm);
    if (found === undefined) throw new Error(`no challenge for ${algorithm} in ${response}`);
    return found;
  }

  register(headers: readonly string[] = ['Expires: 120']): Promise<string> {
    const contact = `Contact: <${this.contact}>`;
    return this.askWithCredentials('REGISTER', { headers: [contact, ...headers] });
  }

  /** Calls and is answered or refused; of an answer the ACK is sent. */
  async call(number: string, body: string, callId: string): Promise<string> {
    const uri = `sip:${number}@${DOMAIN}`;
    const headers = [`Contact: <${this.contact}>`];
    const answer = await this.askWithCredentials('INVITE', { uri, to: uri, headers, body, callId });
    this.acknowledge(answer, { uri, callId });
    return answer;
  }

  acknowledge(response: string, options: RequestOptions): void {
    const to = /^To: *(.*?)\r?$/im.exec(response)?.[1] ?? '';
    const cseq = /^CSeq: *(\d+)/im.exec(response)?.[1] ?? '';
    const via = /^Via: *(.*?)\r?$/im.exec(response)?.[1] ?? '';
    const isSuccess = response.startsWith('SIP/2.0 2');
    const branch = isSuccess ? via.replace(/branch=\S+?(?=;|$)/, 'branch=z9hG4bKack') : via;
    const target = isSuccess ? /^Contact: *<(.*?)>/im.exec(response)?.[1] : undefined;
    const ack = this.request('ACK', { ...options, uri: target ?? options.uri ?? `sip:${DOMAIN}` })
      .replace(/^Via: .*$/m, `Via: ${branch}`)
      .replace(/^To: .*$/m, `To: ${to}`)
      .replace(/^CSeq: .*$/m, `CSeq: ${cseq} ACK`);
    this.#sequence--;
    this.peer.send(ack);
  }

  bye(answer: string, callId: string): Promise<string> {
    const to = /^To: *(.*?)\r?$/im.exec(answer)?.[1] ?? '';
    const uri = /^Contact: *<(.*?)>/im.exec(answer)?.[1] ?? '';
    this.peer.send(this.request('BYE', { uri, callId }).replace(/^To: .*$/m, `To: ${to}`));
    return this.peer.next(/^SIP\/2\.0 2/);
  }

  /** Takes the call that comes in with this description. */
  async accept(body: string): Promise<string> {
    const invite = await this.peer.next(/^INVITE/);
    const headers = [`Contact: <${this.contact}>`];
    this.peer.send(rawResponse(invite, '200 OK', { headers, body }));
    return invite;
  }

  close(): void {
    this.peer.close();
  }
}
