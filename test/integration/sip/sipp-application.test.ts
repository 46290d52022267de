import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  notEmbedded,
  type SipServerUnderTest,
  startSipServer,
} from '../../support/sip/sip-server.ts';
import { connectSrf, deferred, type Req, type Res, type SrfApp } from '../../support/sip/srf.ts';
import { runSipp, type SippOptions, sippMissing, startSipp } from '../../support/sipp/sipp.ts';

const missing = sippMissing();
const COMPLETE = { exitCode: 0, successfulCalls: 1, failedCalls: 0, errors: '' };
const HOST = '127.0.0.2';

let server: SipServerUnderTest;
let srf: SrfApp;

beforeEach(async () => {
  server = await startSipServer({ host: '127.0.0.1', port: 0, allow: ['127.0.0.0/8'] });
});

afterEach(async () => {
  srf.disconnect();
  await server.close();
});

/** An application with a route for one method. */
async function serve(method: string, handler: (req: Req, res: Res) => void): Promise<void> {
  srf = await connectSrf(server, (app) => {
    const use = app as unknown as Record<string, (handler: (req: Req, res: Res) => void) => void>;
    use[method]?.(handler);
  });
}

async function play(options: SippOptions): Promise<void> {
  const remote = { host: '127.0.0.1', port: server.port };
  const played = await runSipp({ pauseMs: 20, timeoutSeconds: 10, ...options, remote });
  expect(played).toMatchObject(COMPLETE);
}

async function callee(options: SippOptions) {
  const running = await startSipp({
    localAddress: HOST,
    pauseMs: 20,
    timeoutSeconds: 10,
    ...options,
  });
  return { ...running, uri: `sip:${HOST}:${running.port}` };
}

describe.skipIf(missing)(`an application gets from callers (${missing ?? 'sipp found'})`, () => {
  test('MESSAGE', async () => {
    await serve('message', (_req, res) => res.send(200));
    await play({ scenario: 'uac-text' });
  });

  test('PUBLISH', async () => {
    await serve('publish', (_req, res) => res.send(200, { headers: { 'SIP-ETag': 'a1' } }));
    await play({ scenario: 'uac-publish' });
  });

  test('REGISTER, with its Contact and Expires', async () => {
    const expires: string[] = [];
    await serve('register', (req, res) => {
      expires.push(req.get('Expires'));
      res.send(200, { headers: { Contact: req.get('Contact') } });
    });
    await play({ scenario: 'uac-register' });

    expect(expires).toEqual(['3600', '0']);
  });

  test('SUBSCRIBE, and notifies (RFC 6665)', async () => {
    const subscribed = deferred<void>();
    await serve('subscribe', (req, res) => {
      const headers = { Expires: '60' };
      void srf.createUAS(req, res, { statusCode: 202, headers } as object).then(async (dialog) => {
        for (const state of ['active;expires=60', 'terminated;reason=timeout']) {
          const headers = { Event: 'presence', 'Subscription-State': state };
          await new Promise<void>((resolve) => {
            const send = dialog.request.bind(dialog) as unknown as (
              options: object,
              callback: () => void,
            ) => void;
            send({ method: 'NOTIFY', headers }, resolve);
          });
        }
        subscribed.resolve();
      });
    });
    await play({ scenario: 'uac-subscribe' });
    await subscribed.promise;
  });
});

describe.skipIf(missing)(`an application sends (${missing ?? 'sipp found'})`, () => {
  test.each(['OPTIONS', 'MESSAGE', 'PUBLISH', 'REGISTER'])('%s', async (method) => {
    srf = await connectSrf(server);
    const bob = await callee({ scenario: 'uas-options' });
    const headers = { Contact: 'sip:alice@127.0.0.1', Event: 'presence', Subject: 'x' };
    const status = await new Promise<number>((resolve, reject) => {
      srf.request({ uri: bob.uri, method, headers }, (error, req) => {
        if (error) reject(error);
        else req.on('response', (res) => resolve(res.status));
      });
    });

    expect(status).toBe(200);
    expect(await bob.result).toMatchObject(COMPLETE);
  });

  test.skipIf(notEmbedded)('SUBSCRIBE, and is notified (RFC 6665)', async () => {
    srf = await connectSrf(server);
    const bob = await callee({ scenario: 'uas-subscribe', pauseMs: 100 });
    const options = { method: 'SUBSCRIBE', headers: { Event: 'presence', Expires: '60' } };
    const dialog = await srf.createUAC(bob.uri, options);
    const states: string[] = [];
    dialog.on('notify', (req, res) => {
      states.push(req.get('Subscription-State').split(';')[0] ?? '');
      res.send(200);
    });

    expect(await bob.result).toMatchObject(COMPLETE);
    expect(states).toEqual(['active', 'terminated']);
  });
});

describe.skipIf(missing)(`an application proxies (${missing ?? 'sipp found'})`, () => {
  test.each([
    ['one after the other', false],
    ['at once', true],
  ])('to two targets %s: the busy one is passed over', async (_how, simultaneous) => {
    const busy = await callee({ scenario: 'uas-final', texts: { status: '486 Busy Here' } });
    const bob = await callee({ scenario: 'uas-answer', pauseMs: 300 });
    const results = deferred<{ readonly finalStatus: number }>();
    await serve('invite', (req) => {
      const options = { recordRoute: true, forking: simultaneous ? 'simultaneous' : 'sequential' };
      void srf.proxyRequest(req, [busy.uri, bob.uri], options).then(results.resolve);
    });
    await play({ scenario: 'uac-basic' });

    expect((await results.promise).finalStatus).toBe(200);
    expect(await busy.result).toMatchObject(COMPLETE);
    expect(await bob.result).toMatchObject(COMPLETE);
  });

  test('to a target that moved, following it (RFC 3261 section 16.7)', async () => {
    const bob = await callee({ scenario: 'uas-answer' });
    const keys = { moved: `demo@${HOST}:${bob.port}` };
    const moved = await callee({ scenario: 'uas-redirect', keys });
    await serve('invite', (req) => {
      void srf.proxyRequest(req, moved.uri, { recordRoute: true, followRedirects: true });
    });
    await play({ scenario: 'uac-basic' });

    expect(await moved.result).toMatchObject(COMPLETE);
    expect(await bob.result).toMatchObject(COMPLETE);
  });

  test('a request without a hop left: 483 (RFC 3261 section 16.3)', async () => {
    const bob = await callee({ scenario: 'uas-answer' });
    await serve('message', (req) => {
      void srf.proxyRequest(req, bob.uri, {}).catch(() => undefined);
    });
    await play({ scenario: 'uac-no-hops-left' });
    bob.stop();
    await bob.result;
  });
});
