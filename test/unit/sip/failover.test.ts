import { describe, expect, test } from 'vitest';
import { bytesToByteString, noBytes, utf8Bytes } from '../../../src/core/bytes.ts';
import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import type { Endpoint } from '../../../src/sip/endpoint.ts';
import { type Header, header } from '../../../src/sip/message/headers.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { UserAgent } from '../../../src/sip/user-agent.ts';
import type { UserAgentOutput } from '../../../src/sip/user-agent-io.ts';

const A = endpoint('192.0.2.1');
const B = endpoint('192.0.2.2');
const PATIENCE_MS = 8 * DEFAULT_TIMERS.t1Ms;

function endpoint(host: string): Endpoint {
  return { transport: 'udp', host, port: 5_060, connection: undefined };
}

/** A user agent that calls a name; the test is DNS, the network and the clock. */
class Caller {
  now: MonotonicMs = monotonicMs(0);
  readonly transaction: string;
  readonly #ua: UserAgent;
  readonly outputs: UserAgentOutput[] = [];
  /** `host start-line`, without repetitions of the same bytes. */
  readonly wire: string[] = [];
  readonly sent: string[] = [];

  constructor(method = 'INVITE', headers: readonly Header[] = []) {
    let serial = 0;
    this.#ua = new UserAgent({
      addresses: ['192.0.2.100', '10.0.0.100'],
      port: 5_060,
      ports: { tls: 5_061 },
      timers: DEFAULT_TIMERS,
      createId: () => `id${++serial}`,
      createToken: () => `token${++serial}`,
      maxServerTransactions: 10,
    });
    const sent = this.#ua.request(
      { method, uri: 'sip:callee@carrier.test', headers, body: noBytes() },
      this.now,
    );
    if ('fault' in sent) throw new Error(sent.fault);
    this.transaction = sent.transaction;
    this.#drain();
  }

  located(...endpoints: readonly Endpoint[]): this {
    const { transaction } = this;
    this.#ua.handleInput({ type: 'located', transaction, endpoints }, this.now);
    return this.#drain();
  }

  failed(reason: string): this {
    const { transaction } = this;
    this.#ua.handleInput({ type: 'transport-failed', transaction, reason }, this.now);
    return this.#drain();
  }

  /** What was sent to this address last could not be delivered after all. */
  brokenOnTheWayTo({ host }: Endpoint): this {
    const sent = this.outputs.findLast(
      (output) =>
        output.type === 'send' && output.to.host === host && output.transaction !== undefined,
    );
    const transaction = sent?.type === 'send' ? (sent.transaction ?? '') : '';
    const reason = 'Connection Timed Out';
    this.#ua.handleInput({ type: 'transport-failed', transaction, reason }, this.now);
    return this.#drain();
  }

  inDialog(method: string): this {
    const { dialog } = this.outputs.find((output) => output.type === 'response') ?? {};
    this.#ua.requestInDialog(dialog ?? '', { method, headers: [], body: noBytes() }, this.now);
    return this.#drain();
  }

  cancel(): this {
    this.#ua.cancel(this.transaction, [], this.now);
    return this.#drain();
  }

  /** The peer answers the last request that starts so and went to this address. */
  answer(start: RegExp, from: Endpoint, status: string, more: readonly string[] = []): this {
    const request =
      this.sent.findLast((each) => start.test(each) && each.endsWith(from.host)) ?? '';
    const echoed = request
      .split('\r\n')
      .filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
    const tagged = echoed.map((line) => line.replace(/^(To: [^;]*)$/, `$1;tag=T${from.host}`));
    const text = [`SIP/2.0 ${status}`, ...tagged, ...more, 'Content-Length: 0', '', ''].join(
      '\r\n',
    );
    this.#ua.handleInput({ type: 'received', bytes: utf8Bytes(text), source: from }, this.now);
    return this.#drain();
  }

  wait(ms: number): this {
    const until = after(this.now, ms);
    for (
      let at = this.#ua.pollTimeout();
      at !== undefined && at <= until;
      at = this.#ua.pollTimeout()
    ) {
      this.now = at;
      this.#ua.handleTimeout(at);
      this.#drain();
    }
    this.now = until;
    return this;
  }

  get statuses(): readonly string[] {
    return this.outputs.flatMap((output) =>
      output.type === 'response' && output.transaction === this.transaction
        ? [`${output.response.statusCode} ${output.response.reason}`]
        : [],
    );
  }

  get branches(): readonly string[] {
    return this.sent.map((each) => /branch=([^\r;]*)/.exec(each)?.[1] ?? '');
  }

  get stats() {
    return this.#ua.stats;
  }

  #drain(): this {
    for (let output = this.#ua.pollOutput(); output; output = this.#ua.pollOutput()) {
      this.outputs.push(output);
      if (output.type !== 'send') continue;
      const text = bytesToByteString(output.bytes);
      const line = `${output.to.host} ${text.split(' ', 1)[0]}`;
      this.sent.push(`${text}${output.to.host}`);
      if (this.wire.at(-1) !== line) this.wire.push(line);
    }
    return this;
  }
}

describe('a request to a name', () => {
  test('is sent when DNS has said where to', () => {
    const caller = new Caller();
    expect(caller.wire).toEqual([]);
    expect(caller.outputs).toMatchObject([
      { type: 'locate', target: { host: 'carrier.test', port: undefined, transport: undefined } },
    ]);
    expect(caller.located(A).wire).toEqual(['192.0.2.1 INVITE']);
  });

  test('fails as the transport does when there is nowhere to go', () => {
    const caller = new Caller().failed('DNS Error');
    expect(caller.statuses).toEqual(['503 DNS Error']);
    expect(caller.stats).toMatchObject({ transactions: 0, pendingTimers: 0 });
  });

  test('that is cancelled before it was sent ends with 487 and is never sent (RFC 3261 9.1)', () => {
    const caller = new Caller().cancel().located(A);
    expect(caller.wire).toEqual([]);
    expect(caller.statuses[0]).toMatch(/^487/);
    expect(caller.stats).toMatchObject({ transactions: 0, pendingTimers: 0 });
  });

  test.each([
    [[], '<sip:10.0.0.100:5061;transport=tls>'],
    [
      [header('Contact', '"A" <sip:100@192.0.2.100:5060;ob>;x=1')],
      '"A" <sip:100@10.0.0.100:5061;transport=tls;ob>;x=1',
    ],
    [[header('Contact', '<sip:100@203.0.113.9:5060>')], '<sip:100@203.0.113.9:5060>'],
  ])(
    'names the side of us that this address sees: Contact %j (RFC 3261 8.1.1.8)',
    (given, contact) => {
      const tls: Endpoint = { ...endpoint('10.0.0.1'), transport: 'tls', port: 5_061 };
      const caller = new Caller('INVITE', given).located(tls);
      expect(caller.sent[0]).toContain(`\r\nContact: ${contact}\r\n`);
      caller.answer(/^INVITE/, tls, '200 OK', ['Contact: <sip:callee@10.0.0.1;transport=tls>']);
      caller.inDialog('INVITE');
      expect(caller.sent[1]).toContain(`\r\nContact: ${contact}\r\n`);
    },
  );

  test('does not wait for DNS for ever', () => {
    const caller = new Caller().wait(64 * DEFAULT_TIMERS.t1Ms);
    expect(caller.statuses[0]).toMatch(/^408/);
  });
});

describe('the next address is tried (RFC 3263 4.3)', () => {
  test('after a transport error, with a new branch and under the same id', () => {
    const caller = new Caller().located(A, B).failed('Service Unavailable');
    expect(caller.wire).toEqual(['192.0.2.1 INVITE', '192.0.2.2 INVITE']);
    expect(new Set(caller.branches).size).toBe(2);
    caller.answer(/^INVITE/, B, '486 Busy Here');
    expect(caller.statuses).toEqual(['486 Busy Here']);
  });

  test('after a 503, which is acknowledged and kept from the user', () => {
    const caller = new Caller().located(A, B).answer(/^INVITE/, A, '503 Service Unavailable');
    expect(caller.wire).toEqual(['192.0.2.1 INVITE', '192.0.2.2 INVITE', '192.0.2.1 ACK']);
    expect(caller.statuses).toEqual([]);
    caller.answer(/^INVITE/, A, '503 Service Unavailable');
    expect(caller.wire.at(-1)).toBe('192.0.2.1 ACK');
  });

  test('after silence', () => {
    const caller = new Caller().located(A, B).wait(PATIENCE_MS);
    expect(caller.wire).toEqual(['192.0.2.1 INVITE', '192.0.2.2 INVITE']);
    expect(caller.outputs).toContainEqual({ type: 'unreachable', to: A });
  });

  test.each(['OPTIONS', 'REGISTER'])(
    'also for %s, which is sent to the first no more',
    (method) => {
      const caller = new Caller(method).located(A, B).wait(PATIENCE_MS);
      expect(caller.wire).toEqual([`192.0.2.1 ${method}`, `192.0.2.2 ${method}`]);
      caller.wait(PATIENCE_MS);
      expect(caller.wire).toHaveLength(2);
    },
  );

  test('not after any other answer, nor after a ringing one', () => {
    const refused = new Caller().located(A, B).answer(/^INVITE/, A, '500 Broken');
    expect(refused.statuses).toEqual(['500 Broken']);
    const ringing = new Caller().located(A, B).answer(/^INVITE/, A, '180 Ringing');
    ringing.answer(/^INVITE/, A, '503 Service Unavailable');
    expect(ringing.statuses).toEqual(['180 Ringing', '503 Service Unavailable']);
  });

  test('not for a request that was cancelled', () => {
    const caller = new Caller()
      .located(A, B)
      .cancel()
      .wait(64 * DEFAULT_TIMERS.t1Ms);
    expect(caller.wire).toEqual(['192.0.2.1 INVITE']);
    expect(caller.statuses[0]).toMatch(/^408/);
  });

  test('the last one decides', () => {
    const caller = new Caller().located(A, B).failed('Service Unavailable').failed('Gone');
    expect(caller.statuses).toEqual(['503 Gone']);
  });
});

describe('what still comes from the address before', () => {
  test('a late ringing is cancelled', () => {
    const caller = new Caller().located(A, B).wait(PATIENCE_MS);
    caller.answer(/^INVITE/, A, '180 Ringing');
    expect(caller.wire.at(-1)).toBe('192.0.2.1 CANCEL');
    expect(caller.statuses).toEqual([]);
  });

  test('a late answer is acknowledged and ended', () => {
    const caller = new Caller().located(A, B).wait(PATIENCE_MS);
    caller.answer(/^INVITE/, A, '200 OK', ['Contact: <sip:callee@192.0.2.1>']);
    expect(caller.wire.slice(-2)).toEqual(['192.0.2.1 ACK', '192.0.2.1 BYE']);
    caller.answer(/^INVITE/, B, '200 OK', ['Contact: <sip:callee@192.0.2.2>']);
    expect(caller.statuses).toEqual(['200 OK']);
  });

  test('a late answer that is ended says nothing of the call by the next address', () => {
    const caller = new Caller().located(A, B).wait(PATIENCE_MS);
    caller.answer(/^INVITE/, B, '200 OK', ['Contact: <sip:callee@192.0.2.2>']);
    caller.answer(/^INVITE/, A, '200 OK', ['Contact: <sip:callee@192.0.2.1>']);
    expect(caller.sent.at(-1)).toMatch(/^BYE sip:callee@192.0.2.1 /);
    expect(caller.outputs.map(({ type }) => type)).not.toContain('unsolicited-bye');
    expect(caller.stats.dialogs).toBe(1);
  });

  test('an error of its transport leaves the next address alone', () => {
    const caller = new Caller().located(A, B).wait(PATIENCE_MS).brokenOnTheWayTo(A);
    expect(caller.statuses).toEqual([]);
    caller.answer(/^INVITE/, B, '180 Ringing').brokenOnTheWayTo(A);
    expect(caller.statuses).toEqual(['180 Ringing']);
    caller.brokenOnTheWayTo(B);
    expect(caller.statuses[1]).toMatch(/^503/);
  });

  test('leaves nothing behind', () => {
    const caller = new Caller().located(A, B).wait(200_000);
    expect(caller.stats).toMatchObject({ transactions: 0, pendingTimers: 0, dialogs: 0 });
  });
});
