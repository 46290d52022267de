import type { z } from 'zod';

/** What the OpenAPI document says of a route. It belongs to the route, which checks and answers with the same schemas. */
export interface Operation {
  readonly id: string;
  readonly tag: 'Calls' | 'Carriers' | 'SIP users' | 'Recordings' | 'System';
  readonly summary: string;
  /** Whether an API key is asked for; a signed link can stand in for it. */
  readonly access: 'key' | 'key-or-link' | 'open';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** Statuses of problems; 401 goes without saying where a key is asked for. */
  readonly problems: readonly number[];
}

interface OperationAnswer {
  readonly description: string;
  /** Left out, the answer is a file or a text. */
  readonly schema?: z.ZodType;
  /** JSON when left out. */
  readonly mediaType?: string;
  /** There is no body at all. */
  readonly isEmpty?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly operation?: Operation;
  }
}
