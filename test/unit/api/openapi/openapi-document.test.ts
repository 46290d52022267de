import { expect, test } from 'vitest';
import { z } from 'zod';
import { docsPage } from '../../../../src/api/openapi/docs-page.ts';
import { openApiDocument } from '../../../../src/api/openapi/openapi-document.ts';
import type { Operation } from '../../../../src/api/openapi/operation.ts';

const thing = z.object({ name: z.string() }).meta({ id: 'Thing' });

const operation: Operation = {
  id: 'makeThing',
  tag: 'Calls',
  summary: 'Makes <b>things</b>.',
  access: 'key-or-link',
  params: z.object({ id: z.string() }),
  query: z.object({ count: z.string().default('1').describe('How many.') }),
  body: z.object({ size: z.number().default(3) }),
  answers: {
    200: { description: 'A thing.', schema: z.object({ things: z.array(thing) }) },
    206: { description: 'A part.', mediaType: 'audio/wav' },
  },
  problems: [404],
};

const document = openApiDocument([{ method: 'POST', path: '/things/{id}', operation }], {
  version: '1.2.3',
  serverUrl: 'http://127.0.0.1:1',
});

const [makeThing] = Object.values(document.paths['/things/{id}'] ?? {});

test('parameters are required unless leaving them out is good', () => {
  expect(makeThing?.parameters).toEqual([
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    {
      name: 'count',
      in: 'query',
      required: false,
      description: 'How many.',
      schema: { type: 'string', default: '1' },
    },
  ]);
});

test('a body is described as it is sent: what has a default may be left out', () => {
  expect(makeThing?.requestBody?.content).toEqual({
    'application/json': {
      schema: { type: 'object', properties: { size: { type: 'number', default: 3 } } },
    },
  });
});

test('a schema with a name is written once and referred to', () => {
  expect(makeThing?.responses['200']?.content).toEqual({
    'application/json': {
      schema: {
        type: 'object',
        properties: { things: { type: 'array', items: { $ref: '#/components/schemas/Thing' } } },
        required: ['things'],
      },
    },
  });
  expect(document.components.schemas).toEqual({
    Thing: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    Problem: expect.any(Object),
  });
});

test('a file has a media type and no schema', () => {
  expect(makeThing?.responses['206']?.content).toEqual({ 'audio/wav': {} });
});

test('problems come with every route, 401 where a key is asked for', () => {
  const { responses, security } = makeThing ?? {};

  expect(Object.keys(responses ?? {})).toEqual(['200', '206', '401', '404']);
  expect(new Map(Object.entries(responses ?? {})).get('404')?.content).toEqual({
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  });
  expect(security).toEqual([{ apiKey: [] }, {}]);
});

test('the page shows every route, escapes its texts and loads nothing', () => {
  const page = docsPage(document);

  expect(page).toContain('POST /things/{id}');
  expect(page).toContain('Makes &lt;b&gt;things&lt;/b&gt;.');
  expect(page).toContain('How many.');
  expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
});
