import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import type { Operation } from '../../../../src/api/openapi/operation.ts';
import { RouteTable } from '../../../../src/api/openapi/route-table.ts';

const operation: Operation = {
  id: 'show',
  tag: 'Calls',
  summary: 'Shows.',
  access: 'key',
  answers: {},
  problems: [],
};

function watched() {
  const server = fastify();
  return { server, table: new RouteTable(server) };
}

test('a route that is not described cannot be registered', () => {
  const { server } = watched();

  expect(() => server.get('/hidden', () => '')).toThrow('/hidden has no operation');
});

test('parameters are written as OpenAPI has them, and HEAD is not told apart from GET', () => {
  const { server, table } = watched();
  server.get('/files/:file_id.wav', { config: { operation } }, () => '');

  expect(table.routes).toEqual([{ method: 'GET', path: '/files/{file_id}.wav', operation }]);
});

test('a path knows its methods', () => {
  const { server, table } = watched();
  server.get('/calls/:call_id', { config: { operation } }, () => '');
  server.delete('/calls/:call_id', { config: { operation } }, () => '');
  server.get('/files/:file_id.wav', { config: { operation } }, () => '');

  expect(table.methodsOf('/calls/7').toSorted()).toEqual(['DELETE', 'GET', 'HEAD']);
  expect(table.methodsOf('/files/a.wav')).toContain('GET');
  expect(table.methodsOf('/files/a-wav')).toEqual([]);
  expect(table.methodsOf('/calls/7/8')).toEqual([]);
  expect(table.methodsOf('/calls')).toEqual([]);
});
