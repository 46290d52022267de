import { describe, expect, test } from 'vitest';
import { noBytes, utf8Bytes } from '../../../src/core/bytes.ts';
import { header } from '../../../src/sip/message/headers.ts';
import type { Sent } from '../../../src/sip/user-agent-io.ts';
import { VirtualNetwork, type VirtualNode } from '../../support/sip/virtual-network.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const RELIABLE = [header('Require', '100rel')];

interface Pair {
  readonly network: VirtualNetwork;
  readonly a: VirtualNode;
  readonly b: VirtualNode;
}

/** A called B; both know RFC 3262. */
function ringing(
  options: ConstructorParameters<typeof VirtualNetwork>[0] = {},
  extra = header('Supported', '100rel'),
): Pair & { readonly invite: Sent; readonly transaction: string } {
  const network = new VirtualNetwork(options);
  const a = network.node(A);
  const b = network.node(B);
  const invite = a.userAgent.request(
    {
      method: 'INVITE',
      uri: `sip:x@${B}`,
      headers: [header('Call-ID', 'call'), extra],
      body: utf8Bytes('v=0'),
    },
    network.now,
  );
  if ('fault' in invite) throw new Error(invite.fault);
  a.wake();
  network.deliver();
  return { network, a, b, invite, transaction: b.last('request').transaction };
}

function respond(
  { network, b }: Pair,
  transaction: string,
  statusCode: number,
  body = noBytes(),
): Sent {
  const headers = statusCode < 200 ? RELIABLE : [];
  const result = b.userAgent.respond(
    transaction,
    { statusCode, reason: 'Reason', headers, body },
    network.now,
  );
  b.wake();
  if ('fault' in result) throw new Error(result.fault);
  return result;
}

function sequence(sent: Sent): number {
  return Number(sent.message.headers.first('rseq'));
}

function prack({ network, a, invite }: Pair & { readonly invite: Sent }, rack: string): Sent {
  const result = a.userAgent.requestInDialog(
    invite.dialog ?? '',
    { method: 'PRACK', headers: [header('RAck', rack)], body: noBytes() },
    network.now,
  );
  a.wake();
  if ('fault' in result) throw new Error(result.fault);
  return result;
}

/** The latest reliable response as A knows it, acknowledged. */
function acknowledge(all: Pair & { readonly invite: Sent }): Sent {
  const { headers } = all.a.last('response').response;
  return prack(all, `${headers.first('rseq')} ${headers.first('cseq')}`);
}

function count({ network }: Pair, start: string): number {
  return network.trace.filter((each) => each.startsWith(start)).length;
}

describe('a reliable provisional response that we send', () => {
  test('carries Require and an RSeq of 31 bits, and the PRACK reaches the user in the dialog (RFC 3262 3)', () => {
    const all = ringing();
    const sent = respond(all, all.transaction, 183);
    all.network.deliver();
    const own = acknowledge(all);
    all.network.deliver();
    const { request, dialog, transaction } = all.b.last('request');
    all.b.respond(transaction, 200);
    all.network.run(40_000);

    expect(sequence(sent)).toBeGreaterThan(0);
    expect(sequence(sent)).toBeLessThan(2 ** 31);
    expect(sent.message.headers.values('require')).toEqual(['100rel']);
    expect(own.message).toMatchObject({ method: 'PRACK', uri: `sip:${B}:5060` });
    expect([request.method, dialog]).toEqual(['PRACK', sent.dialog]);
    expect(transaction).not.toBe(all.transaction);
    expect(request.headers.first('rack')).toBe(`${sequence(sent)} 1 INVITE`);
    expect(count(all, `${B} SIP/2.0 183`)).toBe(1);
    expect(all.a.statuses()).toEqual([183, 200]);
  });

  test('is repeated at T1, 2*T1, 4*T1 until its PRACK comes, and heard once (RFC 3262 3, 4)', () => {
    const all = ringing();
    respond(all, all.transaction, 183);
    all.network.run(3_600);
    expect(count(all, `${B} SIP/2.0 183`)).toBe(4);
    acknowledge(all);
    all.network.run(32_000);

    expect(count(all, `${B} SIP/2.0 183`)).toBe(4);
    expect(all.a.statuses()).toEqual([183]);
  });

  test('that nobody acknowledges ends the INVITE with 504 after 64*T1, and the user hears of it (RFC 3262 3)', () => {
    const all = ringing();
    respond(all, all.transaction, 183);
    all.network.run();

    expect(count(all, `${B} SIP/2.0 183`)).toBe(7);
    expect(all.a.statuses()).toEqual([183, 504]);
    expect(all.b.count('cancelled')).toBe(1);
    expect(all.b.respond(all.transaction, 200)).toEqual({ fault: 'unknown-transaction' });
    expect(all.b.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
  });

  test('waits for the PRACK of an earlier one; numbers follow each other (RFC 3262 3)', () => {
    const all = ringing();
    const first = respond(all, all.transaction, 180);
    const second = respond(all, all.transaction, 183);
    all.network.deliver();
    expect(all.a.statuses()).toEqual([180]);
    acknowledge(all);
    all.network.deliver();

    expect(sequence(second)).toBe(sequence(first) + 1);
    expect(all.a.statuses()).toEqual([180, 183]);
    expect(acknowledge(all).message.headers.first('rack')).toBe(`${sequence(second)} 1 INVITE`);
  });

  test('cannot be sent to somebody who does not know RFC 3262, nor without end', () => {
    const plain = ringing({}, header('Supported', 'timer'));
    expect(plain.b.respond(plain.transaction, 183, RELIABLE)).toEqual({ fault: 'no-100rel' });
    const all = ringing();
    for (let sent = 0; sent < 9; sent++) respond(all, all.transaction, 183);

    expect(all.b.respond(all.transaction, 183, RELIABLE)).toEqual({
      fault: 'too-many-provisionals',
    });
  });

  test('is made of a plain one when the caller demands it (RFC 3262 3)', () => {
    const all = ringing({}, header('Require', '100rel'));
    const sent = all.b.respond(all.transaction, 180);

    expect('fault' in sent ? 0 : sequence(sent)).toBeGreaterThan(0);
  });

  test('with SDP holds the 2xx back until its PRACK (RFC 3262 3)', () => {
    const all = ringing();
    respond(all, all.transaction, 183, utf8Bytes('v=0'));
    const answer = respond(all, all.transaction, 200, utf8Bytes('v=0'));
    all.network.deliver();
    expect(all.a.statuses()).toEqual([183]);
    expect(answer.dialog).toBeDefined();
    expect(all.b.respond(all.transaction, 486)).toEqual({ fault: 'unknown-transaction' });
    acknowledge(all);
    all.network.deliver();

    expect(all.a.statuses()).toEqual([183, 200]);
  });

  test('without SDP does not: the 2xx stops it, its PRACK may still come (RFC 3262 3)', () => {
    const all = ringing();
    respond(all, all.transaction, 180);
    all.network.deliver();
    const own = acknowledge(all);
    respond(all, all.transaction, 200, utf8Bytes('v=0'));
    all.network.run(600);

    expect(all.a.statuses()).toEqual([180, 200]);
    expect(count(all, `${B} SIP/2.0 180`)).toBe(1);
    expect(all.b.last('request').request.headers.first('rack')).toBe(
      own.message.headers.first('rack'),
    );
  });

  test('whose PRACK never comes takes a held 2xx with it, and the user hears that the call is over', () => {
    const all = ringing();
    respond(all, all.transaction, 183, utf8Bytes('v=0'));
    respond(all, all.transaction, 200, utf8Bytes('v=0'));
    all.network.run();

    expect(all.a.statuses()).toEqual([183, 504]);
    expect(all.b.last('unsolicited-bye').sent.message.headers.first('reason')).toContain('PRACK');
    expect(count(all, `${B} BYE`)).toBe(0);
    expect(all.b.userAgent.stats.dialogs).toBe(0);
  });

  test('whose INVITE is cancelled while a 2xx is held: the user hears that the call is over', () => {
    const all = ringing();
    respond(all, all.transaction, 183, utf8Bytes('v=0'));
    respond(all, all.transaction, 200, utf8Bytes('v=0'));
    all.network.deliver();
    all.a.cancel(all.invite.transaction);
    all.network.run();

    expect(all.a.statuses()).toEqual([183, 487]);
    expect(all.b.count('unsolicited-bye')).toBe(1);
    expect(all.b.count('cancelled')).toBe(0);
    expect(count(all, `${B} BYE`)).toBe(0);
    expect(all.b.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
  });

  test('whose early dialog the caller ends while a 2xx is held: the user hears that the call is over', () => {
    const all = ringing();
    respond(all, all.transaction, 183, utf8Bytes('v=0'));
    respond(all, all.transaction, 200, utf8Bytes('v=0'));
    all.network.deliver();
    all.a.request(all.invite.dialog ?? '', 'BYE');
    all.network.run();

    expect(all.a.statuses()).toEqual([183, 487, 200]);
    expect(all.b.count('unsolicited-bye')).toBe(1);
    expect(all.b.count('cancelled')).toBe(0);
    expect(all.b.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
  });

  test('whose user is gone while a 2xx is held: it does not leave, the INVITE is refused', () => {
    const all = ringing();
    respond(all, all.transaction, 183, utf8Bytes('v=0'));
    respond(all, all.transaction, 200, utf8Bytes('v=0'));
    all.network.deliver();
    all.b.userAgent.refuse(all.transaction, 503, all.network.now);
    all.network.run();

    expect(all.a.statuses()).toEqual([183, 503]);
    expect(all.b.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
  });

  test.each(['1 1 INVITE', 'x', '0 1 INVITE'])(
    'is not acknowledged by RAck %s: 481 (RFC 3262 3)',
    (rack) => {
      const all = ringing();
      respond(all, all.transaction, 183);
      all.network.deliver();
      prack(all, rack);
      all.network.deliver();

      expect(all.a.statuses()).toEqual([183, 481]);
      expect(all.b.count('request')).toBe(1);
    },
  );

  test('is acknowledged once: a second PRACK gets 481', () => {
    const all = ringing();
    respond(all, all.transaction, 183);
    all.network.deliver();
    acknowledge(all);
    acknowledge(all);
    all.network.deliver();

    expect(all.a.statuses()).toEqual([183, 481]);
  });

  test('stops when the INVITE is cancelled', () => {
    const all = ringing();
    respond(all, all.transaction, 183);
    all.network.deliver();
    all.a.cancel(all.invite.transaction);
    all.network.run();

    expect(count(all, `${B} SIP/2.0 183`)).toBe(1);
    expect(all.b.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
  });
});

describe('a reliable provisional response that we get', () => {
  function answer(invite: Sent, status: string, tag: string, rseq: number): string {
    const echoed = new TextDecoder().decode(invite.bytes).split('\r\n');
    return [
      `SIP/2.0 ${status}`,
      ...echoed.filter((line) => /^(Via|From|Call-ID|CSeq):/.test(line)),
      `To: <sip:x@${B}>;tag=${tag}`,
      `Contact: <sip:${tag}@192.0.2.99>`,
      'Record-Route: <sip:192.0.2.98;lr>',
      'Require: 100rel',
      `RSeq: ${rseq}`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  }

  function calling(): { readonly a: VirtualNode; readonly invite: Sent } & Pair {
    const network = new VirtualNetwork();
    const a = network.node(A);
    return { network, a, b: a, invite: a.invite('192.0.2.99') };
  }

  test.each([
    [[7, 8], 2],
    [[7, 7], 1],
    [[7, 9], 1],
    [[7, 9, 8], 2],
    [[7, 6], 1],
  ])('in the order %j is heard %i times (RFC 3262 4)', (sequences, heard) => {
    const { a, invite } = calling();
    for (const rseq of sequences) a.receiveText(answer(invite, '183 Progress', 'one', rseq));

    expect(a.count('response')).toBe(heard);
  });

  test('is acknowledged in the dialog of its fork, by way of its route (RFC 3262 4, RFC 3261 12.1.2)', () => {
    const all = calling();
    all.a.receiveText(answer(all.invite, '183 Progress', 'one', 1_000));
    all.a.receiveText(answer(all.invite, '183 Progress', 'two', 2_000));
    const first = prack(all, '1000 1 INVITE');
    const second = prack(all, '2000 1 INVITE');

    expect(first.message).toMatchObject({ uri: 'sip:one@192.0.2.99' });
    expect(second.message).toMatchObject({ uri: 'sip:two@192.0.2.99' });
    expect(first.message.headers.first('cseq')).toBe('2 PRACK');
    expect(first.message.headers.first('route')).toBe('<sip:192.0.2.98;lr>');
    expect(first.to).toMatchObject({ host: '192.0.2.98' });
  });
});

describe('on a bad network', () => {
  test('a 183, its PRACK and its answer arrive whatever is lost of the next five datagrams', () => {
    for (let pattern = 0; pattern < 32; pattern++) {
      let from = Number.POSITIVE_INFINITY;
      const all = ringing({ loses: (at) => at >= from && ((pattern >> (at - from)) & 1) === 1 });
      from = all.network.trace.length;
      all.a.onOutput = (output) => {
        if (output.type === 'response' && output.response.statusCode === 183) acknowledge(all);
      };
      all.b.onOutput = (output) => {
        if (output.type === 'request') all.b.respond(output.transaction, 200);
      };
      respond(all, all.transaction, 183);
      all.network.run(31_000);

      expect(all.a.statuses()).toEqual([183, 200]);
    }
  });
});
