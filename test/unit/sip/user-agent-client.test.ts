import { describe, expect, test } from 'vitest';
import { bytesToByteString } from '../../../src/core/bytes.ts';
import type { Sent } from '../../../src/sip/user-agent-io.ts';
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
