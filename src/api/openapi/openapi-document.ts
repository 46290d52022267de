import { z } from 'zod';
import { problemBody } from '../problem.ts';
import type { Operation } from './operation.ts';
import type { DocumentedRoute } from './route-table.ts';

/** A JSON value of the document that nobody looks into any more. */
type Schema = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: Schema;
  };
  readonly servers: readonly Schema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly securitySchemes: Schema;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly Schema[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: OpenApiContent & { readonly required: true };
  readonly responses: Readonly<
    Record<string, Partial<OpenApiContent> & { readonly description: string }>
  >;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: unknown;
  readonly schema: Schema;
}

interface OpenApiContent {
  /** Without a schema: a file or a text, which has none in OpenAPI 3.1. */
  readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
}

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
const KEY_SCHEME = 'apiKey';

const PROBLEM_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'Wrong or missing fields, or malformed JSON.',
  401: 'No API key, or not a valid one.',
  402: 'Something is used up: the detail says what.',
  403: 'Not allowed: the detail says why.',
  404: 'There is nothing with this id.',
  409: 'Not in the right state, or a conflict of `Idempotency-Key`.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  416: 'The range is outside of the file.',
  429: 'Too often; `Retry-After` says when.',
  503: 'Not now; `Retry-After` says when.',
};

/** The routes of a server as an OpenAPI 3.1 document, made of the schemas that they check with. */
export function openApiDocument(
  routes: readonly DocumentedRoute[],
  { version, serverUrl }: { readonly version: string; readonly serverUrl: string },
): OpenApiDocument {
  const schemas = new SchemaCollection();
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const { path, method, operation } of routes) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Trunkline',
      version,
      description:
        'Calls of AI phone agents. The form of requests and answers is that of TopCalls.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    paths,
    components: {
      securitySchemes: { [KEY_SCHEME]: { type: 'http', scheme: 'bearer' } },
      schemas: schemas.named,
    },
  };
}

function describe(operation: Operation, schemas: SchemaCollection): OpenApiOperation {
  const { params, query, headers, body } = operation;
  const parameters = [
    ...parametersOf('path', params, schemas),
    ...parametersOf('query', query, schemas),
    ...parametersOf('header', headers, schemas),
  ];
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    security: securityOf(operation),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: schemas.add(body) } } },
    }),
    responses: { ...answersOf(operation, schemas), ...problemsOf(operation, schemas) },
  };
}

function securityOf({ access }: Operation): readonly Schema[] {
  if (access === 'open') return [];
  return access === 'key' ? [{ [KEY_SCHEME]: [] }] : [{ [KEY_SCHEME]: [] }, {}];
}

function parametersOf(
  place: OpenApiParameter['in'],
  object: z.ZodObject | undefined,
  schemas: SchemaCollection,
): readonly OpenApiParameter[] {
  return Object.entries(object?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemas.add(field);
    const required = !z.safeParse(field, undefined).success;
    return { name, in: place, required, ...(description !== undefined && { description }), schema };
  });
}

function answersOf({ answers }: Operation, schemas: SchemaCollection) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const { description, schema, mediaType = JSON_TYPE, isEmpty = false } = answer;
      const content = { [mediaType]: schema === undefined ? {} : { schema: schemas.add(schema) } };
      return [status, isEmpty ? { description } : { description, content }];
    }),
  );
}

function problemsOf({ access, problems }: Operation, schemas: SchemaCollection) {
  const statuses = access === 'open' ? problems : [401, ...problems];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: PROBLEM_DESCRIPTIONS[status] ?? 'Refused.',
        content: { [PROBLEM_TYPE]: { schema: schemas.add(problemBody) } },
      },
    ]),
  );
}

/** JSON Schemas of what clients send or get; those with an `id` in their metadata are named once and referred to. */
class SchemaCollection {
  readonly named: Record<string, Schema> = {};

  add(schema: z.ZodType): Schema {
    // Within an object, because the root itself is never made a reference.
    const whole = z.toJSONSchema(z.object({ root: schema }), { io: 'input' });
    const text = JSON.stringify(whole).replaceAll('"#/$defs/', '"#/components/schemas/');
    const { properties, $defs = {} } = JSON.parse(text) as {
      readonly properties: { readonly root: Schema };
      readonly $defs?: Readonly<Record<string, Schema>>;
    };
    for (const [name, { id: _id, ...definition }] of Object.entries($defs)) {
      this.named[name] = definition;
    }
    return properties.root;
  }
}
