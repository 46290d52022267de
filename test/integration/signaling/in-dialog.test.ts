import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptAnswer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { serializeReplaces } from '../../../src/signaling/replaces.ts';
import type {
  EstablishedCall,
  IncomingCall,
  IncomingRefer,
} from '../../../src/signaling/signaling.ts';
import { notEmbedded } from '../../support/sip/sip-server.ts';
import { SignalingNode } from '../../support/sipp/signaling-node.ts';

/** Two of our sides, each with its own SIP server, over UDP: one external server would hand the calls of one to the other. */
let here: SignalingNode;
let there: SignalingNode;

beforeAll(async () => {
  [here, there] = await Promise.all([SignalingNode.start(), SignalingNode.start()]);
});

afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
});

async function connect(): Promise<{ caller: EstablishedCall; callee: EstablishedCall }> {
  const established = there.next('established');
  const { outcome } = here.dial(there.remote, { toUser: 'demo' });
  const { established: caller } = await outcome;
  await established;
  const callee = there.established.at(-1);
  if (caller === undefined || callee === undefined) throw new Error('not connected');
  return { caller, callee };
}

async function ringing(): Promise<{
  incoming: IncomingCall;
  dialled: ReturnType<SignalingNode['dial']>;
}> {
  const rings = there.next('incoming ring from +4940111');
  const dialled = here.dial(there.remote, { toUser: 'ring' });
  await rings;
  const incoming = there.incoming.at(-1);
  if (incoming === undefined) throw new Error('nobody rings');
  return { incoming, dialled };
}

const offer = (change: object = {}) =>
  createOffer({ address: '127.0.0.1', port: 4100, sessionId: 7, ...change });

describe.skipIf(notEmbedded)('within a dialog', () => {
  test.each([
    ['the caller', 'caller'],
    ['the called side', 'callee'],
  ] as const)('%s holds by re-INVITE', async (_who, side) => {
    const calls = await connect();
    const held = offer({ isHolding: true });
    const answer = await calls[side].reinvite(held);

    expect(acceptAnswer(held, answer)).toMatchObject({
      ok: true,
      remote: { direction: 'sendonly' },
    });
    await calls.caller.hangup();
  });

  test('a re-INVITE that cannot be answered is refused with 488 and changes nothing', async () => {
    const { caller } = await connect();
    await expect(caller.reinvite(offer({ codecs: [] }))).rejects.toMatchObject({ status: 488 });
    const again = offer();

    await expect(caller.reinvite(again)).resolves.toContain('a=sendrecv');
    await caller.hangup();
  });

  test('re-INVITEs that cross both end well (491, RFC 3261 section 14.1)', async () => {
    const { caller, callee } = await connect();
    const answers = await Promise.all([caller.reinvite(offer()), callee.reinvite(offer())]);

    expect(answers.map((sdp) => sdp.includes('m=audio'))).toEqual([true, true]);
    await caller.hangup();
  });

  test('INFO brings digits, and is refused when it is of another type', async () => {
    const { caller, callee } = await connect();
    const infos: string[] = [];
    callee.onInfo = ({ body }) => infos.push(body);

    expect(await caller.sendInfo('application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n')).toBe(
      200,
    );
    expect(await caller.sendInfo('text/plain', 'hello')).toBe(415);
    expect(infos).toEqual(['Signal=5\r\nDuration=160\r\n']);
    await caller.hangup();
  });

  test('a BYE says why (RFC 3326)', async () => {
    const { caller } = await connect();
    const ended = there.next('ended by peer: Q.850;cause=16;text="Normal call clearing"');
    await caller.hangup('Q.850;cause=16;text="Normal call clearing"');

    await ended;
  });

  test('the ACK is told', async () => {
    const { caller, callee } = await connect();
    await new Promise<void>((resolve) => {
      callee.onAcknowledged = resolve;
    });
    await caller.hangup();
  });
});

describe.skipIf(notEmbedded)('REFER', () => {
  test('that nobody wants is declined', async () => {
    const { caller } = await connect();

    expect(await caller.refer({ user: '+4930999' }, () => undefined)).toMatchObject({
      status: 603,
    });
    await caller.hangup();
  });

  test('is followed by NOTIFYs to its end', async () => {
    const { caller, callee } = await connect();
    let asked: IncomingRefer | undefined;
    callee.onRefer = (refer) => {
      asked = refer;
      refer.accept();
      refer.notify(180, 'Ringing');
      refer.notify(200, 'OK');
    };
    const target = { uri: 'sip:+4930999@carrier.example', referredBy: 'sip:a@example.org' };

    expect(await caller.refer(target, () => undefined)).toMatchObject({ status: 200 });
    expect(asked).toMatchObject({ referToUser: '+4930999', referredBy: '<sip:a@example.org>' });
    await caller.hangup();
  });

  test('is done when the far end accepts and hangs up', async () => {
    const { caller, callee } = await connect();
    callee.onRefer = (refer) => {
      refer.accept();
      void callee.hangup();
    };

    expect(await caller.refer({ user: '+4930999' }, () => undefined)).toMatchObject({
      status: 200,
    });
  });
});

describe.skipIf(notEmbedded)('Replaces (RFC 3891)', () => {
  test('names a call of the other side', async () => {
    const { caller, callee } = await connect();
    const rings = there.next('incoming ring from +4940111');
    const headers = { Replaces: serializeReplaces(caller.dialogId) };
    const { outcome } = here.dial(there.remote, { toUser: 'ring', headers });
    await rings;
    const incoming = there.incoming.at(-1);

    expect(incoming?.replaces).toBe(callee);
    incoming?.reject(486);
    expect(await outcome).toMatchObject({ status: 486 });
    await caller.hangup();
  });

  test('of a call that is not there gets 481', async () => {
    const headers = { Replaces: 'nobody@nowhere;to-tag=1;from-tag=2' };
    const { outcome } = here.dial(there.remote, { toUser: 'ring', headers });

    expect(await outcome).toMatchObject({ status: 481 });
  });
});

describe.skipIf(notEmbedded)('before the answer', () => {
  test('early media is a 183 with SDP, and the 200 follows it', async () => {
    const { incoming, dialled } = await ringing();
    incoming.progress(offer());
    const established = await incoming.answer(offer(), { 'X-Desk': '7' });
    const outcome = await dialled.outcome;

    expect(outcome.provisionals).toContain(183);
    expect(outcome).toMatchObject({
      outcome: 'answered',
      established: { headers: { 'x-desk': '7' } },
    });
    await established.hangup();
  });

  test('a refusal carries its headers', async () => {
    const { incoming, dialled } = await ringing();
    incoming.reject(503, 'Try later', { 'Retry-After': '5' });

    expect(await dialled.outcome).toMatchObject({ status: 503, reason: 'Try later' });
  });

  test('who calls and why is there', async () => {
    const identity = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln;info=<https://cert.example/a.pem>;alg=ES256';
    const rings = there.next('incoming ring from +4940111');
    const headers = { Identity: identity, Diversion: '<sip:+4930777@a>', 'X-Trunk': 'b' };
    const { outcome } = here.dial(there.remote, { toUser: 'ring', headers });
    await rings;
    const incoming = there.incoming.at(-1);
    incoming?.reject(486);
    await outcome;

    expect(incoming).toMatchObject({ identity, diversion: '<sip:+4930777@a>' });
    expect(incoming?.headers).toMatchObject({ 'x-trunk': 'b' });
  });
});
