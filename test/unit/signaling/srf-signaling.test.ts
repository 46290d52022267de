import { afterEach, describe, expect, test, vi } from 'vitest';
import type {
  DialRequest,
  IncomingCall,
  SignalingHandler,
} from '../../../src/signaling/signaling.ts';
import { SrfSignaling } from '../../../src/signaling/srf-signaling.ts';
import { FakeDialog, FakeRequest, FakeSrf, INVITE_HEADERS } from './fake-srf.ts';

const REQUEST: DialRequest = {
  targets: [
    {
      id: 'gateway',
      host: '127.0.0.2',
      port: 5070,
      transport: 'udp',
      toUser: '1',
      fromUser: '2',
      callerId: 'from',
    },
  ],
  localSdp: 'our offer',
};

class Harness implements SignalingHandler {
  readonly srf = new FakeSrf();
  readonly errors: string[] = [];
  isDraining = false;
  readonly signaling = new SrfSignaling({
    isDraining: () => this.isDraining,
    host: '127.0.0.1',
    port: 9022,
    secret: 's',
    createSrf: () => this.srf,
    logger: {
      info: () => undefined,
      warn: () => undefined,
      error: (_fields, message) => this.errors.push(message),
    },
  });
  readonly incoming: IncomingCall[] = [];
  readonly losses: string[] = [];
  readonly heard: string[] = [];
  onIncoming = (call: IncomingCall): void => {
    this.incoming.push(call);
  };

  onDisconnected(error: Error): void {
    this.losses.push(error.message);
  }

  async start(): Promise<this> {
    const started = this.signaling.start(this);
    this.srf.emit('connect', null, 'udp/127.0.0.1:5060,tcp/127.0.0.1:5060', 'v0.9.10');
    await started;
    return this;
  }

  dial() {
    return this.signaling.dial(REQUEST, {
      onProvisional: (status) => this.heard.push(`${status}`),
      onAnswered: () => this.heard.push('answered'),
      onFailed: (status, reason) => this.heard.push(`failed ${status} ${reason}`),
    });
  }
}

function invite(headers: Record<string, string> = {}): FakeRequest {
  return new FakeRequest('INVITE', { ...INVITE_HEADERS, ...headers }, 'their offer');
}

describe('connecting', () => {
  test('tells where the server takes calls', async () => {
    const harness = new Harness();
    const started = harness.signaling.start(harness);
    harness.srf.emit('connect', null, 'udp/127.0.0.1:5060,tcp/127.0.0.1:5060', 'v0.9.10');

    await expect(started).resolves.toEqual({
      hostports: ['udp/127.0.0.1:5060', 'tcp/127.0.0.1:5060'],
      serverVersion: 'v0.9.10',
    });
    expect(harness.srf.connects).toEqual([
      { host: '127.0.0.1', port: 9022, secret: 's', reconnect: { maxAttempts: 1 } },
    ]);
    await harness.signaling.close();
  });

  test.each([
    ['connect', 'incorrect secret'],
    ['error', 'connect ECONNREFUSED'],
  ])('fails with a clear error (%s)', async (event, text) => {
    const harness = new Harness();
    const started = harness.signaling.start(harness);
    harness.srf.emit(event, new Error(text));

    await expect(started).rejects.toThrow(`SIP server at 127.0.0.1:9022: ${text}`);
    expect(harness.losses).toEqual([]);
  });

  test('fails when the server closes before it accepted us', async () => {
    const harness = new Harness();
    const started = harness.signaling.start(harness);
    harness.srf.emit('close');

    await expect(started).rejects.toThrow('closed by the SIP server');
  });
});

describe('requests that come in', () => {
  test('an INVITE is an incoming call', async () => {
    const harness = await new Harness().start();
    harness.srf.receive(invite());

    expect(harness.incoming).toMatchObject([{ calledUser: 'demo', remoteSdp: 'their offer' }]);
    await harness.signaling.close();
  });

  test.each([
    ['without Contact', { contact: '' }, 400],
    ['without Call-ID', { 'call-id': '' }, 400],
    ['that requires an extension', { require: '100rel, join' }, 420],
    ['of a dialog that is over', { to: '<sip:demo@x>;tag=b1' }, 481],
    ['with a body that is no SDP', { 'content-type': 'text/plain' }, 415],
    ['of one who takes no SDP', { accept: 'text/html;level=1, application/sdpx' }, 406],
    ['of one who takes nothing', { accept: '' }, 406],
  ])('an INVITE %s gets %d', async (_what, headers, status) => {
    const harness = await new Harness().start();
    const { sent } = harness.srf.receive(invite(headers));

    expect(sent).toMatchObject([{ status }]);
    expect(harness.incoming).toEqual([]);
    await harness.signaling.close();
  });

  test('an INVITE of RFC 2543, without a From tag and Contact, is one all the same (RFC 3261 section 12.1.1)', async () => {
    const harness = await new Harness().start();
    harness.srf.receive(invite({ from: '<sip:1@x>', contact: '' }));

    expect(harness.incoming).toMatchObject([{ calledUser: 'demo' }]);
    await harness.signaling.close();
  });

  test('OPTIONS gets 200 with Allow (RFC 3261 section 11.2)', async () => {
    const harness = await new Harness().start();
    const [answer] = harness.srf.receive(new FakeRequest('OPTIONS')).sent;

    expect(answer).toMatchObject({
      status: 200,
      options: { headers: { Accept: 'application/sdp' } },
    });
    await harness.signaling.close();
  });

  test('OPTIONS gets 503 while no more calls are taken', async () => {
    const harness = await new Harness().start();
    harness.isDraining = true;
    const [answer] = harness.srf.receive(new FakeRequest('OPTIONS')).sent;

    expect(answer).toMatchObject({ status: 503 });
    await harness.signaling.close();
  });

  test.each(['REGISTER', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'INFO'])(
    '%s gets 405 with Allow (RFC 3261 section 8.2.1)',
    async (method) => {
      const harness = await new Harness().start();
      const [answer] = harness.srf.receive(new FakeRequest(method)).sent;

      expect(answer).toMatchObject({
        status: 405,
        options: { headers: { Allow: expect.stringContaining('INVITE') } },
      });
      await harness.signaling.close();
    },
  );

  test.each(['ACK', 'PRACK'])('a stray %s is not answered', async (method) => {
    const harness = await new Harness().start();
    const req = new FakeRequest(method, { to: '<sip:demo@x>;tag=b1' });

    expect(harness.srf.receive(req).sent).toEqual([]);
    await harness.signaling.close();
  });

  test("an exception of the application's is a 500, and logged", async () => {
    const harness = await new Harness().start();
    harness.onIncoming = () => {
      throw new Error('broken');
    };

    expect(harness.srf.receive(invite()).sent).toEqual([{ status: 500 }]);
    expect(harness.errors).toEqual(['signalling event not handled']);
    await harness.signaling.close();
  });
});

describe('dialing', () => {
  test('never calls back before it returned', async () => {
    const harness = await new Harness().start();
    harness.srf.createUacError = new Error('no socket');
    harness.dial();
    expect(harness.heard).toEqual([]);
    await Promise.resolve();

    expect(harness.heard).toEqual(['failed 503 no socket']);
    await harness.signaling.close();
  });

  test('cancelled at once, the INVITE is cancelled as soon as it is sent', async () => {
    const harness = await new Harness().start();
    harness.dial().cancel();
    await Promise.resolve();
    const sent = new FakeRequest('INVITE');
    harness.srf.invites[0]?.cbRequest(null, sent);
    harness.srf.invites[0]?.callback({ status: 487, reason: 'Request Terminated' });

    expect(sent.cancels).toBe(1);
    expect(harness.heard).toEqual(['failed 487 Request Terminated']);
    await harness.signaling.close();
  });

  test('without a connection fails with 503', async () => {
    const harness = new Harness();
    harness.dial().cancel();
    await Promise.resolve();

    expect(harness.heard).toEqual(['failed 503 not connected to the SIP server']);
  });

  test("an exception of the application's stays here, and is logged", async () => {
    const harness = await new Harness().start();
    const broken = (): never => {
      throw new Error('broken');
    };
    harness.signaling.dial(REQUEST, {
      onProvisional: broken,
      onAnswered: broken,
      onFailed: broken,
    });
    await Promise.resolve();
    harness.srf.invites[0]?.callback(null, new FakeDialog('their answer'));

    expect(harness.errors).toEqual(['signalling event not handled']);
    await harness.signaling.close();
  });
});

describe('loss of the connection', () => {
  test('ends every call and is told once', async () => {
    const harness = await new Harness().start();
    harness.dial();
    await Promise.resolve();
    harness.srf.receive(invite());
    const [call] = harness.incoming;
    const answer = call?.answer('our answer');
    const ends: string[] = [];
    harness.srf.answers[0]?.callback(null, new FakeDialog());
    const established = await answer;
    if (established) established.onEnded = (by, reason) => ends.push(`${by} ${reason}`);

    harness.srf.emit('error', new Error('ECONNRESET'));
    harness.srf.emit('close');
    harness.srf.emit('close');

    expect(harness.losses).toEqual(['ECONNRESET']);
    expect(harness.heard).toEqual(['failed 503 connection to the SIP server lost']);
    expect(ends).toEqual(['system connection to the SIP server lost']);
    await harness.signaling.close();
  });
});

describe('after a loss', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a new connection is made, and until then there is none', async () => {
    vi.useFakeTimers();
    const clients: FakeSrf[] = [];
    const signaling = new SrfSignaling({
      host: '127.0.0.1',
      port: 9022,
      secret: 's',
      createSrf: () => {
        const client = new FakeSrf();
        clients.push(client);
        return client;
      },
    });
    const accept = () => clients.at(-1)?.emit('connect', null, 'udp/127.0.0.1:5060', 'v0.9.10');
    const started = signaling.start({
      onIncoming: () => undefined,
      onDisconnected: () => undefined,
    });
    const before = signaling.isConnected;
    accept();
    await started;
    const up = signaling.isConnected;
    clients[0]?.emit('close');
    const lost = signaling.isConnected;
    await vi.advanceTimersByTimeAsync(250);
    clients[1]?.emit('close');
    await vi.advanceTimersByTimeAsync(500);
    const refused = signaling.isConnected;
    accept();
    await vi.advanceTimersByTimeAsync(0);

    expect({ before, up, lost, refused }).toEqual({
      before: false,
      up: true,
      lost: false,
      refused: false,
    });
    expect(clients).toHaveLength(3);
    expect(signaling.isConnected).toBe(true);
    vi.useRealTimers();
    await signaling.close();
    expect(signaling.isConnected).toBe(false);
  });
});

describe('closing', () => {
  test('rejects, cancels and hangs up what is left, then disconnects', async () => {
    const harness = await new Harness().start();
    const dialog = new FakeDialog('their answer');
    harness.dial();
    harness.dial();
    await Promise.resolve();
    const [first, second] = harness.srf.invites;
    const sent = new FakeRequest('INVITE');
    first?.callback(null, dialog);
    second?.cbRequest(null, sent);
    const ringing = harness.srf.receive(invite());

    const closed = harness.signaling.close();
    expect(harness.srf.disconnects).toBe(0);
    dialog.byes[0]?.();
    second?.callback({ status: 487, reason: 'Request Terminated' });
    await closed;

    expect(ringing.sent).toEqual([{ status: 503 }]);
    expect(sent.cancels).toBe(1);
    expect(harness.heard).toEqual(['answered', 'failed 487 Request Terminated']);
    expect(harness.srf.disconnects).toBe(1);
    expect(harness.losses).toEqual([]);
  });

  test('is the end: what comes then is refused', async () => {
    const harness = await new Harness().start();
    await harness.signaling.close();
    await harness.signaling.close();
    harness.dial();
    await Promise.resolve();

    expect(harness.heard).toEqual(['failed 503 not connected to the SIP server']);
    expect(harness.srf.receive(invite()).sent).toEqual([{ status: 503 }]);
  });
});

describe("exceptions of the application's", () => {
  const broken = (): never => {
    throw new Error('broken');
  };

  test('in the callbacks of a call stay here, and are logged', async () => {
    const harness = await new Harness().start();
    const req = invite();
    harness.srf.receive(req);
    const [cancelled] = harness.incoming;
    if (cancelled) cancelled.onCancel = broken;
    req.emit('cancel', new FakeRequest('CANCEL'));

    harness.srf.receive(invite());
    const answer = harness.incoming.at(-1)?.answer('our answer');
    const dialog = new FakeDialog();
    harness.srf.answers[0]?.callback(null, dialog);
    const established = await answer;
    if (established) established.onReinvite = broken;
    if (established) established.onEnded = broken;
    expect(dialog.ask('modify', 'new offer').sent).toEqual([{ status: 488 }]);
    dialog.ask('destroy');

    expect(harness.errors).toEqual(Array(3).fill('signalling event not handled'));
    await harness.signaling.close();
  });
});

describe('a challenge to our BYE in a dialog that the carrier opened', () => {
  async function hungUp(credentialsFor?: SignalingHandler['credentialsFor']) {
    const harness = new Harness();
    const asked: string[] = [];
    Object.assign(harness, {
      credentialsFor: (source: string) => {
        asked.push(source);
        return credentialsFor?.(source);
      },
    });
    await harness.start();
    harness.srf.receive(invite());
    const answer = harness.incoming[0]?.answer('our answer');
    const dialog = new FakeDialog();
    harness.srf.answers[0]?.callback(null, dialog);
    const established = await answer;
    const challenge = (realm: string) =>
      dialog.respond(401, '', { 'www-authenticate': `Digest realm="${realm}", nonce="1"` });
    void established?.hangup();
    return { dialog, challenge, asked };
  }

  const credentials = { username: 'u', password: 'p', realm: 'carrier' };

  test('is answered with the credentials of that carrier', async () => {
    const { dialog, challenge, asked } = await hungUp(() => ({ credentials, server: 'c' }));
    challenge('carrier');

    expect(asked).toEqual(['127.0.0.2']);
    expect(dialog.requests.map(({ method }) => method)).toEqual(['BYE', 'BYE']);
    expect(dialog.requests[1]?.headers).toMatchObject({
      Authorization: expect.stringContaining('username="u"'),
    });
  });

  test('of another realm is not', async () => {
    const { dialog, challenge } = await hungUp(() => ({ credentials, server: 'c' }));
    challenge('evil');

    expect(dialog.requests).toHaveLength(1);
  });

  test('nor is any where the carrier has no credentials', async () => {
    const { dialog } = await hungUp();

    expect(dialog.requests).toEqual([]);
    expect(dialog.byes).toHaveLength(1);
  });
});
