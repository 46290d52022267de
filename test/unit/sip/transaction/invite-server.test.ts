import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../../../src/core/time.ts';
import {
  type InviteServerInput,
  InviteServerTransaction,
} from '../../../../src/sip/transaction/invite-server.ts';
import { DEFAULT_TIMERS } from '../../../../src/sip/transaction/timers.ts';

const T0 = monotonicMs(0);

function respond(statusCode: number): InviteServerInput {
  return { type: 'respond', statusCode };
}

function start(reliableTransport = false): InviteServerTransaction {
  return new InviteServerTransaction({ ...DEFAULT_TIMERS, reliableTransport });
}

function drain(transaction: InviteServerTransaction): string[] {
  const seen: string[] = [];
  for (let output = transaction.pollOutput(); output; output = transaction.pollOutput()) {
    seen.push(output.type);
  }
  return seen;
}

function runToEnd(transaction: InviteServerTransaction): string[] {
  const log: string[] = [];
  for (let at = transaction.pollTimeout(); at !== undefined; at = transaction.pollTimeout()) {
    transaction.handleTimeout(at);
    for (const output of drain(transaction)) log.push(`${at} ${output}`);
  }
  return log;
}

describe('INVITE server transaction', () => {
  test('repeats a non-2xx by Timer G up to T2 and ends by Timer H (RFC 3261 17.2.1)', () => {
    const transaction = start();
    transaction.handleInput(respond(486), T0);
    drain(transaction);

    expect(runToEnd(transaction)).toEqual([
      ...[500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(
        (at) => `${at} send-response`,
      ),
      '32000 terminated',
    ]);
  });

  test('repeats nothing over a reliable transport', () => {
    const transaction = start(true);
    transaction.handleInput(respond(486), T0);
    drain(transaction);

    expect(runToEnd(transaction)).toEqual(['32000 terminated']);
  });

  test.each([
    [false, ['5000 terminated']],
    [true, ['0 terminated']],
  ])('ends by Timer I after the ACK, reliable %s', (reliable, log) => {
    const transaction = start(reliable);
    transaction.handleInput(respond(486), T0);
    transaction.handleInput({ type: 'ack' }, T0);
    drain(transaction);

    expect(runToEnd(transaction)).toEqual(log);
  });

  test('absorbs repeated INVITEs behind a 2xx until Timer L (RFC 6026 7.1)', () => {
    const transaction = start();
    transaction.handleInput(respond(200), T0);
    drain(transaction);
    transaction.handleInput({ type: 'retransmission' }, T0);

    expect(transaction.state).toBe('accepted');
    expect(drain(transaction)).toEqual([]);
    expect(runToEnd(transaction)).toEqual(['32000 terminated']);
  });

  const again = { type: 'retransmission' } as const;
  const ack = { type: 'ack' } as const;
  const reach = { proceeding: [100], completed: [486], accepted: [200], fresh: [] } as const;
  test.each([
    { from: 'fresh', input: again, to: 'proceeding', outputs: [] },
    { from: 'proceeding', input: again, to: 'proceeding', outputs: ['send-response'] },
    { from: 'proceeding', input: respond(180), to: 'proceeding', outputs: ['send-response'] },
    { from: 'proceeding', input: ack, to: 'proceeding', outputs: [] },
    { from: 'completed', input: again, to: 'completed', outputs: ['send-response'] },
    { from: 'completed', input: respond(200), to: 'completed', outputs: [] },
    { from: 'completed', input: ack, to: 'confirmed', outputs: [] },
    { from: 'accepted', input: respond(486), to: 'accepted', outputs: [] },
    { from: 'accepted', input: ack, to: 'accepted', outputs: [] },
  ] as const)('$from, given $input, goes to $to', ({ from, input, to, outputs }) => {
    const transaction = start();
    for (const statusCode of reach[from]) transaction.handleInput(respond(statusCode), T0);
    drain(transaction);
    transaction.handleInput(input, T0);

    expect(drain(transaction)).toEqual(outputs);
    expect(transaction.state).toBe(to);
  });
});
