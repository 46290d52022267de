import { beforeEach, describe, expect, test } from 'vitest';
import { header } from '../../../../src/sip/message/headers.ts';
import {
  benchRequest,
  CALLER,
  linesOf,
  PROXY,
  ProxyBench,
  type SentMessage,
  startOf,
} from '../../../support/sip/proxy-bench.ts';
import { rawResponse } from '../../../support/sip/raw-peer.ts';

const A = '198.51.100.1';
const B = '198.51.100.2';
const URI_A = `sip:bob@${A}`;
const URI_B = `sip:bob@${B}`;

let bench: ProxyBench;

beforeEach(() => {
  bench = new ProxyBench();
});

function answer(request: SentMessage, status: string, headers: readonly string[] = []): ProxyBench {
  const tagged = rawResponse(request.text, status, { headers }).replace(
    'tag=callee',
    `tag=${request.to.host}`,
  );
  return bench.receive(tagged, request.to.host, request.to.transport);
}

/** A request of the other side in the dialog that an answer made. */
function inDialog(method: string, from: SentMessage, options: { readonly sequence?: number } = {}) {
  const headers = [...linesOf(from, 'Record-Route')].reverse().map((value) => `Route: ${value}`);
  return benchRequest({ method, uri: URI_A, toTag: A, headers, ...options });
}

describe('a request on its way (RFC 3261 16.6)', () => {
  test('gets our Via on top, one hop less, and the target when it named us (steps 2, 3, 8)', () => {
    const invite = bench.forward([URI_A]).one(/^INVITE/);

    expect(startOf(invite)).toBe(`INVITE ${URI_A} SIP/2.0`);
    expect(invite.to).toMatchObject({ host: A, port: 5_060, transport: 'udp' });
    expect(linesOf(invite, 'Max-Forwards')).toEqual(['69']);
    const [top, next] = linesOf(invite, 'Via');
    expect(top).toMatch(new RegExp(`^SIP/2.0/UDP ${PROXY}:5060;rport;branch=z9hG4bKpx\\.`));
    expect(next).toContain('branch=z9hG4bK-c-1-INVITE');
    expect(linesOf(invite, 'Contact')).toEqual([`<sip:alice@${CALLER}>`]);
    expect(linesOf(invite, 'Record-Route')).toEqual([]);
  });

  test('keeps a Request-URI that does not name us: the target is the next hop', () => {
    const invite = bench.forward([URI_A], {}, { uri: 'sip:carol@example.org' }).one(/^INVITE/);
    expect(startOf(invite)).toBe('INVITE sip:carol@example.org SIP/2.0');
    expect(invite.to.host).toBe(A);
  });

  test('has what the application adds, each line in place of those of its name', () => {
    const headers = [header('X-Account', '7'), header('Subject', 'new'), header('Via', 'no')];
    const invite = bench
      .forward([URI_A], { headers }, { headers: ['Subject: old', 'X-Other: 1'] })
      .one(/^INVITE/);
    expect(linesOf(invite, 'X-Account')).toEqual(['7']);
    expect(linesOf(invite, 'Subject')).toEqual(['new']);
    expect(linesOf(invite, 'X-Other')).toEqual(['1']);
    expect(linesOf(invite, 'Via')).toHaveLength(2);
  });

  test('follows a route that remains behind our own (16.4, step 7)', () => {
    const headers = [`Route: <sip:${PROXY};lr>, <sip:${B};lr>`];
    const invite = bench.forward([URI_A], {}, { headers }).one(/^INVITE/);
    expect(linesOf(invite, 'Route')).toEqual([`<sip:${B};lr>`]);
    expect(invite.to.host).toBe(B);
    expect(startOf(invite)).toBe(`INVITE ${URI_A} SIP/2.0`);
  });

  test('is rewritten for a strict router (step 6)', () => {
    const headers = [`Route: <sip:${PROXY};lr>, <sip:${B}>`];
    const invite = bench.forward([URI_A], {}, { headers }).one(/^INVITE/);
    expect(startOf(invite)).toBe(`INVITE sip:${B} SIP/2.0`);
    expect(linesOf(invite, 'Route')).toEqual([`<${URI_A}>`]);
  });

  test('that comes again is absorbed and gets the latest answer again', () => {
    bench.forward([URI_A]).take();
    bench.receive(benchRequest());
    expect(bench.take().map(startOf)).toEqual(['SIP/2.0 100 Trying']);
  });
});

describe('what is not forwarded (RFC 3261 16.3)', () => {
  test('483 without hops, and the application is told', () => {
    bench.receive(benchRequest({ headers: ['Max-Forwards: 0'] }));
    expect(bench.proxy([URI_A])).toEqual({ statusCode: 483 });
    expect(startOf(bench.take().at(-1) ?? bench.one(/^$/))).toBe('SIP/2.0 483 Too Many Hops');
  });

  test('420 for a Proxy-Require that nobody here knows', () => {
    bench.forward([URI_A], {}, { headers: ['Proxy-Require: foo'] });
    expect(linesOf(bench.one(/^SIP\/2.0 420/), 'Unsupported')).toEqual(['foo']);
  });

  test('482 for a request that comes round unchanged; another Request-URI is a spiral (16.3 step 4, RFC 5393 4.2)', () => {
    const uri = 'sip:carol@example.org';
    const invite = bench.forward([URI_A], {}, { uri }).one(/^INVITE/);
    const via = `Via: SIP/2.0/UDP ${A}:5060;branch=z9hG4bK-back\r\nVia:`;
    const back = invite.text.replace('Via:', via);
    bench.receive(back, A);
    expect(startOf(bench.one(/^SIP/))).toBe('SIP/2.0 482 Loop Detected');
    expect(bench.count('request')).toBe(1);

    const spiral = back.replace('-back', '-spiral').replace(uri, `sip:dave@${PROXY}`);
    bench.receive(spiral, A);
    expect(bench.count('request')).toBe(2);
    bench.proxy([URI_B]);
    expect(startOf(bench.one(/^INVITE/))).toBe(`INVITE ${URI_B} SIP/2.0`);
  });

  test('500 and no branch when no target can be sent to', () => {
    bench.receive(benchRequest());
    expect(bench.proxy(['tel:+4930', 'sip:a@b;transport=sctp'])).toBe('unreachable');
    expect(bench.take(/^SIP\/2.0 500/)).toHaveLength(1);
    expect(bench.count('proxy-done')).toBe(0);
    expect(bench.proxy([URI_A])).toBe('unknown-transaction');
  });
});

describe('a response on its way back (RFC 3261 16.7)', () => {
  test('loses our Via, keeps the rest, the To tag too (steps 3, 9)', () => {
    const invite = bench.forward([URI_A]).one(/^INVITE/);
    const ringing = answer(invite, '180 Ringing', ['X-Callee: yes']).one(/^SIP\/2.0 180/);
    expect(linesOf(ringing, 'Via')).toEqual([
      `SIP/2.0/UDP ${CALLER}:5060;branch=z9hG4bK-c-1-INVITE`,
    ]);
    expect(linesOf(ringing, 'To')).toEqual([`<sip:bob@b>;tag=${A}`]);
    expect(linesOf(ringing, 'X-Callee')).toEqual(['yes']);
    expect(ringing.to.host).toBe(CALLER);
  });

  test('100 is not forwarded (step 5)', () => {
    const invite = bench.forward([URI_A]).one(/^INVITE/);
    expect(answer(invite, '100 Trying').take()).toEqual([]);
  });

  test('keeps its RSeq: each fork is an early dialog with numbers of its own (RFC 3262 3)', () => {
    const invite = bench.forward([URI_A]).one(/^INVITE/);
    const headers = ['Require: 100rel', 'RSeq: 17'];
    const ringing = answer(invite, '180 Ringing', headers).one(/^SIP\/2.0 180/);
    expect(linesOf(ringing, 'RSeq')).toEqual(['17']);
  });

  test('2xx of every branch goes to the caller, the others are cancelled (steps 5, 10)', () => {
    const [a, b] = bench.forward([URI_A, URI_B], { isParallel: true }).take(/^INVITE/);
    if (a === undefined || b === undefined) throw new Error('two branches expected');
    answer(b, '180 Ringing').take();
    const sent = answer(a, '200 OK').take();
    expect(sent.map(startOf)).toEqual(['SIP/2.0 200 OK', `CANCEL ${URI_B} SIP/2.0`]);
    const late = answer(b, '200 OK').one(/^SIP\/2.0 200/);
    expect(linesOf(late, 'To')).toEqual([`<sip:bob@b>;tag=${B}`]);
    expect(answer(a, '200 OK').take(/^SIP\/2.0 200/)).toHaveLength(1);
    expect(bench.count('proxy-response')).toBe(1);
    expect(bench.count('proxy-done')).toBe(1);
  });

  test('a failure is acknowledged on its hop, and one final answer goes back (17.1.1.3)', () => {
    const first = bench.forward([URI_A, URI_B]).one(/^INVITE/);
    const next = answer(first, '486 Busy Here').take();
    expect(next.map(startOf)).toEqual([`ACK ${URI_A} SIP/2.0`, `INVITE ${URI_B} SIP/2.0`]);
    const second = next[1];
    if (second === undefined) throw new Error('a second branch expected');
    const final = answer(second, '404 Not Found').take();
    expect(final.map(startOf)).toEqual([`ACK ${URI_B} SIP/2.0`, 'SIP/2.0 486 Busy Here']);
    bench.receive(benchRequest({ method: 'ACK', branch: 'z9hG4bK-c-1-INVITE', toTag: A }));
    expect(bench.take()).toEqual([]);
  });

  test('503 of the only target goes back as 500 (step 6), so does a dead transport (16.9)', () => {
    answer(bench.forward([URI_A]).one(/^INVITE/), '503 Service Unavailable');
    expect(bench.take(/^SIP/).map(startOf)).toEqual(['SIP/2.0 500 Server Internal Error']);
    bench.forward([`sip:bob@gone.example`], {}, { callId: 'd' }).take();
    const asked = bench.log.findLast(({ type }) => type === 'locate');
    bench.failSend(asked?.type === 'locate' ? asked.transaction : '');
    expect(bench.take(/^SIP/).map(startOf)).toEqual(['SIP/2.0 500 Server Internal Error']);
  });

  test('nobody answers an INVITE: 408; nobody answers anything else: nothing (RFC 4320 4.2)', () => {
    bench.forward([URI_A]).wait(32_000);
    expect(bench.take(/^SIP\/2.0 408/)).toHaveLength(1);
    bench.wait(60_000).take();
    bench.forward([URI_A], {}, { method: 'MESSAGE', callId: 'm' }).wait(120_000);
    expect(bench.take(/^SIP/)).toEqual([]);
    expect(bench.ua.stats).toMatchObject({ proxied: 0, transactions: 0, pendingTimers: 0 });
  });

  test('challenges of all branches go back together (step 7)', () => {
    const [a, b] = bench.forward([URI_A, URI_B], { isParallel: true }).take(/^INVITE/);
    if (a === undefined || b === undefined) throw new Error('two branches expected');
    answer(a, '407 Proxy Authentication Required', ['Proxy-Authenticate: Digest nonce="1"']);
    answer(b, '401 Unauthorized', ['WWW-Authenticate: Digest nonce="2"']);
    const final = bench.one(/^SIP\/2.0 401/);
    expect(linesOf(final, 'WWW-Authenticate')).toEqual(['Digest nonce="2"']);
    expect(linesOf(final, 'Proxy-Authenticate')).toEqual(['Digest nonce="1"']);
  });

  test('the retry with credentials goes to who asked for them, whatever the list says', () => {
    const asked = bench.forward([URI_A, URI_B]).one(/^INVITE/);
    answer(asked, '401 Unauthorized', ['WWW-Authenticate: Digest realm="r", nonce="abc"']).take();
    const headers = ['Authorization: Digest username="u", nonce="abc"'];
    const retry = bench.forward([URI_B], {}, { sequence: 2, headers }).one(/^INVITE/);
    expect(retry.to.host).toBe(A);
  });
});

describe('CANCEL of the caller (RFC 3261 16.10)', () => {
  const cancel = () =>
    benchRequest({
      method: 'CANCEL',
      branch: 'z9hG4bK-c-1-INVITE',
      headers: ['Reason: SIP;cause=200;text="elsewhere"'],
    });

  test('is answered here, goes to each branch with its Reason, and the 487 comes back', () => {
    const invite = bench.forward([URI_A]).one(/^INVITE/);
    answer(invite, '180 Ringing').take();
    const sent = bench.receive(cancel()).take();
    expect(sent.map(startOf)).toEqual(['SIP/2.0 200 OK', `CANCEL ${URI_A} SIP/2.0`]);
    expect(linesOf(sent[1] ?? invite, 'Reason')).toEqual(['SIP;cause=200;text="elsewhere"']);
    expect(linesOf(sent[1] ?? invite, 'Via')).toEqual([linesOf(invite, 'Via')[0]]);
    answer(invite, '487 Request Terminated');
    expect(bench.take(/^SIP/).map(startOf)).toEqual(['SIP/2.0 487 Request Terminated']);
    expect(bench.count('cancelled')).toBe(0);
  });

  test('waits for a sign of life of the callee (9.1)', () => {
    const invite = bench.forward([URI_A]).one(/^INVITE/);
    expect(bench.receive(cancel()).take().map(startOf)).toEqual(['SIP/2.0 200 OK']);
    expect(answer(invite, '100 Trying').take().map(startOf)).toEqual([`CANCEL ${URI_A} SIP/2.0`]);
  });

  test('too late changes nothing', () => {
    answer(bench.forward([URI_A]).one(/^INVITE/), '200 OK').take();
    expect(bench.receive(cancel()).take().map(startOf)).toEqual(['SIP/2.0 200 OK']);
  });
});

describe('a target with several addresses (RFC 3263 4.3)', () => {
  test('gets a new branch for each, ours by its seal, and a late 2xx of the first is forwarded', () => {
    bench.forward(['sip:bob@pbx.example;transport=udp']).take();
    const asked = bench.log.findLast(({ type }) => type === 'locate');
    const transaction = asked?.type === 'locate' ? asked.transaction : '';
    const to = { transport: 'udp', port: 5_060, connection: undefined } as const;
    bench.locate(transaction, [
      { ...to, host: A },
      { ...to, host: B },
    ]);
    const first = bench.one(/^INVITE/);
    const [second] = bench
      .wait(4_000)
      .take(/^INVITE.*pbx/)
      .filter((each) => each.to.host === B);
    if (second === undefined) throw new Error('a second address expected');
    expect(linesOf(second, 'Via')[0]).toMatch(/branch=z9hG4bKpx\./);
    expect(linesOf(second, 'Via')[0]).not.toBe(linesOf(first, 'Via')[0]);
    answer(second, '180 Ringing').take();

    const sent = answer(first, '200 OK').take();
    expect(sent.map(startOf)).toContain('SIP/2.0 200 OK');
    expect(sent.filter(({ to: { host } }) => host === B).map(startOf)).toEqual([
      'CANCEL sip:bob@pbx.example;transport=udp SIP/2.0',
    ]);
    answer(second, '487 Request Terminated');
    bench.wait(120_000);
    expect(bench.ua.stats).toMatchObject({ proxied: 0, transactions: 0, pendingTimers: 0 });
  });
});

describe('a dialog that we stay in (RFC 3261 16.12)', () => {
  function establish(): SentMessage {
    const invite = bench.forward([URI_A], { remainInDialog: true }).one(/^INVITE/);
    const routes = linesOf(invite, 'Record-Route').map((value) => `Record-Route: ${value}`);
    return answer(invite, '200 OK', [...routes, `Contact: <${URI_A}>`]).one(/^SIP\/2.0 200/);
  }

  test('has our Record-Route, and its requests pass without asking anybody', () => {
    const ok = establish();
    expect(linesOf(ok, 'Record-Route')).toEqual([
      expect.stringMatching(new RegExp(`^<sip:${PROXY}:5060;lr;via-key=[0-9a-f]{16}>$`)),
    ]);
    const bye = bench.receive(inDialog('BYE', ok, { sequence: 2 })).one(/^BYE/);
    expect(startOf(bye)).toBe(`BYE ${URI_A} SIP/2.0`);
    expect(linesOf(bye, 'Route')).toEqual([]);
    expect(linesOf(bye, 'Record-Route')).toEqual([]);
    expect(answer(bye, '200 OK').take().map(startOf)).toEqual(['SIP/2.0 200 OK']);
    expect(bench.count('request')).toBe(1);
    bench.wait(60_000);
    expect(bench.ua.stats).toMatchObject({ proxied: 0, transactions: 0, pendingTimers: 0 });
  });

  test('passes the ACK of the 2xx without memory, each copy with the same branch (16.11)', () => {
    const ack = inDialog('ACK', establish());
    const [first, second] = bench.receive(ack).receive(ack).take(/^ACK/);
    expect(first?.to.host).toBe(A);
    expect(first?.text).toBe(second?.text);
  });

  test('passes what the callee sends, and a re-INVITE with its CANCEL', () => {
    const ok = establish();
    const headers = linesOf(ok, 'Record-Route').map((value) => `Route: ${value}`);
    const uri = `sip:alice@${CALLER}`;
    const reinvite = benchRequest({ from: A, uri, toTag: 'F', branch: 'z9hG4bK-r', headers });
    const sent = bench.receive(reinvite, A).take();
    expect(sent.map(startOf)).toEqual(['SIP/2.0 100 Trying', `INVITE ${uri} SIP/2.0`]);
    const forwarded = sent[1];
    if (forwarded === undefined) throw new Error('a re-INVITE expected');
    answer(forwarded, '180 Ringing').take();
    const cancel = benchRequest({
      method: 'CANCEL',
      from: A,
      uri,
      toTag: 'F',
      branch: 'z9hG4bK-r',
    });
    expect(bench.receive(cancel, A).take().map(startOf)).toEqual([
      'SIP/2.0 200 OK',
      `CANCEL ${uri} SIP/2.0`,
    ]);
  });

  test('undoes what a strict router did (16.4)', () => {
    const [route = ''] = linesOf(establish(), 'Record-Route');
    const uri = route.slice(1, -1);
    const bye = benchRequest({
      method: 'BYE',
      uri,
      toTag: A,
      sequence: 2,
      headers: [`Route: <${URI_A}>`],
    });
    expect(startOf(bench.receive(bye).one(/^BYE/))).toBe(`BYE ${URI_A} SIP/2.0`);
  });

  test('cannot be made up: without the key of its Call-ID a request goes nowhere', () => {
    const [route = ''] = linesOf(establish(), 'Record-Route');
    const forged = [
      `<sip:${PROXY}:5060;lr>`,
      `<sip:${PROXY}:5060;lr;via-key=0123456789abcdef>`,
    ].map((value, index) => ({ callId: 'c', headers: [`Route: ${value}`], sequence: 5 + index }));
    for (const each of [
      ...forged,
      { callId: 'other', headers: [`Route: ${route}`], sequence: 9 },
    ]) {
      bench.receive(
        benchRequest({ method: 'INVITE', uri: 'sip:900@carrier', toTag: 'x', ...each }),
      );
      expect(bench.take().map(startOf)).toEqual(['SIP/2.0 481 Call/Transaction Does Not Exist']);
    }
  });

  test('names both sides when the transports differ (RFC 5658)', () => {
    bench.receive(benchRequest({ transport: 'TCP' }), CALLER, 'tcp');
    bench.proxy([URI_A], { remainInDialog: true });
    const invite = bench.one(/^INVITE/);
    const [down, up] = linesOf(invite, 'Record-Route');
    expect(down).toMatch(new RegExp(`^<sip:${PROXY}:5060;lr;`));
    expect(up).toMatch(new RegExp(`^<sip:${PROXY}:5060;transport=tcp;lr;`));
    expect(linesOf(invite, 'Via')[0]).toContain('SIP/2.0/UDP');

    const routes = [down, up].map((value) => `Record-Route: ${value}`);
    const ok = answer(invite, '200 OK', [...routes, `Contact: <${URI_A}>`]).one(/^SIP\/2.0 200/);
    expect(ok.to).toMatchObject({ transport: 'tcp', connection: 7 });
    bench.receive(inDialog('BYE', ok, { sequence: 2 }), CALLER, 'tcp');
    expect(linesOf(bench.one(/^BYE/), 'Route')).toEqual([]);
  });

  test('is none for a REGISTER: that gets a Path (RFC 3327 5.2)', () => {
    const register = bench
      .forward([URI_A], { remainInDialog: true }, { method: 'REGISTER' })
      .one(/^REGISTER/);
    expect(linesOf(register, 'Path')).toEqual([`<sip:${PROXY}:5060;lr>`]);
    expect(linesOf(register, 'Require')).toEqual(['path']);
    expect(linesOf(register, 'Record-Route')).toEqual([]);
  });
});

describe('a response without its transaction (RFC 3261 16.7 step 1)', () => {
  function late(): { readonly invite: SentMessage; readonly ok: string } {
    const invite = bench.forward([URI_A]).one(/^INVITE/);
    answer(invite, '200 OK');
    bench.wait(64_000).take();
    expect(bench.ua.stats).toMatchObject({ proxied: 0, transactions: 0 });
    return { invite, ok: rawResponse(invite.text, '200 OK') };
  }

  test('goes on by the next Via when it is ours', () => {
    const { ok } = late();
    const sent = bench.receive(ok, A).one(/^SIP\/2.0 200/);
    expect(linesOf(sent, 'Via')).toEqual([`SIP/2.0/UDP ${CALLER}:5060;branch=z9hG4bK-c-1-INVITE`]);
    expect(sent.to).toMatchObject({ host: CALLER, port: 5_060, transport: 'udp' });
  });

  test.each([
    ['another next hop', (ok: string) => ok.replace(`UDP ${CALLER}`, 'UDP 203.0.113.9')],
    ['another Call-ID', (ok: string) => ok.replace('Call-ID: c', 'Call-ID: d')],
    ['a made-up branch', (ok: string) => ok.replace(/branch=z9hG4bKpx[^\r;]*/, 'branch=z9hG4bKx')],
    ['no next hop', (ok: string) => ok.replace(/^Via: .*z9hG4bK-c.*\r\n/m, '')],
    ['an answer to a CANCEL', (ok: string) => ok.replace('1 INVITE', '1 CANCEL')],
  ])('is dropped with %s', (_, change) => {
    const { ok } = late();
    expect(bench.receive(change(ok), A).take()).toEqual([]);
  });
});
