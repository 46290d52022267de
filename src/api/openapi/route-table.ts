import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Operation } from './operation.ts';

export interface DocumentedRoute {
  readonly method: string;
  /** With parameters as OpenAPI writes them: `/v1/calls/{call_id}`. */
  readonly path: string;
  readonly operation: Operation;
}

const PARAMETER = /:([a-z_]+)/g;

/** Every route of a server, collected while they are registered, so that nothing is served without being described. */
export class RouteTable {
  readonly #routes: DocumentedRoute[] = [];
  readonly #methods: { readonly pattern: RegExp; readonly method: string }[] = [];

  /** To be called before the first route is registered. */
  constructor(server: FastifyInstance) {
    server.addHook('onRoute', (route) => this.#add(route));
  }

  get routes(): readonly DocumentedRoute[] {
    return this.#routes;
  }

  /** What may be asked of `path`; empty when there is nothing under it. */
  methodsOf(path: string): readonly string[] {
    return this.#methods.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  }

  #add({ method, url, config }: RouteOptions): void {
    const operation = config?.operation;
    if (operation === undefined) throw new Error(`invariant broken: ${url} has no operation`);
    const pattern = patternOf(url);
    for (const each of [method].flat()) {
      this.#methods.push({ pattern, method: each });
      // Fastify adds HEAD to each GET by itself; it says nothing that GET does not.
      if (each === 'HEAD') continue;
      this.#routes.push({ method: each, path: url.replaceAll(PARAMETER, '{$1}'), operation });
    }
  }
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(PARAMETER, '[^/]+')}$`);
}
