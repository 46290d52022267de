import { utf8ByteString } from '../core/bytes.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { Sent } from '../sip/user-agent-io.ts';
import type { Connection } from './connections.ts';
import type { DrachtioContext } from './drachtio-context.ts';
import { SERVER_VERSION } from './drachtio-server-io.ts';
import { type ClientMessage, parseClientMessage } from './frame-codec.ts';
import { parseProxyCommand, proxyRefusal } from './proxy-command.ts';
import { readableBytes } from './readable-message.ts';
import { runSipCommand } from './sip-commands.ts';

/** Does what applications ask for: `authenticate`, `route`, `remove_route`, `ping`, `sip` and `proxy`. */
export class ClientCommands {
  readonly #context: DrachtioContext;

  constructor(context: DrachtioContext) {
    this.#context = context;
  }

  handle(connection: Connection, frame: string, now: MonotonicMs): void {
    const message = parseClientMessage(frame);
    if (message === undefined) {
      this.#context.drop(connection, now);
      return;
    }
    if (!connection.isAuthenticated) {
      this.#authenticate(connection, message, now);
      return;
    }
    switch (message.type) {
      case 'route':
        connection.routes.add((message.fields[0] ?? '').toLowerCase());
        this.#context.messages.reply(connection.id, message, ['OK']);
        return;
      case 'remove_route':
        connection.routes.delete((message.fields[0] ?? '').toLowerCase());
        this.#context.messages.reply(connection.id, message, ['OK']);
        return;
      case 'ping':
        this.#context.messages.reply(connection.id, message, ['OK', 'pong']);
        return;
      case 'sip':
        this.#runSip(connection, message, now);
        return;
      case 'proxy':
        this.#runProxy(connection, message, now);
        return;
      default:
        this.#context.messages.reply(connection.id, message, ['NO', 'Unknown message type']);
        this.#context.drop(connection, now);
    }
  }

  /** A message that is too long is not read; its sender hears so. */
  refuse(connection: Connection, head: string, now: MonotonicMs): void {
    const message = parseClientMessage(head);
    if (message === undefined || !connection.isAuthenticated) this.#context.drop(connection, now);
    else this.#context.messages.reply(connection.id, message, ['NOK', 'message too long']);
  }

  #authenticate(connection: Connection, message: ClientMessage, now: MonotonicMs): void {
    const secret = utf8ByteString(this.#context.options.secret);
    if (message.type !== 'authenticate' || !sameText(message.fields[0] ?? '', secret)) {
      this.#context.messages.reply(connection.id, message, ['NO', 'incorrect secret']);
      this.#context.drop(connection, now);
      return;
    }
    connection.isAuthenticated = true;
    const { identity } = this.#context.ua;
    const hostPorts = identity.hostPorts('external').join(',');
    const localHostPorts = identity.hostPorts('local').join(',');
    this.#context.messages.reply(connection.id, message, [
      'OK',
      hostPorts,
      SERVER_VERSION,
      localHostPorts,
    ]);
  }

  #runSip(connection: Connection, message: ClientMessage, now: MonotonicMs): void {
    const result = runSipCommand(
      this.#context.ua,
      this.#context.earlyUpdates.resolve(message),
      now,
    );
    if (result.kind === 'refused') {
      this.#context.messages.reply(connection.id, message, ['NOK', result.reason]);
      return;
    }
    const { sent } = result;
    if (result.kind === 'response') {
      this.#context.unanswered.set(sent.transaction, undefined);
      if (sent.dialog !== undefined) this.#context.dialogOwners.set(sent.dialog, connection.id);
    } else if (result.kind === 'request') {
      this.#context.transactionOwners.set(sent.transaction, connection.id);
    }
    const tokens = [
      'OK',
      'application',
      ...this.#context.messages.sentWay(sent, now),
      result.kind === 'response' ? (message.fields[0] ?? '') : sent.transaction,
      ...(result.kind === 'response' ? [sent.dialog ?? '', ''] : []),
      'Msg sent:',
      '',
    ];
    this.#context.messages.reply(connection.id, message, tokens, readableBytes(sent));
    this.#recordSent(result.kind, sent);
  }

  #recordSent(kind: 'request' | 'response' | 'unanswered', sent: Sent): void {
    if (kind === 'response')
      this.#context.records.answered(sent.transaction, sent.dialog, sent.message);
    if (kind !== 'request') return;
    const isNew = sent.dialog === undefined || !this.#context.ua.hasDialog(sent.dialog);
    if (isNew) this.#context.records.attempt(sent.transaction, 'uac', sent.message);
    if (sent.dialog !== undefined)
      this.#context.records.released(sent.dialog, 'application', sent.message);
  }

  #runProxy(connection: Connection, message: ClientMessage, now: MonotonicMs): void {
    const remote = this.#context.ua.remoteOf(message.fields[0] ?? '');
    const { identity } = this.#context.ua;
    const request = parseProxyCommand(
      message,
      identity.hostPortFor(remote?.host ?? '', remote?.transport),
    );
    const { transaction, command, wantsResponses } = request;
    const fault = this.#context.ua.proxy(transaction, command, now);
    if (fault !== undefined) {
      this.#context.messages.reply(connection.id, message, [
        'NOK',
        proxyRefusal(fault, transaction),
      ]);
      return;
    }
    this.#context.transactionOwners.delete(transaction);
    this.#context.unanswered.set(transaction, undefined);
    if (wantsResponses)
      this.#context.proxied.open(transaction, { connection: connection.id, message });
    else this.#context.messages.reply(connection.id, message, ['OK', 'done']);
  }
}

/** Takes the same time wherever the texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) {
    difference |= a.charCodeAt(at) ^ b.charCodeAt(b.length === 0 ? 0 : at % b.length);
  }
  return difference === 0;
}
