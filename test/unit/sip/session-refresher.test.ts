import { describe, expect, test } from 'vitest';
import { bytesToByteString } from '../../../src/core/bytes.ts';
import { type Header, header } from '../../../src/sip/message/headers.ts';
import {
  type Logged,
  VirtualNetwork,
  type VirtualNode,
} from '../../support/sip/virtual-network.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const HOUR_MS = 3_600_000;

interface Call {
  readonly network: VirtualNetwork;
  readonly a: VirtualNode;
  readonly b: VirtualNode;
  readonly dialog: string;
  /** From now on nothing arrives. */
  readonly cut: () => void;
}

/** A calls B with these headers, B answers with those. */
function talking(asked: readonly Header[], answered: readonly Header[] = []): Call {
  let isCut = false;
  const network = new VirtualNetwork({ delayMs: 10, loses: () => isCut });
  const a = network.node(A);
  const b = network.node(B);
  const { dialog = '' } = a.send('INVITE', B, asked, 'v=0\r\no=a');
  network.run(100);
  b.respond(b.last('request').transaction, 200, answered, 'v=0\r\no=b');
  network.run(200);
  a.acknowledge(dialog);
  network.run(300);
  const cut = () => {
    isCut = true;
  };
  return { network, a, b, dialog, cut };
}

function expires(value: string): Header {
  return header('Session-Expires', value);
}

function answering(node: VirtualNode, statusCode: number, headers: readonly Header[] = []): void {
  node.onOutput = (output: Logged) => {
    if (output.type === 'request')
      node.respond(output.transaction, statusCode, headers, 'v=0\r\no=n');
  };
}

function sent({ network }: Call, host: string, method: string): number {
  return network.trace.filter((each) => each.startsWith(`${host} ${method} `)).length;
}

describe('a session whose refresher we are', () => {
  test('is refreshed at half time with our last SDP, and the application hears nothing (RFC 4028 7.4, 10)', () => {
    const call = talking([expires('100;refresher=uac')]);
    answering(call.b, 200);
    call.network.run(HOUR_MS);

    expect(sent(call, A, 'INVITE')).toBe(1 + 71);
    expect(sent(call, A, 'ACK')).toBe(1 + 71);
    expect(bytesToByteString(call.b.last('request').request.body)).toBe('v=0\r\no=a');
    const { headers } = call.b.last('request').request;
    expect(headers.first('session-expires')).toBe('100;refresher=uac');
    expect(headers.values('supported')).toContain('timer');
    expect(call.a.statuses()).toEqual([200]);
    expect(call.a.count('unsolicited-bye') + call.b.count('unsolicited-bye')).toBe(0);
  });

  test('is refreshed with the SDP of our UPDATE that was accepted, not of one that was refused (RFC 3311 5)', () => {
    const call = talking([expires('100;refresher=uac')]);
    for (const [status, sdp] of [
      [200, 'v=0\r\no=held'],
      [488, 'v=0\r\no=odd'],
    ] as const) {
      answering(call.b, status);
      call.a.request(call.dialog, 'UPDATE', [header('Content-Type', 'application/sdp')], sdp);
      call.network.run(call.network.now + 1_000);
    }
    answering(call.b, 200);
    call.network.run(60_000);

    expect(bytesToByteString(call.b.last('request').request.body)).toBe('v=0\r\no=held');
  });

  test('is refreshed by UPDATE without SDP when the peer allows it (RFC 4028 7.4)', () => {
    const call = talking([expires('100;refresher=uac')], [header('Allow', 'INVITE, UPDATE')]);
    answering(call.b, 200);
    call.network.run(200_000);

    expect([sent(call, A, 'INVITE'), sent(call, A, 'UPDATE')]).toEqual([1, 3]);
    expect(call.b.last('request').request.body.length).toBe(0);
  });

  test('is refreshed by re-INVITE once an UPDATE was refused with 405', () => {
    const call = talking([expires('100;refresher=uac')], [header('Allow', 'INVITE, UPDATE')]);
    call.b.onOutput = (output) => {
      if (output.type !== 'request') return;
      const isUpdate = output.request.method === 'UPDATE';
      call.b.respond(output.transaction, isUpdate ? 405 : 200, [], isUpdate ? '' : 'v=0');
    };
    call.network.run(200_000);

    expect([sent(call, A, 'INVITE'), sent(call, A, 'UPDATE')]).toEqual([4, 1]);
  });

  test('as callee: the server refreshes itself when the application says so', () => {
    const call = talking([], [expires('100;refresher=uas')]);
    answering(call.a, 200);
    call.a.onOutput = (output) => {
      if (output.type === 'request') call.a.respond(output.transaction, 200, [], 'v=0');
    };
    call.network.run(160_000);

    expect(sent(call, B, 'INVITE')).toBe(3);
    expect(sent(call, B, 'ACK')).toBe(3);
    expect(bytesToByteString(call.a.last('request').request.body)).toBe('v=0\r\no=b');
    expect(call.b.statuses()).toEqual([]);
  });

  test.each([408, 481])('ends when the refresh gets %i (RFC 3261 12.2.1.2)', (status) => {
    const call = talking([expires('100;refresher=uac')]);
    answering(call.b, status);
    call.network.run(55_000);

    const { sent: bye } = call.a.last('unsolicited-bye');
    expect(bye.message.headers.first('reason')).toBe('SIP;cause=408;text="Session timer expired"');
    expect(call.a.userAgent.stats.dialogs).toBe(0);
  });

  test('ends when nobody answers the refresh', () => {
    const call = talking([expires('100;refresher=uac')]);
    call.cut();
    call.network.run(69_000);

    expect(sent(call, A, 'INVITE')).toBeGreaterThan(2);
    expect(call.a.count('unsolicited-bye')).toBe(1);
    call.network.run();
    expect(call.a.userAgent.stats).toMatchObject({ dialogs: 0, pendingTimers: 0, transactions: 0 });
  });

  test('tries again after 491 and lives (RFC 3261 14.1)', () => {
    const call = talking([expires('100;refresher=uac')]);
    let refused = 0;
    call.b.onOutput = (output) => {
      if (output.type === 'request') {
        call.b.respond(output.transaction, refused++ === 0 ? 491 : 200, [], 'v=0');
      }
    };
    call.network.run(52_000);
    expect(sent(call, A, 'INVITE')).toBe(2);
    call.network.run(55_000);

    expect(sent(call, A, 'INVITE')).toBe(3);
    call.network.run(95_000);
    expect(call.a.count('unsolicited-bye')).toBe(0);
  });

  test('asks for longer intervals after 422 (RFC 4028 7.3)', () => {
    const call = talking([expires('100;refresher=uac')]);
    call.b.onOutput = (output) => {
      if (output.type !== 'request') return;
      const isShort = output.request.headers.first('session-expires')?.startsWith('100');
      const headers = isShort ? [header('Min-SE', '400')] : [];
      call.b.respond(output.transaction, isShort ? 422 : 200, headers, isShort ? '' : 'v=0');
    };
    call.network.run(HOUR_MS / 10);

    expect(call.b.last('request').request.headers.first('session-expires')).toBe(
      '400;refresher=uac',
    );
    expect(call.a.count('unsolicited-bye')).toBe(0);
  });

  test('challenged refreshes are nobody’s to answer: it ends when it expires', () => {
    const call = talking([expires('100;refresher=uac')]);
    answering(call.b, 407);
    call.network.run(HOUR_MS);

    expect(sent(call, A, 'INVITE')).toBe(2);
    expect(call.a.count('unsolicited-bye') + call.b.count('unsolicited-bye')).toBe(1);
  });

  test('a refused refresh is repeated later, a busy dialog is left alone', () => {
    const call = talking([expires('100;refresher=uac')]);
    let count = 0;
    call.b.onOutput = (output) => {
      if (output.type === 'request') call.b.respond(output.transaction, count++ === 0 ? 500 : 200);
    };
    call.network.run(62_000);
    expect(sent(call, A, 'INVITE')).toBe(3);
    call.b.onOutput = () => undefined;
    call.a.request(call.dialog, 'INVITE', [], 'v=0');
    call.network.run(112_000);

    expect(sent(call, A, 'INVITE')).toBeGreaterThan(3);
  });

  test('an INVITE of the application waits for the refresh under way, and its own answer comes', () => {
    const call = talking([expires('100;refresher=uac')]);
    call.network.run(50_105);
    const refresh = call.b.last('request').transaction;
    const own = call.a.request(call.dialog, 'INVITE', [], 'v=0\r\no=new');
    call.network.run(50_200);
    expect(sent(call, A, 'INVITE')).toBe(2);
    expect(() => call.a.request(call.dialog, 'UPDATE')).toThrow('update-pending');
    call.b.respond(refresh, 200, [], 'v=0');
    call.network.run(50_400);
    call.b.respond(call.b.last('request').transaction, 200, [], 'v=0');
    call.network.run(50_500);

    expect(call.b.last('request').request.headers.first('cseq')).toBe('3 INVITE');
    expect(call.a.last('response')).toMatchObject({ transaction: own.transaction });
    expect(call.a.statuses()).toEqual([200, 200]);
    call.a.acknowledge(call.dialog);
    call.network.run(120_000);
    expect(bytesToByteString(call.b.last('request').request.body)).toBe('v=0\r\no=new');
  });

  test('an INVITE that waited has a number above what left meanwhile (RFC 3261 12.2.1.1)', () => {
    const call = talking([expires('100;refresher=uac')]);
    call.network.run(50_105);
    const refresh = call.b.last('request').transaction;
    call.a.request(call.dialog, 'INVITE', [], 'v=0\r\no=new');
    call.a.request(call.dialog, 'INFO');
    call.network.run(50_200);
    call.b.respond(call.b.last('request').transaction, 200);
    call.b.respond(refresh, 200, [], 'v=0');
    call.network.run(50_400);

    expect(call.b.last('request').request.headers.first('cseq')).toBe('5 INVITE');
    call.b.respond(call.b.last('request').transaction, 200, [], 'v=0');
    call.network.run(50_500);
    call.a.acknowledge(call.dialog);
    call.network.run(50_600);
    expect(call.b.last('ack').request.headers.first('cseq')).toBe('5 ACK');
  });

  test('stops with the call', () => {
    const call = talking([expires('100;refresher=uac')]);
    answering(call.b, 200);
    call.a.request(call.dialog, 'BYE');
    call.network.run();

    expect(sent(call, A, 'INVITE')).toBe(1);
    expect(call.a.userAgent.stats).toMatchObject({ dialogs: 0, pendingTimers: 0, transactions: 0 });
    expect(call.b.userAgent.stats).toMatchObject({ dialogs: 0, pendingTimers: 0, transactions: 0 });
  });
});

describe('a session whose refresher is the peer', () => {
  test('that does not refresh is ended before it expires, with a BYE that is reported (RFC 4028 10)', () => {
    const call = talking([expires('100;refresher=uas')]);
    call.cut();
    call.network.run(68_000);
    expect(call.a.count('unsolicited-bye')).toBe(0);
    call.network.run(68_200);

    const { sent: bye, dialog } = call.a.last('unsolicited-bye');
    expect(dialog).toBe(call.dialog);
    expect(bye.message.headers.first('reason')).toContain('Session timer expired');
  });

  test('lives as long as a re-INVITE or UPDATE of either side comes (RFC 4028 10)', () => {
    const call = talking([header('Supported', 'timer'), expires('120')]);
    answering(call.b, 200);
    for (let minute = 1; minute <= 65; minute++) {
      call.network.run(minute * 60_000);
      call.a.request(call.dialog, 'UPDATE');
      call.network.run(minute * 60_000 + 100);
    }

    expect(call.a.count('unsolicited-bye') + call.b.count('unsolicited-bye')).toBe(0);
    expect(call.b.userAgent.stats.dialogs).toBe(1);
  });
});

test('an interval below 90 s is refused with 422 and Min-SE before anybody is asked (RFC 4028 9)', () => {
  const network = new VirtualNetwork();
  const a = network.node(A);
  const b = network.node(B);
  a.send('INVITE', B, [expires('60')], 'v=0');
  network.deliver();

  expect(a.statuses()).toEqual([422]);
  expect(a.last('response').response.headers.first('min-se')).toBe('90');
  expect(b.log).toEqual([]);
});

test('a 2xx without Session-Expires ends the timer (RFC 4028 7.2)', () => {
  const call = talking([]);
  call.network.run(HOUR_MS);

  expect(call.a.userAgent.stats.pendingTimers).toBe(0);
});
