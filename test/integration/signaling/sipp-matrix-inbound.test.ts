import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOffer } from '../../../src/sdp/offer-answer.ts';
import { serializeReplaces } from '../../../src/signaling/replaces.ts';
import { notEmbedded } from '../../support/sip/sip-server.ts';
import { SignalingNode } from '../../support/sipp/signaling-node.ts';
import { runSipp, type SippOptions, sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const missing = sippMissing();
/** Transactions are over after 64 of these. */
const T1_MS = 60;
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };

describe.skipIf(missing)(`what callers do in a call (${missing ?? 'sipp found'})`, () => {
  let node: SignalingNode;

  beforeAll(async () => {
    node = await SignalingNode.start({ allow: ['127.0.0.1/32'], t1Ms: T1_MS });
  });

  afterAll(() => node.close());

  async function play(options: SippOptions): Promise<readonly string[]> {
    const before = node.events.length;
    const played = { pauseMs: 20, timeoutSeconds: 10, ...options, remote: node.remote };
    expect(await runSipp(played)).toMatchObject(COMPLETE);
    return node.events.slice(before);
  }

  test.each(['udp', 'tcp'] as const)(
    'PRACK of early media over %s (RFC 3262)',
    async (transport) => {
      const events = await play({ scenario: 'uac-prack', service: 'early', transport });

      expect(events).toContain('established');
    },
  );

  test('early media without 100rel is a plain 183', async () => {
    await play({ scenario: 'uac-early-media', service: 'early' });
  });

  test.each(['udp', 'tcp'] as const)(
    'hold and resume by UPDATE over %s (RFC 3311)',
    async (transport) => {
      const events = await play({ scenario: 'uac-update', transport });

      expect(events).toContain('re-INVITE recvonly');
      expect(events).toContain('re-INVITE sendrecv');
    },
  );

  test.each(['udp', 'tcp'] as const)(
    'codec change, inactive, 0.0.0.0, no offer and resume by re-INVITE over %s',
    async (transport) => {
      const events = await play({ scenario: 'uac-changes', transport });

      expect(events.filter((event) => event.startsWith('re-INVITE')).length).toBeGreaterThanOrEqual(
        4,
      );
    },
  );

  test('a key by INFO; another type is 415 (RFC 6086)', async () => {
    const events = await play({ scenario: 'uac-info' });

    expect(events).toContain('INFO Signal=5\r\nDuration=160');
  });

  test('REFER is followed by NOTIFYs (RFC 3515)', async () => {
    node.onEstablished = (call) => {
      call.onRefer = (refer) => {
        refer.accept();
        refer.notify(180, 'Ringing');
        refer.notify(200, 'OK');
      };
    };
    await play({ scenario: 'uac-refer' });
    node.onEstablished = () => undefined;
  });

  test('REFER that nobody wants is 603', async () => {
    await play({ scenario: 'uac-refer-declined' });
  });

  test('Replaces names a call of ours (RFC 3891)', async () => {
    const established = node.next('established');
    const held = await startSipp({ scenario: 'uac-expect-bye', remote: node.remote });
    await established;
    const first = node.established.at(-1);
    if (first === undefined) throw new Error('nobody called');
    const replaces = serializeReplaces({
      callId: first.dialogId.callId,
      localTag: first.dialogId.remoteTag,
      remoteTag: first.dialogId.localTag,
    });
    const rings = node.next('incoming ring from +4930123');
    const second = startSipp({
      scenario: 'uac-replaces',
      service: 'ring',
      remote: node.remote,
      keys: { replaces },
    });
    await rings;
    expect(node.incoming.at(-1)?.replaces).toBe(first);
    node.incoming.at(-1)?.reject(486);
    await first.hangup();

    expect(await (await second).result).toMatchObject(COMPLETE);
    expect(await held.result).toMatchObject(COMPLETE);
  });

  test.skipIf(notEmbedded)('a session timer that the caller refreshes (RFC 4028)', async () => {
    await play({ scenario: 'uac-session-timer' });
  });

  test.skipIf(notEmbedded)(
    'a session timer of less than 90 s is 422 (RFC 4028 section 9)',
    async () => {
      await play({ scenario: 'uac-session-too-short' });
    },
  );

  test.each([
    ['Require: nothingSupportsThis', 'application/sdp', 420],
    ['Subject: x', 'text/plain', 415],
    ['Accept: text/html', 'application/sdp', 406],
  ] as const)('an INVITE with %s and %s gets %d', async (headers, type, status) => {
    await play({ scenario: 'uac-refused', texts: { headers, type, status: `${status}` } });
  });

  test.each([
    ['OPTIONS', 'sip:demo@127.0.0.1', 'Require: nothingSupportsThis', 420],
    ['PUBLISH', 'sip:demo@127.0.0.1', 'Event: presence', 405],
    ['SUBSCRIBE', 'sip:demo@127.0.0.1', 'Event: presence', 405],
    ['OPTIONS', 'sip:demo@127.0.0.1', 'Content-Length: x', 400],
  ] as const)('%s to %s with %s gets %d', async (method, uri, headers, status) => {
    await play({ scenario: 'uac-request', texts: { method, uri, headers, status: `${status}` } });
  });

  test.skipIf(notEmbedded).each([
    ['NEWMETHOD', 'sip:demo@127.0.0.1', 501],
    ['OPTIONS', 'soap.beep://127.0.0.1', 416],
  ] as const)('%s to %s gets %d', async (method, uri, status) => {
    const headers = 'Subject: x';
    await play({ scenario: 'uac-request', texts: { method, uri, headers, status: `${status}` } });
  });

  test('SIP/3.0 is 505', async () => {
    await play({ scenario: 'uac-other-version' });
  });

  test('BYE, INFO and re-INVITE of no dialog are 481 (RFC 3261 section 12.2.2)', async () => {
    await play({ scenario: 'uac-lost-dialog' });
  });

  test('a 200 comes again until its ACK (RFC 3261 section 13.3.1.4)', async () => {
    await play({ scenario: 'uac-late-ack' });
  });

  test('an INVITE that comes twice is one call (RFC 3261 section 17.2.1)', async () => {
    const events = await play({ scenario: 'uac-repeats' });

    expect(events.filter((event) => event === 'established')).toHaveLength(1);
  });

  test('who calls, and why, is told (RFC 3325, 5806, 8224)', async () => {
    const rings = node.next('incoming ring from +4930123');
    const playing = play({ scenario: 'uac-identity', service: 'ring' });
    await rings;
    const incoming = node.incoming.at(-1);
    incoming?.reject(486);
    await playing;

    expect(incoming).toMatchObject({
      diversion: '<sip:+4930888@127.0.0.1>;reason=unconditional',
      identity: 'abc.def.ghi;info=<https://cert.example/a.pem>;alg=ES256',
    });
    expect(incoming?.headers).toMatchObject({ 'x-campaign': 'summer', privacy: 'id' });
    expect(incoming?.headers['p-asserted-identity']).toContain('+4930777');
  });

  test('a BYE says why (RFC 3326)', async () => {
    const events = await play({ scenario: 'uac-reason' });

    expect(events.at(-1)).toContain('cause=31');
  });

  test('we hold and take back by re-INVITE', async () => {
    const established = node.next('established');
    const playing = play({ scenario: 'uac-held' });
    await established;
    const call = node.established.at(-1);
    const place = { address: '127.0.0.1', port: 4_100, sessionId: 1 };
    const held = await call?.reinvite(
      createOffer({ ...place, sessionVersion: 2, isHolding: true }),
    );
    const back = await call?.reinvite(createOffer({ ...place, sessionVersion: 3 }));
    await playing;

    expect(held).toContain('a=recvonly');
    expect(back).toContain('a=sendrecv');
  });

  test.skipIf(notEmbedded)('nothing is left of these calls', async () => {
    await expect
      .poll(async () => (await node.server.stats())?.owned, { timeout: 200 * T1_MS })
      .toBe(0);
  });
});
