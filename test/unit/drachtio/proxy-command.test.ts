import { describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { DrachtioServer } from '../../../src/drachtio/drachtio-server.ts';
import {
  encodeFrame,
  FrameDecoder,
  parseClientMessage,
} from '../../../src/drachtio/frame-codec.ts';
import { parseProxyCommand, proxyRefusal } from '../../../src/drachtio/proxy-command.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';
import { benchRequest, CALLER, PROXY } from '../../support/sip/proxy-bench.ts';
import { rawResponse } from '../../support/sip/raw-peer.ts';

function parse(frame: string) {
  const message = parseClientMessage(frame);
  if (message === undefined) throw new Error('no message');
  return parseProxyCommand(message, '10.0.0.1:5060');
}

describe('the proxy message', () => {
  test('with everything that a client can say', () => {
    const { transaction, command, wantsResponses } = parse(
      'm|proxy|t|remainInDialog|fullResponse|followRedirects|simultaneous|1500ms|9s|sip:a|sip:b\r\n' +
        'INVITE sip:a SIP/2.0\r\nX-One: 1\r\nContact: <sip:x@localhost>\r\n\r\n',
    );
    expect({ transaction, wantsResponses }).toEqual({ transaction: 't', wantsResponses: true });
    expect(command).toMatchObject({
      targets: ['sip:a', 'sip:b'],
      isParallel: true,
      followRedirects: true,
      remainInDialog: true,
      provisionalTimeoutMs: 1_500,
    });
    expect(command.headers.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'X-One: 1',
      'Contact: <sip:x@10.0.0.1:5060>',
    ]);
  });

  test('with nothing', () => {
    expect(parse('m|proxy|t||||serial|||')).toEqual({
      transaction: 't',
      wantsResponses: false,
      command: {
        targets: [],
        isParallel: false,
        followRedirects: false,
        remainInDialog: false,
        provisionalTimeoutMs: undefined,
        headers: [],
      },
    });
  });

  test.each([
    ['1s', 1_000],
    ['250ms', 250],
    ['0s', undefined],
    ['5', undefined],
    ['1m', undefined],
    ['-1s', undefined],
    ['999999s', undefined],
    ['99999999999999999999s', undefined],
  ])('provisional timeout %s is %j ms', (text, expected) => {
    expect(parse(`m|proxy|t||||serial|${text}||sip:a`).command.provisionalTimeoutMs).toBe(expected);
  });
});

test('refusals are the sentences that clients know', () => {
  expect(proxyRefusal('unknown-transaction', 't')).toBe('Unknown transaction id: t');
  expect(proxyRefusal('unreachable', 't')).toBe('error proxying request to ');
});

describe('the replies', () => {
  const CALLEE = '198.51.100.1';

  function start() {
    let serial = 0;
    const server = new DrachtioServer({
      addresses: [PROXY],
      port: 5_060,
      timers: DEFAULT_TIMERS,
      createId: () => `id${++serial}`,
      createToken: () => `tok${++serial}`,
      maxServerTransactions: 100,
      secret: 's',
      epochMs: 0,
    });
    const now = monotonicMs(0);
    const frames: string[] = [];
    const wire: string[] = [];
    const drain = () => {
      for (let output = server.pollOutput(); output; output = server.pollOutput()) {
        if (output.type === 'sip-send') wire.push(bytesToByteString(output.bytes));
        if (output.type === 'client-send') frames.push(...new FrameDecoder().push(output.bytes));
      }
    };
    const say = (text: string) => {
      const bytes = encodeFrame(text);
      server.handleInput({ type: 'client-bytes', connection: 1, bytes }, now);
      drain();
    };
    const receive = (text: string, host: string) => {
      const source = { transport: 'udp', host, port: 5_060, connection: undefined } as const;
      server.handleInput({ type: 'sip-received', bytes: utf8Bytes(text), source }, now);
      drain();
    };
    server.handleInput({ type: 'client-connected', connection: 1 }, now);
    for (const each of ['a|authenticate|s|', 'r|route|invite']) say(each);
    receive(benchRequest(), CALLER);
    const transaction = frames.at(-1)?.split('|')[8] ?? '';
    frames.length = 0;
    wire.length = 0;
    return { server, frames, wire, say, receive, transaction, now };
  }

  /** The first line without its own id. */
  const leaders = (frames: readonly string[]) =>
    frames.map((frame) => frame.slice(frame.indexOf('|') + 1).split('\r\n', 1)[0]);

  test('fullResponse: every final response with its message, then done; owned is 0 again', () => {
    const { server, frames, wire, say, receive, transaction } = start();
    say(`p|proxy|${transaction}||fullResponse||serial|||sip:${CALLEE}`);
    expect(frames).toEqual([]);
    expect(server.stats).toMatchObject({ owned: 1, proxied: 1 });
    const busy = rawResponse(wire[0] ?? '', '486 Busy Here');
    receive(busy, CALLEE);
    expect(leaders(frames)).toEqual([
      `response|p|OK|network|${busy.length}|udp|${CALLEE}|5060|00:00:00.000000|||continue`,
      'response|p|OK|done',
    ]);
    expect(frames[0]?.slice(frames[0].indexOf('\r\n') + 2)).toMatch(/^SIP\/2.0 486 Busy Here\r\n/);
    expect(server.stats.owned).toBe(0);
  });

  test('without it: done at once', () => {
    const { frames, say, transaction } = start();
    say(`p|proxy|${transaction}||||serial|||sip:${CALLEE}`);
    expect(leaders(frames)).toEqual(['response|p|OK|done']);
  });

  test('an answer that was made here has no bytes and no address', () => {
    const { server, frames, say, transaction } = start();
    say(`p|proxy|${transaction}||fullResponse||serial|||sip:${CALLEE}`);
    server.handleTimeout(monotonicMs(32_000));
    for (let output = server.pollOutput(); output; output = server.pollOutput()) {
      if (output.type === 'client-send') frames.push(...new FrameDecoder().push(output.bytes));
    }
    expect(leaders(frames)).toEqual([
      'response|p|OK|network|0|||0|00:00:32.000000|||continue',
      'response|p|OK|done',
    ]);
  });

  test('NOK for what nobody asked for, and for a second time', () => {
    const { frames, say, transaction } = start();
    say('p|proxy|x||fullResponse||serial|||sip:a');
    say(`q|proxy|${transaction}||||serial|||tel:1`);
    say(`r|proxy|${transaction}||||serial|||sip:${CALLEE}`);
    expect(leaders(frames)).toEqual([
      'response|p|NOK|Unknown transaction id: x',
      'response|q|NOK|error proxying request to ',
      `response|r|NOK|Unknown transaction id: ${transaction}`,
    ]);
  });

  test('go nowhere once the application is gone; the call goes on', () => {
    const { server, frames, wire, say, receive, transaction, now } = start();
    say(`p|proxy|${transaction}||fullResponse||serial|||sip:${CALLEE}`);
    server.handleInput({ type: 'client-closed', connection: 1 }, now);
    expect(server.stats).toMatchObject({ owned: 0, proxied: 1 });
    receive(rawResponse(wire[0] ?? '', '200 OK'), CALLEE);
    expect(wire.at(-1)).toMatch(/^SIP\/2.0 200/);
    expect(frames).toEqual([]);
  });
});
