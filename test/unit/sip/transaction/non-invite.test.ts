import { describe, expect, test } from 'vitest';
import { type MonotonicMs, monotonicMs } from '../../../../src/core/time.ts';
import { NonInviteClientTransaction } from '../../../../src/sip/transaction/non-invite-client.ts';
import { NonInviteServerTransaction } from '../../../../src/sip/transaction/non-invite-server.ts';
import { DEFAULT_TIMERS } from '../../../../src/sip/transaction/timers.ts';

const T0 = monotonicMs(0);

interface Machine {
  handleTimeout(now: MonotonicMs): void;
  pollOutput(): { readonly type: string } | undefined;
  pollTimeout(): MonotonicMs | undefined;
}

function drain(machine: Machine): string[] {
  const seen: string[] = [];
  for (let output = machine.pollOutput(); output; output = machine.pollOutput())
    seen.push(output.type);
  return seen;
}

function runToEnd(machine: Machine): string[] {
  const log: string[] = [];
  for (let at = machine.pollTimeout(); at !== undefined; at = machine.pollTimeout()) {
    machine.handleTimeout(at);
    for (const output of drain(machine)) log.push(`${at} ${output}`);
  }
  return log;
}

describe('non-INVITE client transaction', () => {
  const start = (reliableTransport = false) => {
    const machine = new NonInviteClientTransaction({ ...DEFAULT_TIMERS, reliableTransport }, T0);
    drain(machine);
    return machine;
  };

  test('repeats by Timer E up to T2 and fails by Timer F (RFC 3261 17.1.2.2)', () => {
    expect(runToEnd(start())).toEqual([
      ...[500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(
        (at) => `${at} send-request`,
      ),
      '32000 failed',
      '32000 terminated',
    ]);
    expect(runToEnd(start(true))).toEqual(['32000 failed', '32000 terminated']);
  });

  test('after a provisional response repeats every T2', () => {
    const machine = start();
    machine.handleInput({ type: 'response', statusCode: 100 }, T0);
    drain(machine);

    expect(runToEnd(machine).slice(0, 3)).toEqual([
      '500 send-request',
      '4500 send-request',
      '8500 send-request',
    ]);
  });

  test.each([
    [false, ['5000 terminated']],
    [true, ['0 terminated']],
  ])('after a final response waits for Timer K, reliable %s', (reliable, log) => {
    const machine = start(reliable);
    machine.handleInput({ type: 'response', statusCode: 404 }, T0);
    machine.handleInput({ type: 'response', statusCode: 404 }, T0);
    machine.handleInput({ type: 'transport-error' }, T0);

    expect(drain(machine)).toEqual(['response']);
    expect(runToEnd(machine)).toEqual(log);
  });

  test('fails at once when the transport does', () => {
    const machine = start();
    machine.handleInput({ type: 'transport-error' }, T0);

    expect(drain(machine)).toEqual(['failed', 'terminated']);
    expect(machine.state).toBe('terminated');
  });
});

describe('non-INVITE server transaction', () => {
  const start = (reliableTransport = false) =>
    new NonInviteServerTransaction({ ...DEFAULT_TIMERS, reliableTransport });

  test('repeats its latest answer for a repeated request only (RFC 3261 17.2.2)', () => {
    const machine = start();
    machine.handleInput({ type: 'retransmission' }, T0);
    expect(drain(machine)).toEqual([]);
    machine.handleInput({ type: 'respond', statusCode: 100 }, T0);
    machine.handleInput({ type: 'retransmission' }, T0);
    machine.handleInput({ type: 'respond', statusCode: 200 }, T0);
    machine.handleInput({ type: 'respond', statusCode: 500 }, T0);
    machine.handleInput({ type: 'retransmission' }, T0);

    expect(drain(machine)).toEqual(Array(4).fill('send-response'));
    expect(runToEnd(machine)).toEqual(['32000 terminated']);
  });

  test('says nothing more once it is over', () => {
    const machine = start();
    machine.handleInput({ type: 'respond', statusCode: 200 }, T0);
    runToEnd(machine);
    machine.handleInput({ type: 'retransmission' }, T0);

    expect(drain(machine)).toEqual([]);
    expect(machine.pollTimeout()).toBeUndefined();
  });

  test('is over at once over a reliable transport', () => {
    const machine = start(true);
    machine.handleInput({ type: 'respond', statusCode: 200 }, T0);
    drain(machine);

    expect(runToEnd(machine)).toEqual(['0 terminated']);
    expect(machine.state).toBe('terminated');
  });
});
