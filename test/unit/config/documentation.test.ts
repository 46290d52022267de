import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ENVIRONMENT } from '../../../src/config/environment.ts';
import { configSchema } from '../../../src/config/schema.ts';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
}

function rows(schema: JsonSchema, path: string): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const childPath = path === '' ? key : `${path}.${key}`;
    return [
      row(childPath, child, schema.required?.includes(key) ?? false),
      ...rows(child, childPath),
    ];
  });
  const { additionalProperties: named, items } = schema;
  return [
    ...own,
    ...(typeof named === 'object' ? rows(named, `${path}.<name>`) : []),
    ...(items === undefined ? [] : rows(items, `${path}[]`)),
  ];
}

function row(path: string, schema: JsonSchema, required: boolean): string {
  const variables = ENVIRONMENT.filter((binding) => binding.path.join('.') === path);
  const variable = variables.map((binding) => `\`${binding.variable}\``).join(', ');
  return `| \`${path}\` | ${variable} | ${defaultOf(schema, required)} | ${schema.description} |`;
}

function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required && schema.default === undefined) return 'required';
  const isLeaf = schema.properties === undefined && schema.default !== undefined;
  return isLeaf ? `\`${JSON.stringify(schema.default)}\`` : '';
}

test('docs/configuration.md lists every key with its variable, default and description', () => {
  const schema: JsonSchema = JSON.parse(
    JSON.stringify(z.toJSONSchema(configSchema, { io: 'input' })),
  );
  const documented = readFileSync('docs/configuration.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));

  expect(documented).toEqual(rows(schema, ''));
});

test('every variable sets a key that exists', () => {
  const documented = readFileSync('docs/configuration.md', 'utf8');

  for (const { variable } of ENVIRONMENT) expect(documented).toContain(`\`${variable}\``);
});
