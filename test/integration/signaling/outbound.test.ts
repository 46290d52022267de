import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DialTarget } from '../../../src/signaling/signaling.ts';
import { cseqAfter, headerOf, RawPeer, rawResponse, toTagOf } from '../../support/sip/raw-peer.ts';
import { dialTarget, SignalingNode } from '../../support/sipp/signaling-node.ts';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0',
  '',
].join('\r\n');
const CREDENTIALS = { username: 'trunk', password: 'secret' };

let node: SignalingNode;
const peers: RawPeer[] = [];

beforeAll(async () => {
  node = await SignalingNode.start();
});
afterAll(() => node.close());
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
});

/** A gateway that does what the test says. */
async function gateway(): Promise<RawPeer> {
  const peer = await RawPeer.open();
  peers.push(peer);
  return peer;
}

function targetAt({ host, port }: { host: string; port: number }, id: string): DialTarget {
  return dialTarget({ host, port }, { id });
}

function respond(
  peer: RawPeer,
  request: string,
  status: string,
  { headers = [], body = '' }: { headers?: readonly string[]; body?: string } = {},
): void {
  const contact = `Contact: <sip:callee@${peer.host}:${peer.port}>`;
  const response = rawResponse(request, status, { headers: [contact, ...headers], body });
  peer.send(response, node.server.port);
}

function answer(peer: RawPeer, invite: string): void {
  respond(peer, invite, '200 OK', { body: SDP });
}

/** Answers an INVITE, and the BYE that ends the call. */
async function takeCall(peer: RawPeer): Promise<string> {
  const invite = await peer.next(/^INVITE /);
  answer(peer, invite);
  await peer.next(/^ACK /);
  return invite;
}

async function takeBye(peer: RawPeer): Promise<string> {
  const bye = await peer.next(/^BYE /);
  respond(peer, bye, '200 OK');
  return bye;
}

describe('failover', () => {
  test('a silent gateway is left for the next one in less than two seconds', async () => {
    const silent = await gateway();
    const good = await gateway();
    const startedAtMs = performance.now();
    const { outcome } = node.dialTargets({
      targets: [targetAt(silent, 'silent'), targetAt(good, 'good')],
    });
    await takeCall(good);
    const { established, attempts } = await outcome;

    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    expect(attempts).toMatchObject([{ targetId: 'silent', status: 408 }]);
    const hungUp = established?.hangup();
    await takeBye(good);
    await hungUp;
  });

  test('its 200 that comes late is acknowledged and hung up', async () => {
    const slow = await gateway();
    const good = await gateway();
    const { outcome } = node.dialTargets({
      targets: [targetAt(slow, 'slow'), targetAt(good, 'good')],
      firstProvisionalTimeoutMs: 100,
    });
    const invite = await slow.next(/^INVITE /);
    await takeCall(good);
    const { established, status } = await outcome;
    answer(slow, invite);
    await slow.next(/^ACK /);
    await takeBye(slow);

    expect(status).toBe(200);
    const hungUp = established?.hangup();
    await takeBye(good);
    await hungUp;
  });

  test('its 180 that comes late is cancelled, and its failure is nobody\u2019s', async () => {
    const slow = await gateway();
    const good = await gateway();
    const { outcome } = node.dialTargets({
      targets: [targetAt(slow, 'slow'), targetAt(good, 'good')],
      firstProvisionalTimeoutMs: 100,
    });
    const invite = await slow.next(/^INVITE /);
    const second = await good.next(/^INVITE /);
    respond(slow, invite, '180 Ringing');
    const cancel = await slow.next(/^CANCEL /);
    respond(slow, cancel, '200 OK');
    respond(slow, invite, '487 Request Terminated');
    await slow.next(/^ACK /);
    respond(good, second, '486 Busy Here');

    expect(await outcome).toMatchObject({
      provisionals: [],
      status: 486,
      attempts: [
        { targetId: 'slow', status: 408 },
        { targetId: 'good', status: 486 },
      ],
    });
  });

  /** Takes as long as it takes to leave a silent gateway. */
  async function leaveSilent(): Promise<void> {
    const silent = await gateway();
    const next = await gateway();
    const { outcome } = node.dialTargets({
      targets: [targetAt(silent, 'silent'), targetAt(next, 'next')],
      firstProvisionalTimeoutMs: 300,
    });
    respond(next, await next.next(/^INVITE /), '486 Busy Here');
    await outcome;
  }

  test('one that says 100 is waited for', async () => {
    const trying = await gateway();
    const other = await gateway();
    const { outcome } = node.dialTargets({
      targets: [targetAt(trying, 'trying'), targetAt(other, 'other')],
      firstProvisionalTimeoutMs: 200,
    });
    const invite = await trying.next(/^INVITE /);
    respond(trying, invite, '100 Trying');
    await leaveSilent();
    respond(trying, invite, '183 Session Progress');
    answer(trying, invite);
    const { established, provisionals } = await outcome;

    expect(provisionals).toEqual([183]);
    expect(other.received).toEqual([]);
    expect(invite).not.toMatch(/X-Trunkline/i);
    const hungUp = established?.hangup();
    await takeBye(trying);
    await hungUp;
  });

  test('503 moves on at once and tells when to come back', async () => {
    const full = await gateway();
    const good = await gateway();
    const { outcome } = node.dialTargets({
      targets: [targetAt(full, 'full'), targetAt(good, 'good')],
    });
    const invite = await full.next(/^INVITE /);
    respond(full, invite, '503 Service Unavailable', { headers: ['Retry-After: 30'] });
    respond(good, await good.next(/^INVITE /), '603 Decline');

    expect(await outcome).toMatchObject({
      status: 603,
      attempts: [
        { targetId: 'full', status: 503, retryAfterSeconds: 30 },
        { targetId: 'good', status: 603 },
      ],
    });
  });

  test('a refused connection moves on at once', async () => {
    const good = await gateway();
    const dead = dialTarget({ host: '127.0.0.1', port: 9 }, { id: 'dead', transport: 'tcp' });
    const { outcome } = node.dialTargets({ targets: [dead, targetAt(good, 'good')] });
    respond(good, await good.next(/^INVITE /), '486 Busy Here');

    expect(await outcome).toMatchObject({ status: 486, attempts: [{ status: 503 }, {}] });
  });

  test('a gateway without a free slot gets no packet; slots are given back once', async () => {
    const full = await gateway();
    const good = await gateway();
    const log: string[] = [];
    const refused = { ...targetAt(full, 'full'), reserve: () => ({ refused: 'no slot is free' }) };
    const reserve = () => {
      log.push('taken');
      return { release: () => log.push('released') };
    };
    const { outcome } = node.dialTargets({
      targets: [refused, { ...targetAt(good, 'good'), reserve }],
    });
    await takeCall(good);
    const { established, attempts } = await outcome;

    expect(full.received).toEqual([]);
    expect(attempts).toMatchObject([{ targetId: 'full', status: 503, reason: 'no slot is free' }]);
    expect(log).toEqual(['taken']);
    const hungUp = established?.hangup();
    await takeBye(good);
    await hungUp;
    expect(log).toEqual(['taken', 'released']);
  });
});

describe('redirects', () => {
  test('are followed without the headers in the URI (RFC 3261 section 8.1.3.4)', async () => {
    const first = await gateway();
    const second = await gateway();
    const { outcome } = node.dial({ host: first.host, port: first.port });
    const invite = await first.next(/^INVITE /);
    const to = `<sip:+4930777@127.0.0.1:${second.port}?Replaces=x&X-Evil=1>`;
    const evil = '<sip:+1900@192.0.2.66>';
    peersend(first, invite, `${evil};q=1, ${to};q=0.5`);
    const redirected = await second.next(/^INVITE /);
    respond(second, redirected, '486 Busy Here');

    expect(await outcome).toMatchObject({ status: 486 });
    expect(redirected).toMatch(/^INVITE sip:\+4930777@127\.0\.0\.1:\d+ SIP/);
    expect(redirected).not.toMatch(/replaces:|x-evil/i);
  });

  function peersend(peer: RawPeer, invite: string, contact: string): void {
    const headers = [`Contact: ${contact}`];
    peer.send(rawResponse(invite, '302 Moved Temporarily', { headers }), node.server.port);
  }
});

describe('credentials', () => {
  const challenge = (realm: string, nonce: string) =>
    [
      `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"`,
      `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}", algorithm=SHA-256, qop="auth", opaque="o"`,
    ] as const;

  function isRight(request: string): boolean {
    const line = headerOf(request, 'Authorization');
    const of = (name: string) => new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^,]*))`).exec(line);
    const value = (name: string) => of(name)?.[1] ?? of(name)?.[2] ?? '';
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const [method = '', uri = ''] = request.split(' ');
    const a1 = hash(`${CREDENTIALS.username}:${value('realm')}:${CREDENTIALS.password}`);
    const a2 = hash(`${method}:${uri}`);
    const rest = [value('nonce'), value('nc'), value('cnonce'), 'auth', a2].join(':');
    return value('uri') === uri && value('response') === hash(`${a1}:${rest}`);
  }

  test('SHA-256 is taken before MD5, for INVITE and BYE (RFC 8760)', async () => {
    const peer = await gateway();
    const { outcome } = node.dial(peer, { credentials: CREDENTIALS });
    const invite = await peer.next(/^INVITE /);
    respond(peer, invite, '401 Unauthorized', { headers: challenge('carrier', 'n1') });
    await peer.next(/^ACK /);
    const again = await takeCall(peer);
    const { established } = await outcome;
    const hungUp = established?.hangup();
    const bye = await peer.next(/^BYE /);
    respond(peer, bye, '401 Unauthorized', { headers: challenge('carrier', 'n2') });
    const byeAgain = await takeBye(peer);
    await hungUp;

    expect(isRight(again)).toBe(true);
    expect(isRight(byeAgain)).toBe(true);
    for (const name of ['Call-ID', 'From'])
      expect(headerOf(again, name)).toBe(headerOf(invite, name));
    expect(headerOf(again, 'CSeq')).toBe(cseqAfter(invite, 1, 'INVITE'));
    expect(toTagOf(again)).toBe('');
    expect(Number.parseInt(headerOf(byeAgain, 'CSeq'), 10)).toBeGreaterThan(
      Number.parseInt(headerOf(bye, 'CSeq'), 10),
    );
  });

  test('another realm than the carrier\u2019s gets nothing', async () => {
    const peer = await gateway();
    const credentials = { ...CREDENTIALS, realm: 'carrier' };
    const { outcome } = node.dial(peer, { credentials });
    respond(peer, await peer.next(/^INVITE /), '401 Unauthorized', {
      headers: challenge('evil', 'n1'),
    });

    expect(await outcome).toMatchObject({ status: 401 });
    expect(peer.received.join('')).not.toContain('Authorization');
  });

  test('a challenged BYE to a carrier without credentials gets nothing', async () => {
    const peer = await gateway();
    const { outcome } = node.dial(peer);
    await takeCall(peer);
    const { established } = await outcome;
    const hungUp = established?.hangup();
    const bye = await peer.next(/^BYE /);
    respond(peer, bye, '401 Unauthorized', { headers: challenge('carrier', 'n1') });
    await hungUp;

    expect(peer.received).toEqual([]);
  });

  test('a CANCEL while challenged ends the call: no INVITE follows', async () => {
    const peer = await gateway();
    const { call, outcome } = node.dial(peer, { credentials: CREDENTIALS });
    const invite = await peer.next(/^INVITE /);
    call.cancel();
    respond(peer, invite, '401 Unauthorized', { headers: challenge('carrier', 'n1') });

    expect(await outcome).toMatchObject({ status: 487 });
    await peer.next(/^ACK /);
    expect(peer.received).toEqual([]);
  });

  test('a stale nonce is answered anew, once (RFC 7616 section 3.3)', async () => {
    const peer = await gateway();
    const { outcome } = node.dial(peer, { credentials: CREDENTIALS });
    const stale =
      'WWW-Authenticate: Digest realm="r", nonce="2", stale=true, algorithm=SHA-256, qop="auth"';
    respond(peer, await peer.next(/^INVITE /), '401 Unauthorized', {
      headers: challenge('r', '1'),
    });
    const second = await peer.next(/^INVITE /);
    respond(peer, second, '401 Unauthorized', { headers: [stale] });
    const third = await peer.next(/^INVITE /);
    respond(peer, third, '401 Unauthorized', { headers: [stale] });

    expect(await outcome).toMatchObject({ status: 401 });
    expect(isRight(third)).toBe(true);
    expect(headerOf(third, 'CSeq')).toBe(cseqAfter(second, 1, 'INVITE'));
  });
});

test('422 is answered with the interval that it asks for, once (RFC 4028 section 7.4)', async () => {
  const peer = await gateway();
  const { outcome } = node.dial(peer);
  const invite = await peer.next(/^INVITE /);
  respond(peer, invite, '422 Session Interval Too Small', { headers: ['Min-SE: 3600'] });
  const again = await peer.next(/^INVITE /);
  respond(peer, again, '422 Session Interval Too Small', { headers: ['Min-SE: 7200'] });

  expect(await outcome).toMatchObject({ status: 422 });
  expect(headerOf(invite, 'Session-Expires')).toBe('1800');
  expect(headerOf(again, 'Session-Expires')).toBe('3600');
  expect(headerOf(again, 'Min-SE')).toBe('3600');
  expect(headerOf(again, 'CSeq')).toBe(cseqAfter(invite, 1, 'INVITE'));
});

test('early media of a forked call comes with each fork; the last one counts', async () => {
  const peer = await gateway();
  const sdps: (string | undefined)[] = [];
  const outcome = new Promise<string>((resolve) => {
    node.signaling.dial(
      { targets: [targetAt(peer, 'gateway')], localSdp: SDP },
      {
        onProvisional: (_status, sdp) => sdps.push(sdp?.match(/m=audio (\d+)/)?.[1]),
        onAnswered: (call) => {
          resolve(call.remoteSdp.match(/m=audio (\d+)/)?.[1] ?? '');
          call.hangup().catch(() => undefined);
        },
        onFailed: (status) => resolve(String(status)),
      },
    );
  });
  const invite = await peer.next(/^INVITE /);
  const fork = (tag: string, port: number, status: string, body = true) => {
    const text = rawResponse(invite, status, {
      headers: [`Contact: <sip:callee@${peer.host}:${peer.port}>`],
      body: body ? SDP.replace('40000', String(port)) : '',
    });
    peer.send(text.replace('tag=callee', `tag=${tag}`), node.server.port);
  };
  fork('one', 41_000, '183 Session Progress');
  fork('two', 42_000, '183 Session Progress');
  fork('one', 0, '200 OK', false);
  await peer.next(/^ACK /);

  expect(await outcome).toBe('41000');
  expect(sdps).toEqual(['41000', '42000']);
  await takeBye(peer);
});

test('a reliable 183 is acknowledged with PRACK, and its description is the early media (RFC 3262)', async () => {
  const peer = await gateway();
  const { outcome } = node.dial(peer);
  const invite = await peer.next(/^INVITE /);
  const headers = ['Require: 100rel', 'RSeq: 17'];
  respond(peer, invite, '183 Session Progress', { headers, body: SDP });
  const prack = await peer.next(/^PRACK /);
  respond(peer, prack, '200 OK');
  respond(peer, invite, '200 OK');
  await peer.next(/^ACK /);
  const { established, provisionals } = await outcome;

  expect(headerOf(invite, 'Supported')).toContain('100rel');
  expect(headerOf(prack, 'RAck')).toBe(`17 ${headerOf(invite, 'CSeq')}`);
  expect(provisionals).toEqual([183]);
  expect(established?.remoteSdp).toContain('m=audio 40000');
  const hungUp = established?.hangup();
  await takeBye(peer);
  await hungUp;
});

describe('REGISTER', () => {
  const registration = (peer: RawPeer) => ({
    host: peer.host,
    port: peer.port,
    transport: 'udp' as const,
    domain: 'carrier.example',
    user: 'trunk',
    contactUser: 'in-1',
    callId: `reg-${peer.port}`,
    expiresSeconds: 600,
    credentials: CREDENTIALS,
  });

  test('answers the challenge, reads what was granted, and goes on counting', async () => {
    const peer = await gateway();
    const registered = node.signaling.register(registration(peer));
    const first = await peer.next(/^REGISTER /);
    const challenge = 'WWW-Authenticate: Digest realm="carrier", nonce="1", qop="auth"';
    peer.send(rawResponse(first, '401 Unauthorized', { headers: [challenge] }), node.server.port);
    const second = await peer.next(/^REGISTER /);
    const binding = `${headerOf(second, 'Contact')};expires=300`;
    const headers = [`Contact: <sip:other@h>;expires=9, ${binding}`, 'Expires: 60'];
    peer.send(rawResponse(second, '200 OK', { headers }), node.server.port);

    expect(await registered).toMatchObject({ status: 200, expiresSeconds: 300 });
    expect(first).toMatch(/^REGISTER sip:carrier\.example SIP/);
    expect(headerOf(first, 'Contact')).toBe(`<sip:in-1@127.0.0.1:${node.server.port}>`);
    expect(headerOf(second, 'Authorization')).toContain('username="trunk"');

    const refreshed = node.signaling.register(registration(peer));
    const third = await peer.next(/^REGISTER /);
    peer.send(
      rawResponse(third, '423 Interval Too Brief', { headers: ['Min-Expires: 900'] }),
      node.server.port,
    );
    expect(await refreshed).toMatchObject({ status: 423, expiresSeconds: 900 });
    const numbers = [first, second, third].map((text) =>
      Number.parseInt(headerOf(text, 'CSeq'), 10),
    );
    expect(numbers).toEqual([numbers[0], (numbers[0] ?? 0) + 1, (numbers[0] ?? 0) + 2]);
    expect(headerOf(third, 'Call-ID')).toBe(headerOf(first, 'Call-ID'));
  });
});

describe('OPTIONS', () => {
  test('tells the answer and how long it took', async () => {
    const peer = await gateway();
    const pinged = node.signaling.ping({ host: peer.host, port: peer.port }, 1_000);
    const options = await peer.next(/^OPTIONS /);
    peer.send(rawResponse(options, '200 OK'), node.server.port);

    const { rttMs, ...outcome } = await pinged;
    expect(outcome).toEqual({ status: 200, reason: 'OK' });
    expect(rttMs).toBeGreaterThan(0);
    expect(rttMs).toBeLessThan(1_000);
  });

  test('no answer in time is 408, no way 503, no valid host 503', async () => {
    const peer = await gateway();
    const { signaling } = node;

    expect(await signaling.ping({ host: peer.host, port: peer.port }, 50)).toMatchObject({
      status: 408,
    });
    const dead = { host: '127.0.0.1', port: 9, transport: 'tcp' as const };
    expect(await signaling.ping(dead, 1_000)).toMatchObject({ status: 503 });
    expect(await signaling.ping({ host: 'a b' }, 1_000)).toMatchObject({
      status: 503,
      reason: 'the gateway has no valid host',
    });
  });
});
