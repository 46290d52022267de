import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GUESS_LIMITS } from '../../../src/registrar/guess-limiter.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';
import { authorizationFor } from '../../support/registrar/digest.ts';
import { Softphone } from '../../support/registrar/softphone.ts';
import { rawResponse } from '../../support/sip/raw-peer.ts';

const SDP = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n`;
const PASSWORD = 'correct horse battery';
const URI = 'sip:demo@127.0.0.1';
const HOSTS = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
/** Nobody on these addresses is a carrier by its address. */
const CARRIERS = [
  { name: 'elsewhere', inbound: ['127.0.0.99/32'] },
  { name: 'by-digest', inboundAuth: { username: 'trunk', password: 'password of the trunk' } },
];

let engine: RunningEngine;
const phones: Softphone[] = [];
let probes = 0;

beforeEach(async () => {
  engine = await RunningEngine.start({
    sip: {
      host: HOSTS,
      port: 0,
      users: [
        { username: 'alice', password: PASSWORD, agent: 'demo' },
        { username: 'bob', password: PASSWORD },
      ],
    },
    carriers: CARRIERS,
  });
});

afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close();
  await engine.close();
});

async function open(
  username: string,
  { password = PASSWORD, host = '127.0.0.1' } = {},
): Promise<Softphone> {
  const { port } = engine.remote;
  const phone = await Softphone.open({ transport: 'udp', port, host, username, password });
  phones.push(phone);
  return phone;
}

/** Whether a request of this phone gets any answer; one that is known to be answered afterwards is the proof. */
async function isAnswered(phone: Softphone, prober: Softphone): Promise<boolean> {
  const callId = `probe-${++probes}`;
  phone.peer.send(phone.request('REGISTER', { callId }));
  await prober.ask('REGISTER');
  return phone.peer.received.some((message) => message.includes(`Call-ID: ${callId}\r\n`));
}

test('nobody registers for another user with credentials of their own (RFC 3261 section 10.3 step 4)', async () => {
  const bob = await open('bob');
  const headers = [`Contact: <${bob.contact}>`];
  const options = { headers, to: 'sip:alice@127.0.0.1' };
  expect(await bob.askWithCredentials('REGISTER', options)).toMatch(/^SIP\/2\.0 403/);
  const call = await engine.api.dial({ phone_number: 'sip:alice' });
  expect(await engine.api.ended(call)).toMatchObject({ sip_status: 480 });
});

test('what only a network may say of a call is not believed of a softphone', async () => {
  const alice = await open('alice');
  const headers = [
    `Contact: <${alice.contact}>`,
    'P-Asserted-Identity: <sip:+4930110@police.example>',
    'Remote-Party-ID: <sip:+4930110@police.example>',
    'X-Customer: gold',
    'Subject: hello',
  ];
  const options = { uri: URI, to: URI, body: SDP, headers, callId: 'forged' };
  const answer = await alice.askWithCredentials('INVITE', options);
  expect(answer).toMatch(/^SIP\/2\.0 200/);
  alice.acknowledge(answer, { callId: 'forged' });
  await alice.bye(answer, 'forged');
  const id = await engine.api.newest();
  await engine.api.ended(id);
  const { body } = await engine.api.request<{ readonly sip_headers: object }>(
    'GET',
    `/v1/calls/${id}`,
  );

  expect(body.sip_headers).toEqual({ subject: 'hello' });
});

test('the Contact of another user brings nobody its calls', async () => {
  const alice = await open('alice', { host: '127.0.0.2' });
  const bob = await open('bob', { host: '127.0.0.3' });
  await alice.register();
  const taken = [`Contact: <${alice.contact}>`, 'Expires: 120'];
  expect(await bob.askWithCredentials('REGISTER', { headers: taken })).toMatch(/^SIP\/2\.0 200/);

  const id = await engine.api.dial({ phone_number: 'sip:bob' });
  const invite = await bob.peer.next(/^INVITE/);
  bob.peer.send(rawResponse(invite, '486 Busy Here'));
  await engine.api.ended(id);
  expect(alice.peer.received.some((message) => message.startsWith('INVITE'))).toBe(false);
});

test('an INVITE without credentials reaches no agent, registered or not (RFC 3261 section 22.2)', async () => {
  const alice = await open('alice');
  await alice.register();
  const stranger = await open('stranger', { host: '127.0.0.2' });
  for (const phone of [alice, stranger]) {
    const options = { uri: URI, headers: [`Contact: <${phone.contact}>`], body: SDP };
    expect(await phone.ask('INVITE', options)).toMatch(/^SIP\/2\.0 401/);
  }
  expect(await engine.api.calls()).toEqual([]);
});

test('a captured INVITE cannot be sent again, by anybody (RFC 7616 section 5.5)', async () => {
  const alice = await open('alice');
  const options = { uri: URI, to: URI, headers: [`Contact: <${alice.contact}>`], body: SDP };
  const first = await alice.ask('INVITE', { ...options, callId: 'first' });
  alice.acknowledge(first, { ...options, callId: 'first' });
  const signed = alice.withCredentials('INVITE', alice.challenge(first), options);
  const answer = await alice.ask('INVITE', { ...signed, callId: 'first' });
  expect(answer).toMatch(/^SIP\/2\.0 200/);
  alice.acknowledge(answer, { uri: URI, callId: 'first' });

  const again = await alice.ask('INVITE', { ...signed, callId: 'again' });
  expect(again).toMatch(/^SIP\/2\.0 401/);
  expect(again).toMatch(/stale=true/);
  const thief = await open('alice', { host: '127.0.0.2' });
  expect(await thief.ask('INVITE', { ...signed, callId: 'thief' })).toMatch(/^SIP\/2\.0 401/);
  await alice.bye(answer, 'first');
});

test('with auth-int another description under the same credentials is refused (RFC 7616 section 3.4.3)', async () => {
  const alice = await open('alice');
  const options = { uri: URI, to: URI, headers: [`Contact: <${alice.contact}>`], body: SDP };
  const first = await alice.ask('INVITE', options);
  alice.acknowledge(first, options);
  const credentials = { username: 'alice', password: PASSWORD, method: 'INVITE', uri: URI };
  const value = authorizationFor(alice.challenge(first), { ...credentials, body: SDP });
  const headers = [...options.headers, `Authorization: ${value}`];
  const changed = SDP.replace('40000', '40002');
  const refused = await alice.ask('INVITE', { ...options, headers, body: changed });
  expect(refused).toMatch(/^SIP\/2\.0 401/);
  alice.acknowledge(refused, options);
  const answer = await alice.ask('INVITE', { ...options, headers });
  expect(answer).toMatch(/^SIP\/2\.0 200/);
  alice.acknowledge(answer, options);
  await alice.bye(answer, alice.registration);
});

test('MD5 is as good where a telephone knows nothing better (RFC 8760 section 2.1)', async () => {
  const { port } = engine.remote;
  const options = { transport: 'udp', port, username: 'alice', password: PASSWORD } as const;
  const phone = await Softphone.open({ ...options, algorithm: 'MD5' });
  phones.push(phone);
  expect(await phone.register()).toMatch(/^SIP\/2\.0 200/);
});

describe('guessing', () => {
  test('wrong passwords get ten answers, then silence, also for what is right; others are heard on', async () => {
    const guesser = await open('alice', { password: 'wrong', host: '127.0.0.2' });
    const prober = await open('bob', { host: '127.0.0.3' });
    expect(await prober.register()).toMatch(/^SIP\/2\.0 200/);
    const challenge = guesser.challenge(await guesser.ask('REGISTER'));
    const guess = () => guesser.withCredentials('REGISTER', challenge, {});
    for (let i = 1; i < GUESS_LIMITS.perSource; i++) {
      expect(await guesser.ask('REGISTER', guess())).toMatch(/^SIP\/2\.0 401/);
    }
    guesser.peer.send(guesser.request('REGISTER', guess()));
    await until('the source is silenced', async () =>
      (await isAnswered(guesser, prober)) ? undefined : true,
    );
    expect(await prober.register()).toMatch(/^SIP\/2\.0 200/);
  });

  test('a flood of guesses gets no further than one after the other, nor with the right one at its end', async () => {
    const guesser = await open('alice', { password: 'wrong', host: '127.0.0.2' });
    const prober = await open('bob', { host: '127.0.0.3' });
    const challenge = guesser.challenge(await guesser.ask('REGISTER'));
    for (let count = 1; count <= 200; count++) {
      const password = count === 200 ? PASSWORD : 'wrong';
      const of = { username: 'alice', password, method: 'REGISTER', uri: 'sip:127.0.0.1', count };
      const value = authorizationFor(challenge, of);
      guesser.peer.send(guesser.request('REGISTER', { headers: [`Authorization: ${value}`] }));
    }
    expect(await prober.register()).toMatch(/^SIP\/2\.0 200/);
    const { received } = guesser.peer;
    expect(received.some((answer) => answer.startsWith('SIP/2.0 200'))).toBe(false);
    expect(received.length).toBeLessThan(GUESS_LIMITS.perSource);
    expect(received.length).toBeGreaterThan(0);
  });

  test('a user that does not exist is answered like one that does', async () => {
    const answers = [];
    for (const username of ['alice', 'nobody']) {
      const phone = await open(username, { password: 'wrong' });
      const answer = await phone.askWithCredentials('REGISTER');
      const lines = answer.split('\r\n').map((line) => line.split(':')[0]);
      answers.push([answer.split('\r\n')[0], ...lines.slice(1)]);
    }
    expect(answers[1]).toEqual(answers[0]);
  });
});

test('a trunk that authenticates calls as its carrier, wherever it is, and registers nothing', async () => {
  const trunk = await open('trunk', { password: 'password of the trunk', host: '127.0.0.2' });
  const answer = await trunk.call('demo', SDP, 'by-digest');
  expect(answer).toMatch(/^SIP\/2\.0 200/);
  await trunk.bye(answer, 'by-digest');
  const call = await engine.api.ended(await engine.api.newest());
  expect(call.carrier).toBe('by-digest');
  expect(await trunk.register()).toMatch(/^SIP\/2\.0 403/);
});

test('a softphone with an agent reaches it under every number, another one does not', async () => {
  const alice = await open('alice');
  const answer = await alice.call('whatever', SDP, 'any');
  expect(answer).toMatch(/^SIP\/2\.0 200/);
  await alice.bye(answer, 'any');
  const bob = await open('bob');
  expect(await bob.call('whatever', SDP, 'none')).toMatch(/^SIP\/2\.0 404/);
});

test('a call is bridged to a softphone', async () => {
  const alice = await open('alice');
  const bob = await open('bob');
  await bob.register();
  const answer = await alice.call('demo', SDP, 'to-be-bridged');
  const id = await engine.api.newest();
  await engine.api.callWith(id, 'in_progress');
  await engine.api.request('POST', `/v1/calls/${id}/transfer`, { to: 'sip:bob', mode: 'bridge' });
  expect(await bob.accept(SDP)).toMatch(/^From: .*sip:/m);
  await bob.peer.next(/^ACK/);
  await alice.bye(answer, 'to-be-bridged');
  const bye = await bob.peer.next(/^BYE/);
  bob.peer.send(rawResponse(bye, '200 OK'));
  await engine.api.ended(id);
});

test('strangers get silence until there is a softphone, and again when the last one is gone', async () => {
  await engine.close();
  engine = await RunningEngine.start({
    sip: { host: HOSTS, port: 0 },
    carriers: [{ name: 'elsewhere', inbound: ['127.0.0.99/32'] }],
  });
  const phone = await open('carol', { host: '127.0.0.2' });
  const ask = () => phone.peer.send(phone.request('REGISTER'));
  ask();
  const dropped = async () => (await engine.stats()).sip.droppedNotAllowed;
  await until('it was dropped', async () => ((await dropped()) === 1 ? true : undefined));
  expect(phone.peer.received).toEqual([]);

  const body = { username: 'carol', password: PASSWORD };
  const { body: made } = await engine.api.request<{ id: string }>('POST', '/v1/sip-users', body);
  expect(await phone.register()).toMatch(/^SIP\/2\.0 200/);

  await fetch(`${engine.engine.addresses.http}/v1/sip-users/${made.id}`, {
    method: 'DELETE',
    headers: { authorization: 'Bearer tc_live_engine0123456789abcdef' },
  });
  const other = await open('carol', { host: '127.0.0.3' });
  other.peer.send(other.request('REGISTER'));
  await until('it was dropped', async () => ((await dropped()) === 2 ? true : undefined));
  expect(other.peer.received).toEqual([]);
});
