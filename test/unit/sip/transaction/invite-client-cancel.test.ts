import { expect, test } from 'vitest';
import { monotonicMs } from '../../../../src/core/time.ts';
import { InviteClientTransaction } from '../../../../src/sip/transaction/invite-client.ts';

const T0 = monotonicMs(0);

function start(): InviteClientTransaction {
  return new InviteClientTransaction({ t1Ms: 500, reliableTransport: false }, T0);
}

function drain(transaction: InviteClientTransaction): string[] {
  const seen: string[] = [];
  for (let output = transaction.pollOutput(); output; output = transaction.pollOutput()) {
    seen.push(output.type);
  }
  return seen;
}

test('CANCEL waits for a provisional response and leaves once (RFC 3261 9.1)', () => {
  const transaction = start();
  drain(transaction);
  transaction.handleInput({ type: 'cancel' }, T0);
  expect(drain(transaction)).toEqual([]);
  transaction.handleInput({ type: 'response', statusCode: 180 }, T0);
  transaction.handleInput({ type: 'cancel' }, T0);
  transaction.handleInput({ type: 'response', statusCode: 180 }, T0);

  expect(drain(transaction)).toEqual(['response', 'send-cancel', 'response']);
});

test('a cancelled INVITE without final response is over after 64*T1 (RFC 3261 9.1)', () => {
  const transaction = start();
  transaction.handleInput({ type: 'response', statusCode: 180 }, T0);
  transaction.handleInput({ type: 'cancel' }, monotonicMs(10_000));
  transaction.handleInput({ type: 'response', statusCode: 180 }, monotonicMs(11_000));
  drain(transaction);

  expect(transaction.pollTimeout()).toBe(42_000);
  transaction.handleTimeout(monotonicMs(42_000));
  expect(drain(transaction)).toEqual(['failed', 'terminated']);
});

test('there is nothing to cancel after a final response', () => {
  const transaction = start();
  transaction.handleInput({ type: 'response', statusCode: 200 }, T0);
  drain(transaction);
  transaction.handleInput({ type: 'cancel' }, T0);

  expect(drain(transaction)).toEqual([]);
});
