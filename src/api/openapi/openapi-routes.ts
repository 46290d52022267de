import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { docsPage } from './docs-page.ts';
import { type OpenApiDocument, openApiDocument } from './openapi-document.ts';
import type { Operation } from './operation.ts';
import type { RouteTable } from './route-table.ts';

export interface OpenApiRoutesOptions {
  readonly version: string;
  readonly routes: RouteTable;
  /** How clients reach the API. Asked when the server listens. */
  readonly serverUrl: () => string;
}

const DOCUMENT: Operation = {
  id: 'openApiDocument',
  tag: 'System',
  summary: 'This document.',
  access: 'open',
  answers: {
    200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) },
  },
  problems: [],
};

const DOCS_PAGE: Operation = {
  id: 'docsPage',
  tag: 'System',
  summary: 'The same as a page to read.',
  access: 'open',
  answers: { 200: { description: 'A page without scripts.', mediaType: 'text/html' } },
  problems: [],
};

/** `/openapi.json` and `/docs`: for people and generators, without a key. */
export function registerOpenApiRoutes(
  server: FastifyInstance,
  { version, routes, serverUrl }: OpenApiRoutesOptions,
): void {
  let document: OpenApiDocument | undefined;
  const current = () => {
    document ??= openApiDocument(routes.routes, { version, serverUrl: serverUrl() });
    return document;
  };
  server.get('/openapi.json', { config: { operation: DOCUMENT } }, () => current());
  server.get('/docs', { config: { operation: DOCS_PAGE } }, (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(docsPage(current())),
  );
}
