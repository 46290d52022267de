import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToByteString, utf8ByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { DrachtioServer } from '../../../src/drachtio/drachtio-server.ts';
import { encodeFrame, FrameDecoder } from '../../../src/drachtio/frame-codec.ts';
import { DEFAULT_TIMERS } from '../../../src/sip/transaction/timers.ts';

const PEER = { transport: 'udp', host: '192.0.2.1', port: 7_000, connection: undefined } as const;

let server: DrachtioServer;
let now: MonotonicMs;
/** What each connection got, by frame; `closed` when it was closed. */
let clients: Map<number, string[]>;
let wire: string[];
/** Everything that was sent to anybody, in order. */
let order: string[];

beforeEach(() => {
  let serial = 0;
  now = monotonicMs(0);
  clients = new Map();
  wire = [];
  order = [];
  server = new DrachtioServer({
    addresses: ['192.0.2.9'],
    port: 5_060,
    timers: DEFAULT_TIMERS,
    createId: () => `id${++serial}`,
    createToken: () => `tok${++serial}`,
    maxServerTransactions: 100,
    secret: 'sécret',
    epochMs: 0,
  });
});

function drain(): void {
  for (let output = server.pollOutput(); output; output = server.pollOutput()) {
    if (output.type === 'sip-send') {
      wire.push(bytesToByteString(output.bytes));
      order.push('wire');
      continue;
    }
    if (output.type === 'sip-locate' || output.type === 'sip-unreachable') {
      order.push(output.type);
      continue;
    }
    const log = clients.get(output.connection) ?? [];
    clients.set(output.connection, log);
    if (output.type === 'client-close') log.push('closed');
    else log.push(...new FrameDecoder().push(output.bytes));
    order.push(`client ${output.connection}`);
  }
}

function say(connection: number, text: string): void {
  server.handleInput(
    { type: 'client-bytes', connection, bytes: encodeFrame(utf8ByteString(text)) },
    now,
  );
  drain();
}

function open(connection: number, ...routes: readonly string[]): void {
  server.handleInput({ type: 'client-connected', connection }, now);
  say(connection, `auth${connection}|authenticate|sécret|`);
  for (const route of routes) say(connection, `r|route|${route}`);
  clients.set(connection, []);
}

function close(connection: number): void {
  server.handleInput({ type: 'client-closed', connection }, now);
  drain();
}

function receive(text: string): void {
  server.handleInput({ type: 'sip-received', bytes: utf8Bytes(text), source: PEER }, now);
  drain();
}

function request(method: string, callId = 'c', more: readonly string[] = []): string {
  return [
    `${method} sip:x@192.0.2.9 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1:7000;branch=z9hG4bK${callId}${method === 'CANCEL' ? 'INVITE' : method}`,
    'From: <sip:a@a>;tag=F',
    'To: <sip:x@192.0.2.9>',
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    'Contact: <sip:a@192.0.2.1:7000>',
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** Lets all deadlines pass. */
function runToEnd(): void {
  for (let at = server.pollTimeout(); at !== undefined; at = server.pollTimeout()) {
    now = at;
    server.handleTimeout(now);
    drain();
  }
}

function tokens(frame: string | undefined): string[] {
  return (frame ?? '').split('\r\n', 1)[0]?.split('|') ?? [];
}

function last(connection: number): string {
  return clients.get(connection)?.at(-1) ?? '';
}

describe('authentication', () => {
  test('tells hostports and version', () => {
    server.handleInput({ type: 'client-connected', connection: 1 }, now);
    say(1, 'a|authenticate|sécret|tag');

    const local = 'udp/192.0.2.9:5060,tcp/192.0.2.9:5060';
    expect(tokens(last(1)).slice(1)).toEqual([
      'response',
      'a',
      'OK',
      local,
      'v0.9.10-trunkline',
      local,
    ]);
  });

  test.each(['a|authenticate|secret|', 'a|authenticate||', 'a|route|invite', 'a|ping'])(
    '%s gets NO and the end of the connection',
    (message) => {
      server.handleInput({ type: 'client-connected', connection: 1 }, now);
      say(1, message);
      say(1, 'b|ping');

      expect(clients.get(1)?.map((each) => each.replace(/^[^|]*\|/, ''))).toEqual([
        'response|a|NO|incorrect secret',
        'closed',
      ]);
    },
  );
});

describe('messages of a client', () => {
  test('ping gets pong, route and remove_route get OK', () => {
    open(1);
    say(1, '1|ping');
    expect(tokens(last(1)).slice(1)).toEqual(['response', '1', 'OK', 'pong']);
    say(1, '2|route|invite');
    expect(tokens(last(1)).slice(1)).toEqual(['response', '2', 'OK']);
    say(1, '3|remove_route|invite');
    receive(request('INVITE'));
    expect(wire.at(-1)).toMatch(/^SIP\/2.0 503/);
  });

  test.each(['1|nonsense', 'nonsense'])('%j ends the connection', (message) => {
    open(1);
    say(1, message);

    expect(last(1)).toBe('closed');
  });

  test('one that is too long is refused, and the connection stays', () => {
    open(1);
    say(1, `m|sip|t|\r\n${'x'.repeat(100_000)}`);
    expect(tokens(last(1)).slice(1)).toEqual(['response', 'm', 'NOK', 'message too long']);
    say(1, '1|ping');

    expect(tokens(last(1)).slice(2)).toEqual(['1', 'OK', 'pong']);
  });

  test('a broken frame ends the connection', () => {
    open(1);
    server.handleInput({ type: 'client-bytes', connection: 1, bytes: utf8Bytes('junk') }, now);
    drain();

    expect(last(1)).toBe('closed');
  });

  test.each([
    ['sip||\r\nINVITE nonsense SIP/2.0\r\n\r\n', 'invalid request-uri: INVITE nonsense SIP/2.0'],
    ['sip||\r\nINVITE sip:x@192.0.2.9 SIP/2.0\r\n\r\n', 'can not send request to myself'],
    [
      'sip||\r\nINVITE sip:x@h;transport=sctp SIP/2.0\r\n\r\n',
      'requested protocol/transport not available',
    ],
    ['sip||\r\nMESSAGE sip:x@h SIP/2.0\r\n\r\nhello', 'missing content-type'],
    [
      'sip||d\r\nINFO sip:placeholder SIP/2.0\r\n\r\n',
      'Server error: unable to find dialog for dialog id provided',
    ],
    ['sip|t|\r\nCANCEL sip:x@h SIP/2.0\r\n\r\n', 'unable to cancel unknown transaction id: t'],
    ['sip|t|\r\nSIP/2.0 200 OK\r\n\r\n', 'Response not sent due to unknown transaction'],
  ])('%j is refused: %s', (message, reason) => {
    open(1);
    say(1, `m|${message}`);

    expect(tokens(last(1)).slice(1)).toEqual(['response', 'm', 'NOK', reason]);
    expect(wire).toEqual([]);
  });
});

describe('a request from the network', () => {
  test('reaches the application with its way and the port it came from', () => {
    open(1, 'invite');
    receive(request('INVITE'));

    expect(wire[0]).toMatch(/^SIP\/2.0 100 Trying/);
    const [, ...leader] = tokens(last(1));
    expect(leader.slice(0, 2)).toEqual(['sip', 'network']);
    expect(leader.slice(3, 7)).toEqual(['udp', '192.0.2.1', '7000', '00:00:00.000000']);
    expect(leader.slice(8)).toEqual(['', '192.0.2.9', '5060', '']);
    expect(last(1)).toContain(';rport=7000\r\n');
    expect(Number(leader[2])).toBe(last(1).length - last(1).indexOf('\r\n') - 2);
  });

  test.each(['invite', 'Invite', '%49NVITE'])(
    'of the method %s is nobody’s: methods compare with case (RFC 3261 7.1, 8.2.1)',
    (method) => {
      open(1, 'invite');
      receive(request(method));

      expect(clients.get(1)).toEqual([]);
      expect(wire.at(-1)).toMatch(/^SIP\/2.0 501 Not Implemented/);
    },
  );

  test('is answered, the OK before the ACK, with the whole answer in it', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    const transaction = tokens(last(1))[8] ?? '';
    order = [];
    say(1, `m|sip|${transaction}|\r\nSIP/2.0 200 OK\r\ncall-id: other\r\nx: y\r\n\r\nv=0`);

    expect(order).toEqual(['client 1', 'wire']);
    const leader = tokens(last(1));
    expect(leader.slice(1, 5)).toEqual(['response', 'm', 'OK', 'application']);
    expect(leader.slice(6, 9)).toEqual(['udp', '192.0.2.9', '5060']);
    expect(leader.slice(10)).toEqual([transaction, 'c;from-tag=F', '', 'Msg sent:', '']);
    const echo = last(1).slice(last(1).indexOf('\r\n') + 2);
    expect(echo).toBe(wire.at(-1));
    expect(echo).toContain('\r\nCall-ID: c\r\n');
    expect(echo).toMatch(/\r\nTo: <sip:x@192.0.2.9>;tag=tok\d+\r\n/);
    expect(echo).toContain('\r\nContact: <sip:192.0.2.9:5060>\r\n');
    expect(echo).toContain('\r\nContent-Type: application/sdp\r\n');
    expect(echo).toContain('\r\nContent-Length: 3\r\n');
  });

  test('keeps the To tag that the application chose', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 183 P\r\nto: <sip:x@h>;tag=mine\r\n\r\n`);

    expect(wire.at(-1)).toContain(';tag=mine\r\n');
  });

  test('is answered in its dialog when its Call-ID is not ASCII', () => {
    open(1, 'invite');
    receive(request('INVITE', 'é'));
    const transaction = tokens(last(1))[8] ?? '';
    say(1, `m|sip|${transaction}|\r\nSIP/2.0 200 OK\r\n\r\n`);
    const dialog = tokens(last(1))[11] ?? '';
    const bytes = encodeFrame(`n|sip||${dialog}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
    server.handleInput({ type: 'client-bytes', connection: 1, bytes }, now);
    drain();

    expect(dialog).toBe(`${utf8ByteString('é')};from-tag=F`);
    expect(wire.at(-1)).toMatch(/^INFO /);
  });

  test('is answered reliably when its sender knows how, and its PRACK comes with the dialog', () => {
    open(1, 'invite');
    receive(request('INVITE', 'c', ['Supported: 100rel']));
    const transaction = tokens(last(1))[8];
    say(1, `m|sip|${transaction}|\r\nSIP/2.0 183 P\r\nRequire: 100rel\r\n\r\n`);
    const echo = last(1);
    const rseq = /^RSeq: (\d+)\r$/m.exec(echo)?.[1];
    const toTag = /^To:.*;tag=(\S+)/im.exec(echo)?.[1];
    receive(
      request('PRACK', 'c', [`RAck: ${rseq} 1 INVITE`])
        .replace('CSeq: 1', 'CSeq: 2')
        .replace(/^(To: .*)\r$/m, `$1;tag=${toTag}\r`),
    );

    expect(tokens(echo).slice(3, 4)).toEqual(['OK']);
    expect(echo.match(/^Require: /gm)?.length).toBe(1);
    expect(tokens(last(1))[9]).toBe('c;from-tag=F');
    expect(tokens(last(1))[8]).not.toBe(transaction);
    say(1, `p|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 200 OK\r\n\r\n`);
    expect(wire.at(-1)).toContain('CSeq: 2 PRACK');
  });

  /** A request in the dialog that our answer with this echo made. */
  function within(method: string, sequence: number, echo: string): string {
    const toTag = /^To:.*;tag=(\S+)/im.exec(echo)?.[1];
    return request(method)
      .replace('CSeq: 1', `CSeq: ${sequence}`)
      .replace(/^(To: .*)\r$/m, `$1;tag=${toTag}\r`);
  }

  test('has an UPDATE beside it with the same transaction, told apart by the CSeq of the answer', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    const transaction = tokens(last(1))[8];
    say(1, `m|sip|${transaction}|\r\nSIP/2.0 183 P\r\n\r\n`);
    receive(within('UPDATE', 2, last(1)));
    expect(tokens(last(1)).slice(8, 10)).toEqual([transaction, 'c;from-tag=F']);
    say(1, `u|sip|${transaction}|\r\nSIP/2.0 200 OK\r\ncseq: 2 UPDATE\r\n\r\n`);
    expect(wire.at(-1)).toContain('CSeq: 2 UPDATE');
    expect(tokens(last(1))[10]).toBe(transaction);
    say(1, `i|sip|${transaction}|\r\nSIP/2.0 200 OK\r\ncseq: 1 INVITE\r\n\r\n`);

    expect(wire.at(-1)).toContain('CSeq: 1 INVITE');
  });

  test.each(['NOTIFY', 'OPTIONS', 'INFO', 'MESSAGE', 'PUBLISH', 'SUBSCRIBE'])(
    'that is not answered has %s beside it as a request outside of any dialog',
    (method) => {
      open(1, 'invite');
      open(2, method);
      receive(request('INVITE'));
      say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 183 P\r\n\r\n`);
      receive(within(method, 2, last(1)));

      expect(tokens(last(1)).slice(9, 12)).toEqual(['', '192.0.2.9', '5060']);
      expect(clients.get(2)).toEqual([]);
    },
  );

  test('is not answered reliably when its sender does not know how', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 183 P\r\nRequire: 100rel\r\n\r\n`);

    expect(last(1)).toContain('NOK|Remote endpoint does not support 100rel');
    expect(wire.length).toBe(1);
  });

  test('goes round over the connections that want it, however often they say so', () => {
    open(1, 'info', 'info', 'info');
    open(2, 'info');
    for (const callId of ['1', '2', '3', '4']) receive(request('INFO', callId));

    expect([clients.get(1)?.length, clients.get(2)?.length]).toEqual([2, 2]);
  });

  test('that is cancelled is answered here, and the application hears of it after that', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    const transaction = tokens(last(1))[8];
    order = [];
    receive(request('CANCEL'));

    expect(order).toEqual(['wire', 'wire', 'client 1']);
    expect(wire.slice(-2).map((each) => each.slice(0, 11))).toEqual(['SIP/2.0 200', 'SIP/2.0 487']);
    expect(tokens(last(1))[8]).toBe(transaction);
    expect(last(1)).toContain('\r\nCANCEL ');
  });

  test('that the application never touches is forgotten after 64 s, without an answer', () => {
    open(1, 'info');
    receive(request('INFO'));
    const transaction = tokens(last(1))[8];
    now = monotonicMs(64_000);
    server.handleTimeout(now);
    drain();
    say(1, `m|sip|${transaction}|\r\nSIP/2.0 200 OK\r\n\r\n`);

    expect(wire).toEqual([]);
    expect(last(1)).toContain('NOK|Response not sent due to unknown transaction');
    expect(server.stats.transactions).toBe(0);
  });

  test('whose application goes away gets 503', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    close(1);

    expect(wire.at(-1)).toMatch(/^SIP\/2.0 503 /);
  });

  test('in a dialog whose application goes away with it gets 481', () => {
    open(1, 'invite');
    receive(request('INVITE'));
    const transaction = tokens(last(1))[8];
    say(1, `m|sip|${transaction}|\r\nSIP/2.0 200 OK\r\n\r\nv=0`);
    const toTag = /^To:.*;tag=(\S+)/im.exec(wire.at(-1) ?? '')?.[1];
    const bye = request('BYE')
      .replace('CSeq: 1', 'CSeq: 2')
      .replace(/^(To: .*)\r$/m, `$1;tag=${toTag}\r`);
    receive(bye.replaceAll('BYE', 'ACK').replace('CSeq: 2', 'CSeq: 1'));
    receive(bye);
    close(1);

    expect(last(1)).toContain('\r\nBYE ');
    expect(wire.at(-1)).toMatch(/^SIP\/2.0 481 /);
  });
});

describe('a connection that is lost', () => {
  /** A call that connection 1 answered; with the tag of our side. */
  function answered(): string {
    open(1, 'invite');
    receive(request('INVITE'));
    say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 200 OK\r\n\r\nv=0`);
    return /^To:.*;tag=(\S+)/im.exec(wire.at(-1) ?? '')?.[1] ?? '';
  }

  function ack(tag: string): void {
    receive(
      request('INVITE')
        .replaceAll('INVITE', 'ACK')
        .replace(/^(To: .*)\r$/m, `$1;tag=${tag}\r`),
    );
  }

  test('takes its calls with it: each gets a BYE', () => {
    ack(answered());
    close(1);

    expect(wire.at(-1)).toMatch(/^BYE /);
    expect(wire.at(-1)).toContain('text="Application gone"');
    expect(server.stats).toMatchObject({ dialogs: 0, owned: 0 });
  });

  test('before the ACK: the BYE waits for it (RFC 3261 15)', () => {
    const tag = answered();
    close(1);
    expect(wire.at(-1)).toMatch(/^SIP\/2.0 200/);
    ack(tag);

    expect(wire.at(-1)).toMatch(/^BYE /);
    expect(server.stats).toMatchObject({ dialogs: 0, owned: 0 });
  });

  test('before an ACK that never comes: nothing of the call is left after 64*T1 (RFC 3261 13.3.1.4)', () => {
    answered();
    close(1);
    runToEnd();

    expect(wire.at(-1)).toMatch(/^BYE /);
    expect(server.stats).toMatchObject({ dialogs: 0, owned: 0, transactions: 0, pendingTimers: 0 });
  });

  test('before it acknowledged an answer: ACK, then BYE', () => {
    open(1);
    say(1, 'm|sip||\r\nINVITE sip:x@192.0.2.1:7000 SIP/2.0\r\n\r\nv=0');
    const sent = wire.at(-1) ?? '';
    receive(
      sent
        .replace(/^.*/, 'SIP/2.0 200 OK')
        .replace(/^(To: [^;\r]*)\r$/m, '$1;tag=T\r')
        .replace(/\r\n\r\n.*$/s, '\r\nContact: <sip:x@192.0.2.1:7000>\r\n\r\n')
        .replace(/Content-Length: .*/, 'Content-Length: 0'),
    );
    close(1);

    expect(wire.slice(-2).map((each) => each.slice(0, 4))).toEqual(['ACK ', 'BYE ']);
    expect(server.stats.dialogs).toBe(0);
  });
});

describe('call records', () => {
  const CDR = ['cdr:attempt', 'cdr:start', 'cdr:stop'];

  /** Verb, source and what comes after the time, of every record that connection 2 got. */
  function records(): readonly string[] {
    return (clients.get(2) ?? []).map((frame) => {
      const [, verb, source, , detail] = tokens(frame);
      return [verb, source, detail].join(' ').trim();
    });
  }

  test('of a call that is answered and released by the caller', () => {
    open(1, 'invite');
    open(2, ...CDR);
    receive(request('INVITE'));
    say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 200 OK\r\n\r\nv=0`);
    const tag = /^To:.*;tag=(\S+)/im.exec(wire.at(-1) ?? '')?.[1];
    const inDialog = (text: string) => text.replace(/^(To: .*)\r$/m, `$1;tag=${tag}\r`);
    receive(inDialog(request('INVITE').replaceAll('INVITE', 'ACK')));
    receive(inDialog(request('BYE').replace('CSeq: 1', 'CSeq: 2')));

    expect(records()).toEqual([
      'cdr:attempt network',
      'cdr:start application uas',
      'cdr:stop network normal-release',
    ]);
    expect(last(2)).toContain('\r\nBYE ');
  });

  test('of a call that is refused', () => {
    open(1, 'invite');
    open(2, ...CDR);
    receive(request('INVITE'));
    say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 486 Busy\r\n\r\n`);

    expect(records()).toEqual(['cdr:attempt network', 'cdr:stop application call-rejected']);
  });

  test('of a call that is cancelled', () => {
    open(1, 'invite');
    open(2, ...CDR);
    receive(request('INVITE'));
    receive(request('CANCEL'));

    expect(records()).toEqual(['cdr:attempt network', 'cdr:stop network call-canceled']);
  });

  test('of a call whose 200 is never acknowledged', () => {
    open(1, 'invite');
    open(2, ...CDR);
    receive(request('INVITE'));
    say(1, `m|sip|${tokens(last(1))[8]}|\r\nSIP/2.0 200 OK\r\n\r\nv=0`);
    for (let at = server.pollTimeout(); at !== undefined; at = server.pollTimeout()) {
      now = at;
      server.handleTimeout(now);
      drain();
    }

    expect(records().at(-1)).toBe('cdr:stop application system-error-initiated-termination');
  });

  test('of a call of an application', () => {
    open(1);
    open(2, ...CDR);
    say(1, 'm|sip||\r\nINVITE sip:x@192.0.2.1:7000 SIP/2.0\r\n\r\nv=0');
    const sent = wire.at(-1) ?? '';
    receive(
      sent
        .replace(/^.*/, 'SIP/2.0 486 Busy')
        .replace(/\r\n\r\n.*$/s, '\r\n\r\n')
        .replace(/Content-Length: .*/, 'Content-Length: 0'),
    );

    expect(records()).toEqual(['cdr:attempt application', 'cdr:stop network call-rejected']);
  });

  test('go in turn to the connections that routed exactly that verb', () => {
    open(1, 'invite', 'cdr:start');
    open(2, 'cdr:attempt');
    open(3, 'cdr:attempt', 'cdr:attempt');
    for (const callId of ['1', '2', '3', '4']) receive(request('INVITE', callId));

    expect([clients.get(2)?.length, clients.get(3)?.length]).toEqual([2, 2]);
    expect(clients.get(1)?.length).toBe(4);
  });
});

describe('a request of an application', () => {
  const invite = 'sip||\r\nINVITE sip:x@192.0.2.1:7000 SIP/2.0\r\nfrom: sip:5@localhost\r\n\r\nv=0';

  test('is echoed whole before it leaves, and its responses carry its transaction', () => {
    open(1);
    say(1, `m|${invite}`);
    const leader = tokens(last(1));
    const sent = wire.at(-1) ?? '';
    expect(order.slice(-2)).toEqual(['client 1', 'wire']);
    expect(last(1).slice(last(1).indexOf('\r\n') + 2)).toBe(sent);
    expect(leader.slice(11)).toEqual(['Msg sent:', '']);
    expect(sent).toMatch(/\r\nFrom: sip:5@192.0.2.9:5060;tag=tok\d+\r\n/);

    const answer = sent.replace(/^.*/, 'SIP/2.0 486 Busy').replace(/^(To: .*)$/m, '$1;tag=T');
    receive(
      answer.replace(/\r\n\r\n.*$/s, '\r\n\r\n').replace(/Content-Length: .*/, 'Content-Length: 0'),
    );
    const [, , source, , , , , , transaction, dialog] = tokens(last(1));
    expect([source, transaction]).toEqual(['network', leader[10]]);
    expect(dialog).toMatch(/^tok\d+;from-tag=tok\d+$/);
  });

  test('that fails on the way becomes a response from nowhere', () => {
    open(1);
    say(1, `m|${invite}`);
    const transaction = tokens(last(1))[10] ?? '';
    server.handleInput({ type: 'sip-failed', transaction, reason: 'DNS Error' }, now);
    drain();

    expect(tokens(last(1)).slice(2, 7)).toEqual(['network', '0', '', '', '0']);
    expect(last(1)).toContain('\r\nSIP/2.0 503 DNS Error\r\n');
  });

  test('goes to the next hop that it names', () => {
    open(1);
    say(1, 'm|sip|||sip:192.0.2.77:5080\r\nOPTIONS sip:x@carrier.example SIP/2.0\r\n\r\n');

    expect(wire.at(-1)).toMatch(/^OPTIONS sip:x@carrier.example /);
  });

  test.each([
    ['is not told of its 100', '', 0],
    [
      'is told of it when it asks, in a header that goes no further',
      'X-Trunkline-Trying: tell\r\n',
      1,
    ],
  ])('an application %s', (_what, line, told) => {
    open(1);
    say(1, `m|${invite.replace('\r\n\r\n', `\r\n${line}\r\n`)}`);
    const sent = wire.at(-1) ?? '';
    const before = clients.get(1)?.length ?? 0;
    receive(
      sent
        .replace(/^.*/, 'SIP/2.0 100 Trying')
        .replace(/\r\n\r\n.*$/s, '\r\n\r\n')
        .replace(/Content-Length: .*/, 'Content-Length: 0'),
    );

    expect(sent).toMatch(/^INVITE /);
    expect(sent).not.toMatch(/x-trunkline/i);
    expect((clients.get(1)?.length ?? 0) - before).toBe(told);
  });

  test('whose application goes away is cancelled', () => {
    open(1);
    say(1, `m|${invite}`);
    const sent = wire.at(-1) ?? '';
    close(1);
    receive(
      sent
        .replace(/^.*/, 'SIP/2.0 180 Ringing')
        .replace(/\r\n\r\n.*$/s, '\r\n\r\n')
        .replace(/Content-Length: .*/, 'Content-Length: 0'),
    );

    expect(wire.at(-1)).toMatch(/^CANCEL /);
  });

  /** What the peer answers to a request of ours. */
  function answer(sent: string, status: string, tag = ';tag=T'): string {
    return sent
      .replace(/^.*/, `SIP/2.0 ${status}`)
      .replace(/^(To: [^;\r]*)\r$/m, `$1${tag}\r`)
      .replace(/\r\n\r\n.*$/s, '\r\nContact: <sip:x@192.0.2.1:7000>\r\n\r\n')
      .replace(/Content-Length: .*/, 'Content-Length: 0');
  }

  function quiet(): void {
    for (let at = server.pollTimeout(); at !== undefined; at = server.pollTimeout()) {
      now = at;
      server.handleTimeout(now);
      drain();
    }
  }

  test('leaves nothing behind: neither its ACK nor the BYE of the application', () => {
    open(1);
    say(1, `m|${invite}`);
    receive(answer(wire.at(-1) ?? '', '200 OK'));
    const dialog = tokens(last(1))[9];
    say(1, `a|sip||${dialog}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    say(1, `b|sip||${dialog}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    receive(answer(wire.at(-1) ?? '', '200 OK'));
    quiet();

    expect(last(1)).toContain('CSeq: 2 BYE');
    expect(server.stats).toMatchObject({ dialogs: 0, transactions: 0, owned: 0 });
  });

  test('leaves nothing behind when it is cancelled, or fails after a 183 without a tag', () => {
    open(1);
    say(1, `m|${invite}`);
    const sent = wire.at(-1) ?? '';
    const transaction = tokens(last(1))[10];
    receive(answer(sent, '183 Progress', ''));
    say(1, `c|sip|${transaction}|\r\nCANCEL sip:x@192.0.2.1:7000 SIP/2.0\r\n\r\n`);
    receive(answer(sent, '487 Request Terminated'));
    quiet();

    expect(last(1)).toContain('SIP/2.0 487');
    expect(server.stats).toMatchObject({ dialogs: 0, transactions: 0, owned: 0 });
  });
});
