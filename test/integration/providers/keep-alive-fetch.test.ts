import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createKeepAliveFetch } from '../../../src/providers/keep-alive-fetch.ts';

const http = createKeepAliveFetch();
let server: Server | undefined;

afterEach(async () => {
  http.close();
  server?.closeAllConnections();
  await new Promise((stopped) => server?.close(stopped));
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

describe('fetch over kept connections', () => {
  test('sends method, headers and body', async () => {
    const url = await serve((request, response) => {
      response.setHeader('seen', `${request.method} ${request.headers['x-a']}`);
      request.pipe(response);
    });
    const init = { method: 'POST', headers: { 'x-a': 'b' }, body: 'grüße' };
    const response = await http.fetch(new URL(url), init);
    expect(response.headers.get('seen')).toBe('POST b');
    expect(await response.text()).toBe('grüße');
  });

  test('takes a Request, and answers several header lines as one', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(404, { 'set-cookie': ['a=1', 'b=2'] }).end();
    });
    const response = await http.fetch(new Request(url));
    expect(response.status).toBe(404);
    expect(response.headers.get('set-cookie')).toBe('a=1, b=2');
  });

  test('an answer without a body is one (Fetch, null body status)', async () => {
    const url = await serve((_request, response) => response.writeHead(204).end());
    const response = await http.fetch(url);
    expect(response.body).toBeNull();
  });

  test('a status outside of the standard is an error, not a crash', async () => {
    const url = await serve((_request, response) => response.writeHead(999).end());
    await expect(http.fetch(url)).rejects.toBeInstanceOf(RangeError);
  });

  test('a large answer to a slow reader is not read ahead of it', async () => {
    let drained = false;
    const url = await serve((_request, response) => {
      response.on('drain', () => {
        drained = true;
      });
      for (let part = 0; part < 400; part++) response.write(Buffer.alloc(65_536, part));
      response.end();
    });
    const response = await http.fetch(url);
    expect(drained).toBe(false);
    expect((await response.arrayBuffer()).byteLength).toBe(400 * 65_536);
  });

  test('cancelling the body closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.on('close', closed.resolve);
      response.write('begin');
    });
    const response = await http.fetch(url);
    await response.body?.cancel();
    await closed.promise;
  });

  test('an abort before the answer closes the connection', async () => {
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.on('close', closed.resolve);
      asked.resolve();
    });
    const controller = new AbortController();
    const answer = http.fetch(url, { signal: controller.signal });
    await asked.promise;
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await closed.promise;
  });

  test('a connection cut in the middle is an error of the body', async () => {
    const url = await serve((_request, response) => {
      response.write('begin');
      setImmediate(() => response.socket?.resetAndDestroy());
    });
    const response = await http.fetch(url);
    await expect(response.text()).rejects.toThrow();
  });
});
