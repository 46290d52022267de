import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { callBody } from '../../../src/api/topcalls/call-body.ts';
import { callDetailSchema, callPageSchema } from '../../../src/api/topcalls/call-schema.ts';
import { carrierBody } from '../../../src/api/topcalls/carrier-body.ts';
import { carrierPageSchema, carrierSchema } from '../../../src/api/topcalls/carrier-schema.ts';
import { listQuery } from '../../../src/api/topcalls/list-query.ts';
import { CALL_BODY, startApi, type TestApi } from './api-fixture.ts';

const DOCS = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface Route {
  readonly method: string;
  readonly path: string;
}

async function documented(api: TestApi): Promise<readonly Route[]> {
  const { json } = await api.request('GET', '/openapi.json', { headers: { authorization: '' } });
  return Object.entries<object>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

/** The rows of the table of routes: `| GET | `/a`, `/b` | … |`. */
function inDocs(): readonly Route[] {
  return [...DOCS.matchAll(/^\| (GET|POST|PATCH|DELETE) \| (.+?) \|/gm)].flatMap(
    ([, method = '', paths = '']) =>
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']) => ({ method, path })),
  );
}

test('the document has every route of the server and no other', async () => {
  const api = await startApi();
  const routes = await documented(api);

  expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    'DELETE /v1/phone-numbers/carriers/{carrier_id}',
    'DELETE /v1/sip-users/{sip_user_id}',
    'GET /docs',
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /openapi.json',
    'GET /recordings/{call_id}.mp3',
    'GET /recordings/{call_id}.wav',
    'GET /v1/calls',
    'GET /v1/calls/{call_id}',
    'GET /v1/calls/{call_id}/recording',
    'GET /v1/calls/{call_id}/sip',
    'GET /v1/calls/{call_id}/sip.pcap',
    'GET /v1/calls/{call_id}/sip.txt',
    'GET /v1/phone-numbers/carriers',
    'GET /v1/phone-numbers/carriers/{carrier_id}',
    'GET /v1/sip-users',
    'GET /v1/sip-users/{sip_user_id}',
    'PATCH /v1/phone-numbers/carriers/{carrier_id}',
    'POST /v1/calls',
    'POST /v1/calls/{call_id}/cancel',
    'POST /v1/calls/{call_id}/dtmf',
    'POST /v1/calls/{call_id}/hold',
    'POST /v1/calls/{call_id}/resume',
    'POST /v1/calls/{call_id}/stop',
    'POST /v1/calls/{call_id}/transfer',
    'POST /v1/phone-numbers/carriers',
    'POST /v1/sip-users',
  ]);
});

test('docs/api.md lists the same routes', async () => {
  const routes = await documented(await startApi());

  expect(new Set(inDocs())).toEqual(new Set(routes));
});

test('docs/api.md names every field of a call and of a carrier, and every parameter of the list', () => {
  const shapes = [callBody, listQuery, carrierBody, carrierBody.shape.sip_gateway];
  for (const field of shapes.flatMap(({ shape }) => Object.keys(shape))) {
    expect(DOCS).toContain(`\`${field}\``);
  }
});

test('what is documented is served, and every other method of its path is 405 with Allow', async () => {
  const api = await startApi();
  const routes = await documented(api);
  for (const path of new Set(routes.map((route) => route.path))) {
    const url = path.replace(/\{\w+_id\}/, '00000000-0000-4000-8000-000000000000');
    const served = routes.filter((route) => route.path === path).map((route) => route.method);
    for (const method of METHODS) {
      const { status, headers, json } = await api.request(method, url);
      if (served.includes(method)) expect([status, method]).not.toEqual([405, method]);
      else {
        expect(json).toMatchObject({ status: 405, title: 'Method not allowed' });
        const allowed = headers
          .get('allow')
          ?.split(', ')
          .filter((each) => each !== 'HEAD');
        expect(allowed?.toSorted()).toEqual(served.toSorted());
      }
      expect(json.detail).not.toBe('there is nothing under this path');
    }
  }
});

test('every reference in the document leads somewhere', async () => {
  const api = await startApi();
  const { json } = await api.request('GET', '/openapi.json');
  const references = [...JSON.stringify(json).matchAll(/"\$ref":"([^"]+)"/g)];

  expect(references.length).toBeGreaterThan(10);
  for (const [, reference = ''] of references) {
    const [, name = ''] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
    expect(json.components.schemas).toHaveProperty(name);
  }
});

test('answers have the fields that the document promises, and no others', async () => {
  const api = await startApi();
  const { json: created } = await api.request('POST', '/v1/calls', { body: CALL_BODY });
  const page = await api.request('GET', '/v1/calls');
  const detail = await api.request('GET', `/v1/calls/${created.call_id}`);

  expect(z.strictObject(callPageSchema.shape).safeParse(page.json).error).toBeUndefined();
  expect(z.strictObject(callDetailSchema.shape).safeParse(detail.json).error).toBeUndefined();

  const body = { carrier_name: 'telco', sip_gateway: { ipv4: '192.0.2.1' } };
  const carrier = await api.request('POST', '/v1/phone-numbers/carriers', { body });
  const carriers = await api.request('GET', '/v1/phone-numbers/carriers');

  expect(z.strictObject(carrierSchema.shape).safeParse(carrier.json).error).toBeUndefined();
  expect(z.strictObject(carrierPageSchema.shape).safeParse(carriers.json).error).toBeUndefined();
});

test('the page to read needs no key and loads nothing', async () => {
  const api = await startApi();
  const page = await api.request('GET', '/docs', { headers: { authorization: '' } });

  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.json).toContain('POST /v1/calls/{call_id}/stop');
});
