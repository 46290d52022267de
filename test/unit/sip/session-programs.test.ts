import fc from 'fast-check';
import { expect, test } from 'vitest';
import { header } from '../../../src/sip/message/headers.ts';
import {
  type Logged,
  VirtualNetwork,
  type VirtualNode,
} from '../../support/sip/virtual-network.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const STEPS = ['bye-a', 'bye-b', 'update-a', 'update-b', 'refer-a', 'notify-b', 'invite-b', 'wait'];
const RELIABLE = [header('Require', '100rel')];

/** Answers everything; an INVITE outside of a dialog gets a reliable 183 with SDP and its 200 at once. */
function answer(node: VirtualNode): void {
  node.onOutput = (output: Logged) => {
    if (output.type === 'response') acknowledge(node, output);
    if (output.type !== 'request') return;
    const isInvite = output.request.method === 'INVITE';
    if (isInvite && output.dialog === undefined) {
      node.respond(output.transaction, 183, RELIABLE, 'v=0');
    }
    node.respond(output.transaction, 200, [], isInvite ? 'v=0' : '');
  };
}

function acknowledge(node: VirtualNode, output: Logged & { readonly type: 'response' }): void {
  const { statusCode, headers } = output.response;
  const dialog = output.dialog ?? '';
  const rseq = headers.first('rseq');
  const isInvite = headers.first('cseq')?.endsWith('INVITE') === true;
  if (statusCode === 200 && isInvite) node.acknowledge(dialog);
  if (statusCode !== 183 || rseq === undefined) return;
  node.request(dialog, 'PRACK', [header('RAck', `${rseq} ${headers.first('cseq')}`)]);
}

function take(step: string, a: VirtualNode, b: VirtualNode, dialog: string): void {
  const [verb, side] = step.split('-');
  const node = side === 'a' ? a : b;
  if (verb === 'wait' || !node.userAgent.hasDialog(dialog)) return;
  const state = header('Subscription-State', 'terminated');
  const lines = verb === 'notify' ? [header('Event', 'refer'), state] : [];
  const outgoing = { method: (verb ?? '').toUpperCase(), headers: lines, body: new Uint8Array() };
  // A fault is an answer as well.
  node.command((now) => node.userAgent.requestInDialog(dialog, outgoing, now));
}

test('calls with PRACK, UPDATE, REFER and session timers leave nothing behind, whatever is lost', () => {
  const losses = fc.array(fc.boolean(), { maxLength: 60 });
  const program = fc.array(fc.constantFrom(...STEPS), { maxLength: 8 });
  const pauses = fc.constantFrom(0, 15, 700, 5_000, 40_000, 70_000);
  fc.assert(
    fc.property(losses, program, pauses, (lost, steps, pauseMs) => {
      const network = new VirtualNetwork({ delayMs: 10, loses: (index) => lost[index] ?? false });
      const a = network.node(A);
      const b = network.node(B);
      answer(a);
      answer(b);
      const offer = [header('Supported', '100rel'), header('Session-Expires', '90')];
      const { dialog = '', transaction } = a.send('INVITE', B, offer, 'v=0');
      for (const step of steps) {
        network.run(network.now + pauseMs);
        take(step, a, b, dialog);
      }
      network.run(network.now + 100_000);
      // Without a final answer a caller waits for as long as its user does.
      a.cancel(transaction);
      for (const step of ['bye-a', 'bye-b']) take(step, a, b, dialog);
      network.run(network.now + 1_000_000);
      for (const { userAgent } of [a, b]) {
        expect(userAgent.stats).toMatchObject({ dialogs: 0, transactions: 0, pendingTimers: 0 });
      }
    }),
    { numRuns: 300 },
  );
});
