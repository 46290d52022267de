import { describe, expect, test } from 'vitest';
import { header } from '../../../src/sip/message/headers.ts';
import type { Sent } from '../../../src/sip/user-agent-io.ts';
import { VirtualNetwork, type VirtualNode } from '../../support/sip/virtual-network.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const SDP = 'v=0';

interface Call {
  readonly network: VirtualNetwork;
  readonly a: VirtualNode;
  readonly b: VirtualNode;
  readonly invite: Sent;
  readonly transaction: string;
  readonly dialog: string;
}

/** A calls B with an offer; B sends a reliable 183, with the answer in it when `answer` is SDP. */
function early(answer = ''): Call {
  const network = new VirtualNetwork();
  const a = network.node(A);
  const b = network.node(B);
  const invite = a.send('INVITE', B, [header('Supported', '100rel')], SDP);
  network.deliver();
  const { transaction } = b.last('request');
  b.respond(transaction, 183, [header('Require', '100rel')], answer);
  network.deliver();
  const dialog = invite.dialog ?? '';
  const { headers } = a.last('response').response;
  a.request(dialog, 'PRACK', [header('RAck', `${headers.first('rseq')} 1 INVITE`)]);
  network.deliver();
  b.respond(b.last('request').transaction, 200);
  network.deliver();
  return { network, a, b, invite, transaction, dialog };
}

function confirmed(): Call {
  const call = early(SDP);
  call.b.respond(call.transaction, 200);
  call.network.deliver();
  call.a.acknowledge(call.dialog);
  call.network.deliver();
  return call;
}

function update(node: VirtualNode, { dialog, network }: Call, body = SDP): void {
  node.request(dialog, 'UPDATE', [], body);
  network.deliver();
}

describe('UPDATE in an early dialog', () => {
  test('of the caller after the answer reaches the callee beside the INVITE (RFC 3311 5.2)', () => {
    const call = early(SDP);
    update(call.a, call);
    const { request, transaction, dialog, invite } = call.b.last('request');
    call.b.respond(transaction, 200, [], SDP);
    call.network.deliver();
    call.b.respond(call.transaction, 180);
    call.network.deliver();

    expect([request.method, dialog, invite]).toEqual(['UPDATE', call.dialog, call.transaction]);
    expect(call.a.statuses()).toEqual([183, 200, 200, 180]);
  });

  test('of the callee reaches the caller with its own transaction', () => {
    const call = early(SDP);
    update(call.b, call);
    const { request, invite, isEarly } = call.a.last('request');
    call.a.respond(call.a.last('request').transaction, 200, [], SDP);
    call.network.deliver();

    expect([request.method, invite, isEarly]).toEqual(['UPDATE', undefined, true]);
    expect(call.b.statuses()).toEqual([200]);
  });

  test('with an offer before the answer: 500 from the callee, 491 from the caller (RFC 3311 5.2)', () => {
    const call = early();
    update(call.a, call);
    update(call.b, call);

    expect(call.a.statuses().at(-1)).toBe(500);
    expect(call.b.statuses().at(-1)).toBe(491);
    expect(call.a.last('response').response.headers.has('retry-after')).toBe(true);
  });

  test('without an offer may always come', () => {
    const call = early();
    update(call.a, call, '');

    expect(call.b.last('request').request.method).toBe('UPDATE');
  });
});

describe('UPDATE in a confirmed dialog', () => {
  test('is answered with a Contact and moves the target (RFC 3311 5.2)', () => {
    const call = confirmed();
    call.a.request(call.dialog, 'UPDATE', [header('Contact', '<sip:moved@203.0.113.7:5070>')], SDP);
    call.network.deliver();
    call.b.respond(call.b.last('request').transaction, 200, [], SDP);
    call.network.deliver();

    expect(call.a.last('response').response.headers.first('contact')).toContain(B);
    expect(call.b.request(call.dialog, 'BYE').to).toMatchObject({ host: '203.0.113.7' });
  });

  test('while another one waits for its answer gets 500 with Retry-After (RFC 3311 5.2)', () => {
    const call = confirmed();
    update(call.a, call);
    const raw = new TextDecoder().decode(call.a.request(call.dialog, 'INFO').bytes);
    call.b.receiveText(
      raw.replaceAll('INFO', 'UPDATE').replace(/branch=\S+/, 'branch=z9hG4bKx'),
      A,
    );

    expect(call.network.trace.at(-1)).toBe(`${B} SIP/2.0 500 Server Internal Error`);
  });

  test('is sent one at a time (RFC 3311 5.1)', () => {
    const call = confirmed();
    update(call.a, call);

    expect(() => update(call.a, call)).toThrow('update-pending');
    call.b.respond(call.b.last('request').transaction, 200, [], SDP);
    call.network.deliver();
    update(call.a, call);
  });

  test('that crosses another one: both get 491 (RFC 3311 5.2)', () => {
    const call = confirmed();
    call.a.request(call.dialog, 'UPDATE', [], SDP);
    call.b.request(call.dialog, 'UPDATE', [], SDP);
    call.network.deliver();

    expect([call.a.statuses().at(-1), call.b.statuses().at(-1)]).toEqual([491, 491]);
  });

  test('that crosses a re-INVITE: both get 491 (RFC 3311 5.2)', () => {
    const call = confirmed();
    call.a.request(call.dialog, 'UPDATE', [], SDP);
    call.b.request(call.dialog, 'INVITE', [], SDP);
    call.network.deliver();

    expect([call.a.statuses().at(-1), call.b.statuses().at(-1)]).toEqual([491, 491]);
  });
});

test.each(['BYE', 'UPDATE', 'PRACK'])('%s without a dialog is answered 481', (method) => {
  const network = new VirtualNetwork();
  const a = network.node(A);
  const b = network.node(B);
  a.send(method, B);
  network.deliver();

  expect(a.statuses()).toEqual([481]);
  expect(b.log).toEqual([]);
});

test('what comes in an early dialog is marked as such', () => {
  const call = early(SDP);
  call.a.request(call.dialog, 'INFO');
  call.network.deliver();

  expect(call.b.last('request')).toMatchObject({ isEarly: true, invite: undefined });
});
