import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { StreamingHttp } from '../../../src/providers/streaming-http.ts';

let http = new StreamingHttp();
let server: Server | undefined;

afterEach(async () => {
  await http.close();
  http = new StreamingHttp();
  server?.closeAllConnections();
  await new Promise((stopped) => server?.close(stopped));
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

describe('HTTP for streamed answers', () => {
  test('sends method, headers and body', async () => {
    const url = await serve((request, response) => {
      response.setHeader('x-request-id', `${request.method} ${request.headers['x-a']}`);
      request.pipe(response);
    });
    const init = { method: 'POST', headers: { 'x-a': 'b' }, body: 'grüße' };
    const response = await http.fetch(new URL(url), init);
    expect(response.headers.get('x-request-id')).toBe('POST b');
    expect(await response.text()).toBe('grüße');
  });

  test('of several lines of one header it answers one', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(404, { 'x-request-id': ['a', 'b'] }).end();
    });
    const response = await http.fetch(new Request(url));
    expect(response.status).toBe(404);
    expect(response.headers.get('x-request-id')).toBe('a, b');
  });

  test('an answer without a body is an empty one', async () => {
    const url = await serve((_request, response) => response.writeHead(204).end());
    const { body, status } = await http.request(url, {});
    expect(status).toBe(204);
    expect(await readAll(body)).toBe(0);
  });

  test('a status outside of the standard is a status, not a crash', async () => {
    const url = await serve((_request, response) => response.writeHead(999).end());
    expect((await http.request(url, {})).status).toBe(999);
  });

  test('a connection serves one request after the other', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    for (let round = 0; round < 3; round += 1) {
      await (await http.fetch(url)).text();
      // A connection is free a turn of the event loop after its answer.
      await new Promise(setImmediate);
    }
    expect(ports.size).toBe(1);
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
    const { body } = await http.request(url, {});
    expect(drained).toBe(false);
    expect(await readAll(body)).toBe(400 * 65_536);
  });

  test('destroying the body closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.on('close', closed.resolve);
      response.write('begin');
    });
    const { body } = await http.request(url, {});
    body.destroy();
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

async function readAll(body: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}
