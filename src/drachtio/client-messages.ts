import type { MonotonicMs } from '../core/time.ts';
import type { Endpoint } from '../sip/endpoint.ts';
import { hostText } from '../sip/ip-address.ts';
import type { LocalIdentity } from '../sip/local-identity.ts';
import { locationTargetOf } from '../sip/locate/location-target.ts';
import { Headers } from '../sip/message/headers.ts';
import { serializeMessage } from '../sip/message/serialize-message.ts';
import type { SipMessage, SipRequest, SipResponse } from '../sip/message/sip-message.ts';
import type { Sent, UserAgentOutput } from '../sip/user-agent-io.ts';
import { stampVia } from '../sip/via.ts';
import type { CallRecord } from './call-records.ts';
import type { Connections } from './connections.ts';
import type { DrachtioServerOptions, DrachtioServerOutput } from './drachtio-server-io.ts';
import { type ClientMessage, encodeFrame } from './frame-codec.ts';
import { pendingWayTokens, timeOfDay, wayTokens } from './leader.ts';
import type { ProxyListener } from './proxy-replies.ts';
import { readableBytes, readableMessage } from './readable-message.ts';

interface ClientMessagesContext {
  readonly options: Pick<DrachtioServerOptions, 'createId' | 'epochMs'>;
  readonly identity: LocalIdentity;
  readonly connections: Connections;
  readonly emit: (output: DrachtioServerOutput) => void;
}

/** What an application hears of: a SIP message, in or out of a dialog. */
interface SipEvent {
  readonly transaction: string;
  readonly dialog: string | undefined;
  readonly request: SipMessage;
  readonly source: Endpoint | undefined;
  readonly type: UserAgentOutput['type'];
}

/** Writes what applications are told: replies to their messages, SIP messages for them, call records. */
export class ClientMessages {
  readonly #context: ClientMessagesContext;

  constructor(context: ClientMessagesContext) {
    this.#context = context;
  }

  /** The answer to a message of a client. */
  reply(
    connection: number,
    message: ClientMessage,
    tokens: readonly string[],
    bytes?: Uint8Array,
  ): void {
    const leader = [this.#context.options.createId(), 'response', message.id, ...tokens].join('|');
    this.#send(connection, leader, bytes);
  }

  /** A final response of a branch of a proxied request. */
  replyProxied(
    { connection, message }: ProxyListener,
    { response, source }: { readonly response: SipResponse; readonly source: Endpoint | undefined },
    now: MonotonicMs,
  ): void {
    const bytes = serializeMessage(readableMessage(response));
    const way = wayTokens(source === undefined ? 0 : bytes.length, source, this.#time(now));
    const tokens = ['OK', 'network', ...way, '', '', 'continue'];
    this.reply(connection, message, tokens, bytes);
  }

  /** The way of a message that was sent, as its sender is told. */
  sentWay({ bytes, to }: Sent, now: MonotonicMs): readonly string[] {
    const time = this.#time(now);
    const isLocated = locationTargetOf(to) === undefined;
    return isLocated
      ? wayTokens(bytes.length, this.#ownSide(to), time)
      : pendingWayTokens(bytes.length, time);
  }

  /** Over UDP a client is told our own side of the way, over a stream the far one. */
  #ownSide(to: Endpoint): Endpoint {
    if (to.transport !== 'udp') return to;
    const { identity } = this.#context;
    return { ...to, host: identity.addressFor(to.host), port: identity.portFor(to.transport) };
  }

  /** A SIP message for the application. */
  notify(owner: number | undefined, event: SipEvent, now: MonotonicMs): void {
    if (owner === undefined || this.#context.connections.find(owner) === undefined) return;
    const { transaction, dialog, request, source } = event;
    const shown = readableMessage(request);
    const bytes = serializeMessage(
      shown.type === 'request' && source !== undefined ? withRport(shown, source) : shown,
    );
    const isNew = event.type === 'request' && dialog === undefined;
    const leader = [
      this.#context.options.createId(),
      'sip',
      'network',
      ...wayTokens(
        source === undefined ? 0 : bytes.length,
        request.type === 'response' ? asNextHop(source) : source,
        this.#time(now),
      ),
      transaction,
      dialog ?? '',
      ...(isNew && source !== undefined ? this.#receivedOn(source) : []),
      '',
    ].join('|');
    this.#send(owner, leader, bytes);
  }

  /** A BYE that nobody asked for. */
  notifyUnsolicited(
    owner: number | undefined,
    { dialog, sent }: { readonly dialog: string; readonly sent: Sent },
    now: MonotonicMs,
  ): void {
    if (owner === undefined || this.#context.connections.find(owner) === undefined) return;
    const way = this.sentWay(sent, now);
    const tokens = [
      this.#context.options.createId(),
      'sip',
      'application',
      ...way,
      'unsolicited',
      dialog,
      '',
    ];
    this.#send(owner, tokens.join('|'), readableBytes(sent));
  }

  /** To one connection that routed exactly this verb. */
  notifyRecord({ verb, source, detail, message }: CallRecord, now: MonotonicMs): void {
    const owner = this.#context.connections.next(verb);
    if (owner === undefined) return;
    const time = this.#time(now);
    const tokens = [this.#context.options.createId(), verb, source, time];
    const leader = [...tokens, ...(detail === undefined ? [] : [detail])].join('|');
    this.#send(owner.id, leader, serializeMessage(readableMessage(message)));
  }

  #receivedOn(source: Endpoint): readonly string[] {
    const { identity } = this.#context;
    return [identity.addressFor(source.host), String(identity.portFor(source.transport))];
  }

  #time(now: MonotonicMs): string {
    return timeOfDay(now, this.#context.options.epochMs);
  }

  #send(connection: number, leader: string, bytes?: Uint8Array): void {
    this.#context.emit({ type: 'client-send', connection, bytes: encodeFrame(leader, bytes) });
  }
}

/** Clients build the URI of a retry from where a challenge came from: an IPv6 address needs its brackets there. */
function asNextHop(source: Endpoint | undefined): Endpoint | undefined {
  return source === undefined ? undefined : { ...source, host: hostText(source.host) };
}

/** Applications see where a request came from even when its sender did not ask for `rport`. */
function withRport(request: SipRequest, source: Endpoint): SipRequest {
  const [top = '', ...others] = new Headers(request.headers.lines('via').slice(0, 1)).values('via');
  const value = stampVia(top, { address: source.host, port: source.port }, true);
  return { ...request, headers: request.headers.withFirst('via', [value, ...others].join(', ')) };
}
