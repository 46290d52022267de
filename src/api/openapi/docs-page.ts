import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from './openapi-document.ts';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1d2329; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d8dee4; } h3 { margin-top: 2rem; } code, pre { font: 14px/1.5 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0;
border-bottom: 1px solid #eaeef2; } pre { background: #f6f8fa; padding: 1rem; overflow: auto; } summary { cursor: pointer; }
@media (prefers-color-scheme: dark) { body { background: #14181c; color: #dce3ea; } pre { background: #20262c; } }`;

/** The document as one page for people: no script, nothing loaded from elsewhere. */
export function docsPage({ info, paths, components }: OpenApiDocument): string {
  const title = `${text(info.title)} ${text(info.version)}`;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1><p>${text(info.description)} For programs: <a href="/openapi.json">openapi.json</a>.</p>`,
    ...tags.flatMap((tag) => [
      `<h2>${text(tag)}</h2>`,
      ...operations.filter(({ operation }) => operation.tags.includes(tag)).map(operationSection),
    ]),
    '<h2>Schemas</h2>',
    ...Object.entries(components.schemas).map(([name, schema]) =>
      detailsOf(name, schema, `schema-${name}`),
    ),
    '</body></html>',
  ].join('\n');
}

function operationSection(each: {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}): string {
  const { path, method, operation } = each;
  const { parameters = [], requestBody, responses, security } = operation;
  const rows = Object.entries(responses).map(([status, { description, content }]) =>
    rowOf([
      status,
      text(description),
      Object.keys(content ?? {})
        .map(code)
        .join(', '),
    ]),
  );
  return [
    `<h3 id="${text(operation.operationId)}">${code(`${method.toUpperCase()} ${path}`)}</h3>`,
    `<p>${text(operation.summary)}${security.length === 0 ? ' No key needed.' : ''}</p>`,
    ...(parameters.length === 0 ? [] : [tableOf(parameters.map(parameterRow))]),
    ...Object.values(requestBody?.content ?? {}).map(({ schema }) => detailsOf('Body', schema)),
    tableOf(rows),
    ...Object.entries(responses)
      .filter(([status]) => status < '300')
      .flatMap(([status, { content }]) =>
        Object.values(content ?? {}).map(({ schema }) => detailsOf(`Answer ${status}`, schema)),
      ),
  ].join('\n');
}

function parameterRow({ name, in: place, required, description, schema }: OpenApiParameter) {
  const rule = code(JSON.stringify(schema));
  return rowOf([code(name), `${place}${required ? ', required' : ''}`, text(description), rule]);
}

function detailsOf(title: string, schema: object | undefined, id = ''): string {
  if (schema === undefined) return '';
  const json = text(JSON.stringify(schema, null, 2));
  const attribute = id === '' ? '' : ` id="${text(id)}"`;
  return `<details${attribute}><summary>${text(title)}</summary><pre>${json}</pre></details>`;
}

function tableOf(rows: readonly string[]): string {
  return `<table>${rows.join('')}</table>`;
}

function rowOf(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function code(value: string): string {
  return `<code>${text(value)}</code>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function text(value: unknown): string {
  return String(value ?? '').replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
