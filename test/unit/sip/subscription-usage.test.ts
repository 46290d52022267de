import { describe, expect, test } from 'vitest';
import { bytesToByteString } from '../../../src/core/bytes.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { type Header, header } from '../../../src/sip/message/headers.ts';
import { VirtualNetwork, type VirtualNode } from '../../support/sip/virtual-network.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const EVENT = header('Event', 'dialog');

interface Pair {
  readonly network: VirtualNetwork;
  readonly a: VirtualNode;
  readonly b: VirtualNode;
  readonly dialog: string;
}

/** A subscribes at B for a minute. */
function subscribed(expires = '60', answered: readonly Header[] = []): Pair {
  const network = new VirtualNetwork();
  const a = network.node(A);
  const b = network.node(B);
  const { dialog = '' } = a.send('SUBSCRIBE', B, [EVENT, header('Expires', expires)]);
  network.deliver();
  b.respond(b.last('request').transaction, 202, answered);
  network.deliver();
  return { network, a, b, dialog };
}

function dialogs({ a, b }: Pair): readonly number[] {
  return [a.userAgent.stats.dialogs, b.userAgent.stats.dialogs];
}

function notify({ network, a, b, dialog }: Pair, state: string, status = 200): void {
  b.request(dialog, 'NOTIFY', [EVENT, header('Subscription-State', state)]);
  network.deliver();
  a.respond(a.last('request').transaction, status);
  network.deliver();
}

describe('a subscription (RFC 6665 4.1, 4.4.1)', () => {
  test('is a dialog on both sides that ends when nobody refreshes it, 32 s later', () => {
    const all = subscribed();
    expect(dialogs(all)).toEqual([1, 1]);
    all.network.run(91_999);
    expect(dialogs(all)).toEqual([1, 1]);
    all.network.run(92_000);

    expect(dialogs(all)).toEqual([0, 0]);
    expect([all.a.count('dialog-ended'), all.b.count('dialog-ended')]).toEqual([1, 1]);
  });

  test('lives for as long as the notifier says', () => {
    const all = subscribed('3600', [header('Expires', '30')]);
    all.network.run(62_000);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('is refreshed by SUBSCRIBE in the dialog', () => {
    const all = subscribed();
    all.network.run(50_000);
    all.network.now = monotonicMs(50_000);
    all.a.request(all.dialog, 'SUBSCRIBE', [EVENT, header('Expires', '60')]);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.run(141_000);
    expect(dialogs(all)).toEqual([1, 1]);
    all.network.run(142_000);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test.each([200, 481])('ends with NOTIFY terminated and its answer %i', (status) => {
    const all = subscribed();
    notify(all, 'Terminated;reason=timeout', status);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('ends with 481 to a NOTIFY', () => {
    const all = subscribed();
    notify(all, 'active;expires=60', 481);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('that NOTIFY shortens ends earlier', () => {
    const all = subscribed('3600');
    notify(all, 'active;expires=10');
    all.network.run(42_000);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('that is ended by Expires: 0 has its last NOTIFY and is over', () => {
    const all = subscribed();
    all.a.request(all.dialog, 'SUBSCRIBE', [EVENT, header('Expires', '0')]);
    all.network.deliver();
    all.b.respond(all.b.last('request').transaction, 200);
    all.network.deliver();
    notify(all, 'terminated');

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('takes nothing that belongs to a call: 481', () => {
    const all = subscribed();
    all.a.request(all.dialog, 'INFO');
    all.network.deliver();

    expect(all.a.statuses().at(-1)).toBe(481);
  });

  test.each(['1', '2'])('with id=%s is one of several in the dialog', (id) => {
    const all = subscribed();
    for (const other of ['1', '2']) {
      all.a.request(all.dialog, 'SUBSCRIBE', [header('Event', `dialog;id=${other}`)]);
      all.network.deliver();
      all.b.respond(all.b.last('request').transaction, 200);
      all.network.deliver();
    }
    const event = header('Event', `dialog;id=${id}`);
    all.b.request(all.dialog, 'NOTIFY', [event, header('Subscription-State', 'terminated')]);
    all.network.deliver();
    all.a.respond(all.a.last('request').transaction, 200);
    all.network.deliver();

    expect(dialogs(all)).toEqual([1, 1]);
  });
});

describe('a NOTIFY that overtakes the answer to SUBSCRIBE (RFC 6665 4.1.2.4)', () => {
  function overtaken(event: string): Pair & { readonly transaction: string } {
    const network = new VirtualNetwork();
    const a = network.node(A);
    const sent = a.send('SUBSCRIBE', '192.0.2.99', [EVENT]);
    const text = bytesToByteString(sent.bytes);
    const line = (name: string) => new RegExp(`^${name}: (.*)\\r$`, 'm').exec(text)?.[1] ?? '';
    a.receiveText(
      [
        `NOTIFY sip:${A} SIP/2.0`,
        'Via: SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKn',
        `From: ${line('To')};tag=theirs`,
        `To: ${line('From')}`,
        `Call-ID: ${line('Call-ID')}`,
        'CSeq: 7 NOTIFY',
        'Contact: <sip:n@192.0.2.99:5099>',
        'Record-Route: <sip:192.0.2.98;lr>',
        `Event: ${event}`,
        'Subscription-State: active;expires=60',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
    return { network, a, b: a, dialog: sent.dialog ?? '', transaction: sent.transaction };
  }

  test('makes the dialog and reaches the subscriber in it', () => {
    const all = overtaken('dialog');
    const { request, dialog, subscribe, transaction } = all.a.last('request');
    all.a.respond(transaction, 200);
    const refresh = all.a.request(all.dialog, 'SUBSCRIBE', [EVENT]);

    expect([request.method, dialog, subscribe]).toEqual(['NOTIFY', all.dialog, all.transaction]);
    expect(refresh.message).toMatchObject({ uri: 'sip:n@192.0.2.99:5099' });
    expect(refresh.to).toMatchObject({ host: '192.0.2.98' });
    all.network.run();
    expect(all.a.userAgent.stats).toMatchObject({ dialogs: 0, pendingTimers: 0, transactions: 0 });
  });

  test('of another event gets 481', () => {
    const all = overtaken('presence');

    expect(all.network.trace.at(-1)).toBe(`${A} SIP/2.0 481 Call/Transaction Does Not Exist`);
    expect(all.a.userAgent.stats.dialogs).toBe(0);
  });
});

describe('REFER in a call (RFC 3515 2.4.4, RFC 5057 4)', () => {
  const REFER_EVENT = header('Event', 'refer');

  /** A calls B and refers it elsewhere; B accepts. */
  function referred(answered: readonly Header[] = []): Pair {
    const network = new VirtualNetwork();
    const a = network.node(A);
    const b = network.node(B);
    const { dialog = '' } = a.invite(B);
    network.deliver();
    b.respond(b.last('request').transaction, 200);
    network.deliver();
    a.acknowledge(dialog);
    network.deliver();
    a.request(dialog, 'REFER', [header('Refer-To', '<sip:c@192.0.2.3>')]);
    network.deliver();
    b.respond(b.last('request').transaction, 202, answered);
    network.deliver();
    return { network, a, b, dialog };
  }

  function hangUp({ network, a, b, dialog }: Pair): void {
    a.request(dialog, 'BYE');
    network.deliver();
    b.respond(b.last('request').transaction, 200);
    network.deliver();
  }

  test('leaves the dialog to its last NOTIFY after the BYE', () => {
    const all = referred();
    hangUp(all);
    expect(dialogs(all)).toEqual([1, 1]);
    all.a.request(all.dialog, 'INFO');
    all.network.deliver();
    expect(all.a.statuses().at(-1)).toBe(481);
    const state = header('Subscription-State', 'terminated;reason=noresource');
    all.b.request(all.dialog, 'NOTIFY', [REFER_EVENT, state]);
    all.network.deliver();
    expect(all.a.last('request')).toMatchObject({ dialog: all.dialog });
    all.a.respond(all.a.last('request').transaction, 200);
    all.network.run();

    expect(dialogs(all)).toEqual([0, 0]);
    expect(all.a.userAgent.stats).toMatchObject({ pendingTimers: 0, transactions: 0 });
  });

  test('whose last NOTIFY never comes keeps it for 32 s', () => {
    const all = referred();
    hangUp(all);
    all.network.run(33_000);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('without a subscription leaves nothing (RFC 4488 4)', () => {
    const all = referred([header('Refer-Sub', 'false')]);
    hangUp(all);

    expect(dialogs(all)).toEqual([0, 0]);
  });

  test('whose last NOTIFY came leaves the call', () => {
    const all = referred();
    all.b.request(all.dialog, 'NOTIFY', [REFER_EVENT, header('Subscription-State', 'terminated')]);
    all.network.deliver();
    all.a.respond(all.a.last('request').transaction, 200);
    all.network.deliver();
    expect(dialogs(all)).toEqual([1, 1]);
    hangUp(all);

    expect(dialogs(all)).toEqual([0, 0]);
  });
});

test.each(['MESSAGE', 'PUBLISH', 'INFO', 'OPTIONS', 'REFER'])(
  '%s outside of a dialog reaches the user and leaves nothing',
  (method) => {
    const network = new VirtualNetwork();
    const a = network.node(A);
    const b = network.node(B);
    a.send(method, B);
    network.deliver();
    b.respond(b.last('request').transaction, 200);
    network.run();

    expect(b.last('request')).toMatchObject({ dialog: undefined });
    expect(a.statuses()).toEqual([200]);
    expect(b.userAgent.stats).toMatchObject({ dialogs: 0, pendingTimers: 0, transactions: 0 });
  },
);
