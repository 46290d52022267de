import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { TestAuthority, type TestCertificate } from '../../support/sip/certificates.ts';
import { rawResponse, toTagOf } from '../../support/sip/raw-peer.ts';
import { connectSrf, type Dlg, type Req, type SrfApp, sdp } from '../../support/sip/srf.ts';
import { TransportListener, TransportPeer } from '../../support/sip/transport-peer.ts';

/** Transactions are over after 64 of these. */
const T1_MS = 25;
const CONTACT = 'Contact: <sip:peer@127.0.0.1:9;transport=tcp>';

let server: EmbeddedSipServer;
let srf: SrfApp;
let certificate: TestCertificate;

const dialogs: Dlg[] = [];
let isHangingUp = false;

function hangUp(dialog: Dlg): void {
  dialog.destroy().catch(() => undefined);
}

/** What engines do about calls that are silent: the loss of a connection ends no dialog. */
function hangUpAll(): void {
  isHangingUp = true;
  for (const dialog of dialogs.splice(0)) hangUp(dialog);
}

/** A call that is cancelled, or hung up when it was answered. */
class OutgoingCall {
  readonly outcome: Promise<string>;
  #req: Req | undefined;
  #dialog: Dlg | undefined;
  #isOver = false;

  constructor(uri: string) {
    const cbRequest = (_error: unknown, req: Req) => {
      this.#req = req;
    };
    this.outcome = srf.createUAC(uri, { localSdp: sdp('agent') }, { cbRequest }).then(
      (dialog) => {
        this.#dialog = dialog;
        if (this.#isOver) hangUp(dialog);
        return 'answered';
      },
      (error: { readonly status?: number }) => `${error.status}`,
    );
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#dialog !== undefined) hangUp(this.#dialog);
    else this.#req?.cancel({}, () => undefined);
  }
}

beforeEach(async () => {
  isHangingUp = false;
  certificate = await (await TestAuthority.create()).issue();
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: T1_MS,
    listen: { tls: { port: 0, isOptional: false } },
    tls: { unverifiedHosts: ['127.0.0.1'] },
  });
  srf = await connectSrf(server, (app) => {
    app.invite((req, res) => {
      res.send(180);
      app
        .createUAS(req, res, { localSdp: sdp('agent') })
        .then((dialog) => (isHangingUp ? hangUp(dialog) : dialogs.push(dialog)))
        // The caller is gone before its dialog is.
        .catch(() => undefined);
    });
  });
});

afterEach(async () => {
  srf.disconnect();
  await server.close();
});

/** Transactions, dialogs and connections are gone, with what the server remembers for the application. */
async function expectNothingLeft(): Promise<void> {
  await expect
    .poll(
      async () => {
        const { transactions, dialogs, owned, tcpConnections } = await server.stats();
        return { transactions, dialogs, owned, tcpConnections };
      },
      { timeout: 1_000 * T1_MS },
    )
    .toEqual({ transactions: 0, dialogs: 0, owned: 0, tcpConnections: 0 });
}

function requestOf(peer: TransportPeer, method: string, toTag = '', sequence = 1): string {
  const body = method === 'INVITE' ? sdp('caller') : '';
  return [
    `${method} sip:agent@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/${peer.transport.toUpperCase()} 127.0.0.1:${peer.port};branch=z9hG4bK-${method}-${sequence}-${peer.port}`,
    'Max-Forwards: 70',
    'From: <sip:caller@127.0.0.1>;tag=caller',
    `To: <sip:agent@127.0.0.1>${toTag === '' ? '' : `;tag=${toTag}`}`,
    `Call-ID: lost-${peer.port}`,
    `CSeq: ${sequence} ${method}`,
    CONTACT,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** The steps of a call to us, by what has happened when the connection is cut. */
const STEPS_IN = ['INVITE', '180', '200', 'ACK', 'BYE', 'the end'] as const;

async function callUntil(step: (typeof STEPS_IN)[number], peer: TransportPeer): Promise<void> {
  peer.send(requestOf(peer, 'INVITE'));
  if (step === 'INVITE') return;
  await peer.next(/^SIP\/2\.0 180/);
  if (step === '180') return;
  const tag = toTagOf(await peer.next(/^SIP\/2\.0 200/));
  if (step === '200') return;
  peer.send(requestOf(peer, 'ACK', tag));
  if (step === 'ACK') return;
  peer.send(requestOf(peer, 'BYE', tag, 2));
  if (step === 'BYE') return;
  await peer.next(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/);
}

/** The steps of a call of ours. */
const STEPS_OUT = ['INVITE', '100', '180', '200', 'ACK', 'BYE'] as const;

async function answerUntil(
  step: (typeof STEPS_OUT)[number],
  peer: TransportPeer,
  end: () => void,
): Promise<void> {
  const invite = await peer.next(/^INVITE /);
  if (step === 'INVITE') return;
  peer.send(rawResponse(invite, '100 Trying'));
  if (step === '100') return;
  peer.send(rawResponse(invite, '180 Ringing', { headers: [CONTACT] }));
  if (step === '180') return;
  peer.send(rawResponse(invite, '200 OK', { headers: [CONTACT], body: sdp('callee') }));
  if (step === '200') return;
  await peer.next(/^ACK /);
  if (step === 'ACK') return;
  end();
  await peer.next(/^BYE /);
}

describe.each(['tcp', 'tls'] as const)('a %s connection that is cut', (transport) => {
  const toServer = () =>
    TransportPeer.connect(transport, {
      port: transport === 'tcp' ? server.port : (server.ports.tls ?? 0),
    });

  async function expectNextCallWorks(): Promise<void> {
    isHangingUp = false;
    const next = await toServer();
    await callUntil('the end', next);
    next.close();
  }

  test('at any step of a call to us leaves nothing, and the next call is taken', async () => {
    const cutAfter = async (step: (typeof STEPS_IN)[number]) => {
      const peer = await toServer();
      await callUntil(step, peer);
      peer.close();
    };
    await Promise.all(STEPS_IN.map(cutAfter));
    hangUpAll();
    await expectNothingLeft();
    await expectNextCallWorks();
  });

  test('at any step of a call of ours leaves nothing, and the next call is taken', async () => {
    const cutAfter = async (step: (typeof STEPS_OUT)[number]) => {
      const listener = await TransportListener.open(transport, { tls: { ...certificate } });
      const uri = `sip:callee@127.0.0.1:${listener.port};transport=${transport}`;
      const call = new OutgoingCall(uri);
      const peer = await listener.next();
      await answerUntil(step, peer, () => call.end());
      peer.close();
      listener.close();
      call.end();
      expect(await call.outcome).toMatch(/^(?:answered|408|487|503)$/);
    };
    await Promise.all(STEPS_OUT.map(cutAfter));
    await expectNothingLeft();
    await expectNextCallWorks();
  });
});
