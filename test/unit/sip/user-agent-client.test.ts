import { describe, expect, test } from 'vitest';
import { bytesToByteString } from '../../../src/core/bytes.ts';
import { header } from '../../../src/sip/message/headers.ts';
import type { Sent } from '../../../src/sip/user-agent-io.ts';
import { CallFlow } from '../../support/sip/call-flow.ts';
import { VirtualNetwork, type VirtualNode } from '../../support/sip/virtual-network.ts';

const US = '10.0.0.1';
const PEER = '10.0.0.9';

function alone(): { readonly network: VirtualNetwork; readonly us: VirtualNode } {
  const network = new VirtualNetwork();
  return { network, us: network.node(US) };
}

/** What the peer answers to a request of ours. */
function answer({ bytes }: Sent, status: string, more: readonly string[] = []): string {
  const lines = bytesToByteString(bytes).split('\r\n');
  const echoed = lines.filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
  const tagged = echoed.map((line) => line.replace(/^(To: [^;]*)$/, '$1;tag=T'));
  return [`SIP/2.0 ${status}`, ...tagged, ...more, 'Content-Length: 0', '', ''].join('\r\n');
}

describe('a 2xx without Contact', () => {
  test('is acknowledged and ended: no application can use it (RFC 3261 13.3.1.4)', () => {
    const { network, us } = alone();
    us.receiveText(answer(us.invite(PEER), '200 OK'), PEER);
    us.acknowledge(us.last('response').dialog ?? '');

    expect(network.trace.slice(-2)).toEqual([
      `${US} ACK sip:x@${PEER} SIP/2.0`,
      `${US} BYE sip:x@${PEER} SIP/2.0`,
    ]);
    expect(us.userAgent.stats.dialogs).toBe(0);
  });
});

describe('a BYE that is challenged', () => {
  function challenged(): ReturnType<typeof alone> & { readonly dialog: string } {
    const all = alone();
    const contact = [`Contact: <sip:x@${PEER}>`];
    all.us.receiveText(answer(all.us.invite(PEER), '200 OK', contact), PEER);
    const { dialog = '' } = all.us.last('response');
    all.us.acknowledge(dialog);
    all.us.receiveText(answer(all.us.request(dialog, 'BYE'), '401 Unauthorized'), PEER);
    return { ...all, dialog };
  }

  test('may be sent again with credentials (RFC 3261 22.2)', () => {
    const { us, dialog } = challenged();
    us.receiveText(answer(us.request(dialog, 'BYE'), '200 OK'), PEER);

    expect(us.statuses()).toEqual([200, 401, 200]);
    expect(us.userAgent.stats.dialogs).toBe(0);
  });

  test('leaves no dialog behind when it is not', () => {
    const { network, us } = challenged();
    network.run();

    expect(us.userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
    expect(us.count('dialog-ended')).toBe(1);
  });
});

describe('what the user still waits for when a dialog ends gets its answer', () => {
  test('a second BYE is refused while the first waits for the ACK (RFC 3261 15)', () => {
    const flow = new CallFlow();
    const dialog = flow.invite();
    flow.arrive();
    flow.answer(200);
    flow.bob.request(dialog, 'BYE');
    const outgoing = { method: 'BYE', headers: [], body: new Uint8Array() };

    expect(
      flow.bob.command((now) => flow.bob.userAgent.requestInDialog(dialog, outgoing, now)),
    ).toEqual({ fault: 'unknown-dialog' });
  });

  test('a BYE that waits for an ACK leaves when another BYE ends the dialog first', () => {
    const flow = new CallFlow();
    const dialog = flow.talk();
    flow.bob.request(dialog, 'BYE');
    flow.alice.request(dialog, 'INVITE', [], 'v=0');
    flow.cross();
    // Bob answers the re-INVITE that crossed his BYE, and hangs up once more before its ACK.
    flow.answer(200);
    flow.bob.request(dialog, 'BYE');
    flow.alice.respond(flow.alice.last('request').transaction, 200);
    flow.arrive(100_000);

    expect(flow.bob.statuses().length).toBe(2);
    expect(flow.isOver()).toBe(true);
  });

  test('a session refresh that nobody answers ends with its dialog (RFC 4028 10)', () => {
    const flow = new CallFlow();
    const dialog = flow.talk([header('Session-Expires', '90;refresher=uac')]);
    flow.arrive(45_000);
    expect(flow.bob.last('request').request.method).toBe('INVITE');
    // The other side hangs up, and what it says to the refresh is lost.
    flow.bob.request(dialog, 'BYE');
    flow.arrive();
    flow.alice.respond(flow.alice.last('request').transaction, 200);
    flow.lose(1_000).answer(491);
    flow.arrive(50_000);
    flow.lose(0);

    expect(flow.isOver()).toBe(true);
  });
});
